import { describe, expect, it } from 'vitest';
import { nextQuarter, parseTime } from './times';

describe('times as people type them', () => {
  it.each([
    ['9', '09:00'],
    ['09', '09:00'],
    ['0', '00:00'],
    ['930', '09:30'],
    ['0930', '09:30'],
    ['9:30', '09:30'],
    ['9.30', '09:30'],
    ['9,30', '09:30'],
    ['9h30', '09:30'],
    ['9 30', '09:30'],
    ['21.15', '21:15'],
    [' 23:59 ', '23:59'],
  ])('%s is %s', (typed, expected) => {
    expect(parseTime(typed)).toBe(expected);
  });

  it.each(['', '24', '24:00', '9:60', '2460', '9:3', '9:', '9 pm', '-9', '12345', '9:30:00', 'nove'])('%s is no time', (typed) => {
    expect(parseTime(typed)).toBeNull();
  });
});

describe('a quarter of an hour further', () => {
  it.each([
    ['09:00', '09:15', '08:45'],
    ['09:10', '09:15', '09:00'],
    ['09:50', '10:00', '09:45'],
    ['00:00', '00:15', '00:00'],
    ['23:45', '23:45', '23:30'],
    ['23:50', '23:50', '23:45'],
    ['', '09:00', '09:00'],
  ])('from %s it is %s, back %s', (time, later, earlier) => {
    expect([nextQuarter(time, 1), nextQuarter(time, -1)]).toEqual([later, earlier]);
  });
});
