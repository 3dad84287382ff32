/** The line grid without its drawing: columns, what people type and paste, places of new lines. */
import { parseDecimal } from '../../i18n/format';
import type { Language } from '../../i18n/texts';
import type { FieldsOf, RecordOf } from '../../replica';

export type Line = RecordOf<'offers.line'>;
export type LineFields = FieldsOf<'offers.line'>;
export type ColumnKey = 'code' | 'description' | 'quantity' | 'unit' | 'unit_price' | 'discounts' | 'vat_rate' | 'amount';

export interface LineColumn {
  readonly key: ColumnKey;
  readonly kind: 'text' | 'decimal' | 'discounts' | 'figure';
  readonly width: string;
  readonly maxLength: number;
}

export const COLUMNS: readonly LineColumn[] = [
  { key: 'code', kind: 'text', width: '96px', maxLength: 60 },
  { key: 'description', kind: 'text', width: 'minmax(126px, 1fr)', maxLength: 2000 },
  { key: 'quantity', kind: 'decimal', width: '58px', maxLength: 30 },
  { key: 'unit', kind: 'text', width: '42px', maxLength: 10 },
  { key: 'unit_price', kind: 'decimal', width: '100px', maxLength: 30 },
  { key: 'discounts', kind: 'discounts', width: '78px', maxLength: 60 },
  { key: 'vat_rate', kind: 'decimal', width: '58px', maxLength: 10 },
  { key: 'amount', kind: 'figure', width: '110px', maxLength: 0 },
];

/** Whether a line has figures; sections and notes have only a text. */
export const hasFigures = (line: Line) => line.kind !== 'section' && line.kind !== 'note';

/** Whether a cell of this line may be written. */
export function isWritable(line: Line | undefined, column: LineColumn): boolean {
  if (column.kind === 'figure') return false;
  return line === undefined || hasFigures(line) || column.key === 'description';
}

/** At most ten steps; each a number below 100, a surcharge if negative: "50+10+5". */
const DISCOUNTS = /^-?\d{1,3}([.,]\d+)?(\s*\+\s*-?\d{1,3}([.,]\d+)?){0,9}$/;

/** Return what is stored of what somebody typed in a cell; null if it makes no sense there. */
export function parseCell(column: LineColumn, typed: string, language: Language): string | null {
  const text = typed.trim();
  switch (column.kind) {
    case 'decimal':
      return parseDecimal(text, language);
    case 'discounts':
      return text === '' || (text.length <= column.maxLength && DISCOUNTS.test(text)) ? text : null;
    case 'figure':
      return null;
    default:
      return text.slice(0, column.maxLength);
  }
}

/** Return a value as it is typed: decimals with the language's comma or point. */
export function shownForEdit(line: Line | undefined, key: ColumnKey, language: Language): string {
  if (line === undefined) return '';
  const column = COLUMNS.find((each) => each.key === key);
  return column?.kind === 'decimal' ? localised(line[key], language) : line[key];
}

/** Return a decimal with the language's comma or point. */
export const localised = (value: string, language: Language) => (language === 'it' ? value.replace('.', ',') : value);

/** Return rows and cells of a text from a spreadsheet. */
export function cellsOf(tsv: string): readonly (readonly string[])[] {
  const rows = tsv.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n');
  return rows.map((row) => row.split('\t').map((cell) => cell.replace(/^"([\s\S]*)"$/, '$1').replaceAll('""', '"')));
}

export interface Area {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export interface Place {
  readonly row: number;
  readonly column: number;
}

/** Return the area between two cells. */
export function areaOf(a: Place, b: Place): Area {
  return {
    top: Math.min(a.row, b.row),
    bottom: Math.max(a.row, b.row),
    left: Math.min(a.column, b.column),
    right: Math.max(a.column, b.column),
  };
}

/** What a paste writes: fields of lines that are there, and of new ones below. */
export interface Paste {
  readonly edits: readonly { readonly id: string; readonly fields: LineFields }[];
  readonly created: readonly LineFields[];
}

/** A cell of a paste that makes no sense: counted from 1, for people. */
export class UnfitCell extends Error {
  constructor(
    readonly row: number,
    readonly column: ColumnKey,
    readonly text: string,
  ) {
    super(`row ${row}, ${column}: ${text}`);
  }
}

/** Return what pasting cells from a place on writes. Throws `UnfitCell`; then nothing is to be written. */
export function pasted(lines: readonly Line[], at: Place, cells: readonly (readonly string[])[], language: Language): Paste {
  const edits: { id: string; fields: LineFields }[] = [];
  const created: LineFields[] = [];
  for (const [down, row] of cells.entries()) {
    const line = lines[at.row + down];
    const fields: Record<string, string> = {};
    for (const [right, text] of row.entries()) {
      const column = COLUMNS[at.column + right];
      if (column === undefined || !isWritable(line, column)) continue;
      const value = parseCell(column, text, language);
      if (value === null) throw new UnfitCell(down + 1, column.key, text);
      fields[column.key] = value;
    }
    if (line !== undefined) edits.push({ id: line.id, fields });
    else if (Object.values(fields).some((value) => value !== '')) created.push(fields);
  }
  return { edits, created };
}

const STEP = 10;

/** Return positions for `count` lines between two others, or null if there is no room and all need new ones. */
export function positionsBetween(before: number, after: number | undefined, count: number): readonly number[] | null {
  if (after === undefined) return Array.from({ length: count }, (_, n) => before + (n + 1) * STEP);
  const step = Math.floor((after - before) / (count + 1));
  return step < 1 ? null : Array.from({ length: count }, (_, n) => before + (n + 1) * step);
}

/** Lines in the order in which they stand in the offer. */
export function inOrder(lines: readonly Line[]): readonly Line[] {
  return lines.toSorted((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
}
