import { describe, expect, it } from 'vitest';
import { cellsOf, COLUMNS, parseCell, pasted, positionsBetween, UnfitCell, type ColumnKey, type Line } from './grid';

const column = (key: ColumnKey) => COLUMNS.find((each) => each.key === key) ?? COLUMNS[0]!; // oxlint-disable-line typescript/no-non-null-assertion -- a column of the table
const line = (id: string, kind: Line['kind'] = 'item') => ({ id, kind }) as Line;

describe('what is typed into a line', () => {
  it.each([
    ['quantity', '1.250,5', '1250.5'],
    ['unit_price', '98000', '98000'],
    ['discounts', '50+10,5 + 5', '50+10,5 + 5'],
    ['discounts', '-5', '-5'],
    ['discounts', '', ''],
    ['description', '  Pressa  ', 'Pressa'],
  ] as const)('%s: "%s" is kept as "%s"', (key, typed, kept) => {
    expect(parseCell(column(key), typed, 'it')).toBe(kept);
  });

  it.each([
    ['quantity', 'tre'],
    ['discounts', '10++5'],
    ['discounts', '1+2+3+4+5+6+7+8+9+10+11'],
    ['amount', '5'],
  ] as const)('%s: "%s" makes no sense', (key, typed) => {
    expect(parseCell(column(key), typed, 'it')).toBeNull();
  });
});

describe('a paste from a spreadsheet', () => {
  it('is rows and cells, quoted ones too', () => {
    expect(cellsOf('a\tb\r\n"c ""d"""\t\r\n')).toEqual([['a', 'b'], ['c "d"', '']]);
  });

  it('overwrites lines that are there and makes new ones below', () => {
    const cells = cellsOf('PX200\tPressa\t2\nSN330\tSega\t1\n\t\t\n');
    expect(pasted([line('a')], { row: 0, column: 0 }, cells, 'it')).toEqual({
      edits: [{ id: 'a', fields: { code: 'PX200', description: 'Pressa', quantity: '2' } }],
      created: [{ code: 'SN330', description: 'Sega', quantity: '1' }],
    });
  });

  it('writes of a section only its text, and never a figure', () => {
    expect(pasted([line('s', 'section')], { row: 0, column: 0 }, [['X', 'Titolo', '5', '', '', '', '', '99']], 'it').edits).toEqual([
      { id: 's', fields: { description: 'Titolo' } },
    ]);
  });

  it('is refused as a whole by a cell that makes no sense, and names it', () => {
    expect(() => pasted([], { row: 0, column: 1 }, [['a', '1'], ['b', 'due']], 'it')).toThrow(UnfitCell);
  });
});

describe('places of new lines', () => {
  it('are between the others, or after the last', () => {
    expect(positionsBetween(10, 20, 1)).toEqual([15]);
    expect(positionsBetween(20, undefined, 2)).toEqual([30, 40]);
    expect(positionsBetween(10, 11, 1)).toBeNull();
  });
});
