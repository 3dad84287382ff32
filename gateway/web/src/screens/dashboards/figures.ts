/** What the server answers about a report, and how its values are read. */
import type { Format } from '../../i18n/format';
import type { Language } from '../../i18n/texts';
import type { RecordOf } from '../../replica';

export interface Column {
  readonly name: string;
  readonly role: 'group' | 'measure' | 'currency';
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly field: string;
}

export interface Row {
  readonly values: readonly string[];
  readonly labels: readonly string[];
}

export interface Figures {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly totals: readonly Row[];
  readonly truncated: boolean;
  /** A Vega-Lite specification whose data are the rows; '' for none. */
  readonly chart: string;
  readonly ignored: readonly string[];
  readonly title: string;
  readonly description: string;
  /** What was counted. */
  readonly definition: Partial<Definition> & { readonly source: string };
}

/** What a report counts, as the contract has it; built by `Builder.tsx`. */
export type Definition = NonNullable<RecordOf<'crm.report'>['definition']>;

export interface Applied {
  readonly field: string;
  readonly value: string;
}

/** Return a text in the user's language, else in any. */
export function textIn(labels: Readonly<Record<string, string>>, language: Language): string {
  return labels[language] ?? Object.values(labels)[0] ?? '';
}

export interface Reading {
  readonly figures: Figures;
  readonly format: Format;
}

/** Return what people read of a cell; '' for a value that is not there. */
export function cellText({ figures, format }: Reading, row: Row, at: number): string {
  const column = figures.columns[at];
  const value = row.values[at] ?? '';
  const label = row.labels[at] ?? '';
  if (column === undefined || value === '') return '';
  if (label !== '') return column.kind === 'date' ? format.period(label) : label;
  switch (column.kind) {
    case 'money':
      return format.money(value, row.values[figures.columns.findIndex((each) => each.role === 'currency')] ?? '');
    case 'percent':
      return format.percent(value);
    case 'number':
      // What is grouped by may be years or codes; what is counted is a quantity.
      return column.role === 'group' ? format.plain(value) : format.decimal(rounded(value));
    case 'days':
    case 'hours':
      return format.decimal(rounded(value));
    case 'date':
      return format.date(value);
    default:
      return value;
  }
}

/** Two decimals say enough on a screen; files have all of them. */
function rounded(value: string): string {
  const [whole = '', part = ''] = value.split('.');
  return part.length <= 2 ? value : `${whole}.${part.slice(0, 2)}`;
}

/** Whether every amount is of the same currency: then its sign beside the amounts says enough. */
export function isOneCurrency({ columns, rows, totals }: Figures): boolean {
  const at = columns.findIndex((each) => each.role === 'currency');
  return at >= 0 && new Set([...rows, ...totals].map((row) => row.values[at])).size <= 1;
}

/** Return how long each row's bar is, 0 to 100: its first measure, beside the greatest of its currency. */
export function bars(figures: Figures): readonly number[] {
  const at = figures.columns.findIndex((each) => each.role === 'measure');
  const currency = figures.columns.findIndex((each) => each.role === 'currency');
  const sizes = figures.rows.map((row) => Math.max(Number(row.values[at] ?? 0), 0));
  const greatest = new Map<string, number>();
  for (const [n, row] of figures.rows.entries()) {
    const key = row.values[currency] ?? '';
    greatest.set(key, Math.max(greatest.get(key) ?? 0, sizes[n] ?? 0));
  }
  return figures.rows.map((row, n) => {
    const most = greatest.get(row.values[currency] ?? '') ?? 0;
    return most > 0 ? Math.round(((sizes[n] ?? 0) / most) * 100) : 0;
  });
}

/** Return the rows as a chart's data: group_1, group_1_label, measure_1; numbers as numbers, which pictures are made of. */
export function rowsOf(reading: Reading): readonly Record<string, string | number | null>[] {
  const { columns, rows } = reading.figures;
  return rows.map((row) =>
    Object.fromEntries(
      columns.flatMap((each, at): [string, string | number | null][] => {
        const value = row.values[at] ?? '';
        const label = cellText(reading, row, at) || '–';
        const isNumber = each.role === 'measure' && !['date', 'time'].includes(each.kind);
        return [
          [each.name, isNumber ? (value === '' ? null : Number(value)) : value],
          [`${each.name}_label`, label],
        ];
      }),
    ),
  );
}

/** Return what tells a row from the others, as `:rows` asks for it. */
export function keyOf(figures: Figures, row: Row): Record<string, string> {
  return Object.fromEntries(
    figures.columns.flatMap((each, at) => (each.role === 'measure' ? [] : [[each.name, row.values[at] ?? '']])),
  );
}

/** Return what tells the rows that a total adds up: those of its currency, of every group. */
export function keyOfTotal(figures: Figures, row: Row): Record<string, string> {
  return Object.fromEntries(figures.columns.flatMap((each, at) => (each.role === 'currency' ? [[each.name, row.values[at] ?? '']] : [])));
}

/** Addresses of the records that have a screen, by entity. */
const SCREENS: Readonly<Record<string, { path: string; id: string }>> = {
  'crm.party': { path: '/customers', id: 'id' },
  'crm.activity': { path: '/customers', id: 'party_id' },
  'crm.opportunity': { path: '/customers', id: 'party_id' },
  'offers.offer': { path: '/offers', id: 'id' },
  'offers.revision': { path: '/offers', id: 'offer_id' },
  'offers.order': { path: '/offers', id: 'offer_id' },
  'aftersales.request': { path: '/requests', id: 'id' },
  'aftersales.installed_product': { path: '/installed', id: 'id' },
};

export type Found = Readonly<Record<string, unknown>>;

/** Return the address of a record behind a figure; '' where it has no screen. */
export function addressOf(source: string, record: Found): string {
  const screen = SCREENS[source];
  const id = screen === undefined ? undefined : record[screen.id];
  return screen !== undefined && typeof id === 'string' && id !== '' ? `${screen.path}/${id}` : '';
}

/** Return what people call a record behind a figure. */
export function nameOf(record: Found): string {
  for (const name of ['name', 'number', 'title', 'subject', 'description', 'id']) {
    const found = record[name];
    if (typeof found === 'string' && found !== '') return found;
  }
  return '';
}
