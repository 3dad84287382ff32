import { describe, expect, it } from 'vitest';
import { parseDay, parseMoment } from './days';

const TODAY = '2026-11-30';

describe('days as people type them', () => {
  it.each([
    ['31/12/2026', '2026-12-31'],
    ['1/2/2027', '2027-02-01'],
    ['31-12-26', '2026-12-31'],
    ['31.12.', '2026-12-31'],
    ['31 12', '2026-12-31'],
    ['7/1', '2027-01-07'],
    ['15/11', '2026-11-15'],
    ['01.06.99', '1999-06-01'],
    ['31122026', '2026-12-31'],
    ['2026-12-31', '2026-12-31'],
    ['29/2/2028', '2028-02-29'],
    [' +7 ', '2026-12-07'],
    ['-1', '2026-11-29'],
    ['Oggi', TODAY],
    ['today', TODAY],
    ['domani', '2026-12-01'],
    ['yesterday', '2026-11-29'],
  ])('%s is %s', (typed, expected) => {
    expect(parseDay(typed, TODAY)).toBe(expected);
  });

  it.each(['', '31', '31/02/2026', '29/2/2027', '12/31/2026', '0/1/2026', '31/12/226', 'lunedì', '+', '2026-13-01', 'constructor'])('%s is no day', (typed) => {
    expect(parseDay(typed, TODAY)).toBeNull();
  });

  it.each([
    ['31/12/2026 14:30', '2026-12-31T14:30'],
    ['31/12/2026, 9.05', '2026-12-31T09:05'],
    ['oggi 8:00', '2026-11-30T08:00'],
    ['2026-12-31T14:30', '2026-12-31T14:30'],
  ])('%s is the moment %s', (typed, expected) => {
    expect(parseMoment(typed, TODAY)).toBe(expected);
  });

  it.each(['', '31/12/2026', '14:30', '31/12/2026 24:00', '31/12/2026 10:60', '31/02/2026 10:00'])('%s is no moment', (typed) => {
    expect(parseMoment(typed, TODAY)).toBeNull();
  });
});
