/** Numbers of formulas: exact, 12 decimals, rounded half up; as `services/kit/fields/expressions.py` keeps them. */

/** A number times 10^12. */
export type Decimal = bigint;

const DECIMALS = 12;
export const ONE: Decimal = 10n ** BigInt(DECIMALS);
const LIMIT = 10n ** 18n * ONE;

const magnitude = (number: bigint) => (number < 0n ? -number : number);
const kept = (number: Decimal): Decimal | null => (magnitude(number) >= LIMIT ? null : number);

/** Divide, rounded half away from zero. */
function rounded(number: bigint, by: bigint): bigint {
  const [size, step] = [magnitude(number), magnitude(by)];
  const half = (2n * size + step) / (2n * step);
  return number < 0n === by < 0n ? half : -half;
}

/** Return the number that a text writes; null for what is none. */
export function decimalOf(text: string): Decimal | null {
  const match = /^(-?)(\d{1,18})(?:\.(\d{1,12}))?$/.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '0', fraction = ''] = match;
  const number = BigInt(whole + fraction.padEnd(DECIMALS, '0'));
  return sign === '' ? number : -number;
}

export const whole = (number: number): Decimal => BigInt(number) * ONE;

/** Return a number as it is written: no zeros at its end. */
export function textOfDecimal(number: Decimal): string {
  const digits = magnitude(number).toString().padStart(DECIMALS + 1, '0');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  return `${number < 0n ? '-' : ''}${digits.slice(0, -DECIMALS)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Arithmetic; null where the result is beyond what is kept, or nothing. */
export const arithmetic: Readonly<Record<string, (a: Decimal, b: Decimal) => Decimal | null>> = {
  '+': (a, b) => kept(a + b),
  '-': (a, b) => kept(a - b),
  '*': (a, b) => kept(rounded(a * b, ONE)),
  '/': (a, b) => (b === 0n ? null : kept(rounded(a * ONE, b))),
};

/** Round half up to some decimals, 0 to 12. */
export function roundedTo(number: Decimal, places: Decimal = 0n): Decimal {
  const wanted = Math.min(Math.max(Number(places / ONE), 0), DECIMALS);
  const step = 10n ** BigInt(DECIMALS - wanted);
  return rounded(number, step) * step;
}

export function floor(number: Decimal): Decimal | null {
  const below = number / ONE - (number < 0n && number % ONE !== 0n ? 1n : 0n);
  return kept(below * ONE);
}

export function ceiling(number: Decimal): Decimal | null {
  const found = floor(-number);
  return found === null ? null : -found;
}

export const absolute = magnitude;
