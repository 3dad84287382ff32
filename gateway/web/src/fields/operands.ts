/** What formulas work with. */
import type { Decimal } from './decimals';

export type Type = 'number' | 'text' | 'boolean' | 'date' | 'time' | 'set' | 'other';
/** Numbers as `Decimal`, dates and times as texts, sets of texts; null is empty. */
export type Value = Decimal | string | boolean | ReadonlySet<string> | null;
export type Scope = Readonly<Record<string, Type>>;
export type Operands = Readonly<Record<string, Value | undefined>>;
export type Run = (operands: Operands) => Value;

/** Texts by code points, as Python orders them; times by their instant. */
export function compared(type: Type, a: Value, b: Value): number {
  if (type === 'time') return Date.parse(a as string) - Date.parse(b as string);
  if (type !== 'text') return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
  const [left, right] = [Array.from(a as string), Array.from(b as string)];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const step = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (step !== 0) return step;
  }
  return left.length - right.length;
}
