import { describe, expect, it } from 'vitest';
import { formats, parseDecimal } from './format';

describe('numbers as people type them', () => {
  it.each([
    ['12,5', 'it', '12.5'],
    ['12.5', 'it', '12.5'],
    ['1.234', 'it', '1234'],
    ['1.234', 'en', '1.234'],
    ['1,234', 'en', '1234'],
    ['1,234', 'it', '1.234'],
    ['1.234.567,80', 'it', '1234567.80'],
    ['1,234,567.80', 'en', '1234567.80'],
    ['-0,5', 'it', '-0.5'],
    ['007', 'it', '7'],
    ['0', 'it', '0'],
    [',5', 'it', '0.5'],
    ['', 'it', ''],
  ] as const)('%s in %s is %s', (typed, language, expected) => {
    expect(parseDecimal(typed, language)).toBe(expected);
  });

  it.each(['abc', '1,2,3.4.5', '--1', '1e3', ','])('%s is no number', (typed) => {
    expect(parseDecimal(typed, 'it')).toBeNull();
  });
});

describe('numbers as languages write them', () => {
  it('groups thousands in Italian too, and loses no digit', () => {
    expect(formats('it').decimal('1234.5')).toBe('1.234,5');
    expect(formats('it').decimal('12345678901234567.123')).toBe('12.345.678.901.234.567,123');
    expect(formats('en').money('1234.5', 'EUR')).toBe('€1,234.50');
  });

  it('gives a price the decimals of its currency, and more where it has more', () => {
    const { price } = formats('it');
    expect(['68500', '48.6', '0.0475', ''].map((value) => price(value, 'EUR'))).toEqual(['68.500,00', '48,60', '0,0475', '']);
    expect([price('68500', 'JPY'), price('0.5', 'JPY'), price('68500.5', '')]).toEqual(['68.500', '0,5', '68.500,5']);
  });

  it('does not group what may be a year, of a number that may be anything', () => {
    expect(['2009', '12345', '-1800', '1234.5'].map(formats('it').plain)).toEqual(['2009', '12.345', '-1800', '1234,5']);
    expect(['2009', '12345'].map(formats('en').plain)).toEqual(['2009', '12,345']);
  });

  it('has a space before the sign of percent in Italian alone', () => {
    expect(formats('it').percent('12.5')).toBe('12,5\u00a0%');
    expect(formats('en').percent('12.5')).toBe('12.5%');
  });

  it('steps of time are said in words; a year and a name stay', () => {
    const steps = ['2026-11', '2027-01', '2026-Q4', '2026-W05', '2026-11-30', '2026', 'Nuova'];
    expect(steps.map(formats('it').period)).toEqual(['nov 2026', 'gen 2027', '4º trim. 2026', 'sett. 5 2026', '30/11/2026', '2026', 'Nuova']);
    expect(steps.map(formats('en').period)).toEqual(['Nov 2026', 'Jan 2027', 'Q4 2026', 'week 5 2026', '30/11/2026', '2026', 'Nuova']);
  });

  it('a date is a day, in no time zone', () => {
    expect(formats('it').date('2026-03-27')).toBe('27/03/2026');
  });
});
