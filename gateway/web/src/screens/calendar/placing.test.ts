import { describe, expect, it } from 'vitest';
import type { Entry } from './entries';
import { placed } from './placing';

const DAY = '2026-03-24';
const entry = (from: string, to: string) => ({ key: from, begins: new Date(`${DAY}T${from}`), ends: new Date(`${DAY}T${to}`), days: null }) as unknown as Entry;
const places = (...entries: Entry[]) => placed(entries, DAY).map(({ top, height, column, columns }) => [top, height, column, columns]);

describe('entries of a day', () => {
  it('share the width only while they overlap', () => {
    expect(places(entry('09:00', '10:00'), entry('09:30', '11:00'), entry('10:00', '10:30'), entry('12:00', '13:00'))).toEqual([
      [540, 60, 0, 2],
      [570, 90, 1, 2],
      [600, 30, 0, 2],
      [720, 60, 0, 1],
    ]);
  });

  it('are high enough to be read, and end with the day', () => {
    expect(places(entry('23:50', '23:55'))).toEqual([[1410, 30, 0, 1]]);
    const long = { ...entry('22:00', '23:00'), ends: new Date('2026-03-25T06:00') };
    expect(places(long)).toEqual([[1320, 120, 0, 1]]);
    expect(placed([long], '2026-03-25').map(({ top, height }) => [top, height])).toEqual([[0, 360]]);
  });
});
