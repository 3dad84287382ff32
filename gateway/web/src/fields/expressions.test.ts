import { describe, expect, it } from 'vitest';
import { decimalOf, textOfDecimal } from './decimals';
import { read } from './expressions';
import type { Operands, Scope, Type, Value } from './operands';
import document from './vectors.json';

const scope = document.scope as Scope;

function operand(type: Type | undefined, value: unknown): Value {
  if (value === null) return null;
  if (type === 'number') return decimalOf(value as string);
  return type === 'set' ? new Set(value as readonly string[]) : (value as string | boolean);
}

const record: Operands = Object.fromEntries(Object.entries(document.record).map(([name, value]) => [name, operand(scope[name], value)]));

describe('the language of formulas and conditions', () => {
  it.each(document.vectors.filter((vector) => !('unreadable' in vector)))('has for `$expression` the value that Python has', (vector) => {
    const run = read(vector.expression, scope);
    expect(run).not.toBeNull();
    const value = run?.(record) ?? null;
    expect(typeof value === 'bigint' ? textOfDecimal(value) : value).toEqual(vector.value);
  });

  it.each(document.vectors.filter((vector) => 'unreadable' in vector))('does not read `$expression`, as Python does not', (vector) => {
    expect(read(vector.expression, scope)).toBeNull();
  });
});
