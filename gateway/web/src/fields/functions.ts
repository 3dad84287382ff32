/** The functions of formulas; see `expressions.ts`. */
import { absolute, ceiling, floor, roundedTo, textOfDecimal, whole, type Decimal } from './decimals';
import { compared, type Run, type Type, type Value } from './operands';

export interface Known {
  readonly least: number;
  readonly most: number;
  /** Types of each argument, the last for all that follow; an empty one takes anything. */
  readonly takes: readonly (readonly Type[])[];
  /** Absent: what the first argument is. */
  readonly gives?: Type;
  readonly alike?: boolean;
  readonly make: (runs: readonly Run[], type: Type) => Run;
}

const DAY_MS = 86_400_000;
const MOST_TEXT = 4000;

/** A function that is empty where one of its arguments is. */
const ofValues =
  (compute: (...values: readonly never[]) => Value): Known['make'] =>
  (runs) =>
  (record) => {
    const values = runs.map((run) => run(record));
    return values.includes(null) ? null : compute(...(values as never[]));
  };

/** A function of those of its arguments that are not empty. */
const ofGiven =
  (choose: (values: readonly Value[], type: Type) => Value): Known['make'] =>
  (runs, type) =>
  (record) => {
    const values = runs.map((run) => run(record)).filter((value) => value !== null);
    return values.length === 0 ? null : choose(values, type);
  };

const least = (sign: 1 | -1) =>
  ofGiven((values, type) => values.reduce((best, value) => (compared(type, value, best) * sign < 0 ? value : best)));

const cut = (text: string) => Array.from(text).slice(0, MOST_TEXT).join('');
const foldedCase = (text: string) => text.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ');
const millis = (day: string) => Date.parse(`${day}T00:00:00Z`);

function dateOf(text: string): string | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return null;
  const at = millis(text);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? null : text;
}

function moved(day: string, number: Decimal): string | null {
  const found = new Date(millis(day) + Number(number / whole(1)) * DAY_MS);
  const isThere = !Number.isNaN(found.getTime()) && found.getUTCFullYear() >= 1 && found.getUTCFullYear() <= 9999;
  return isThere ? found.toISOString().slice(0, 10) : null;
}

const isGiven = (value: Value) => value !== null && value !== '' && !(value instanceof Set && value.size === 0);
const [NUMBER, TEXT, DAY] = [['number'], ['text'], ['date']] as const;

export const functions: Readonly<Record<string, Known>> = {
  given: { least: 1, most: 1, takes: [[]], gives: 'boolean', make: ([run]) => (record) => isGiven(run?.(record) ?? null) },
  first: { least: 2, most: 20, takes: [['number', 'text', 'boolean', 'date', 'time']], alike: true, make: ofGiven(([value]) => value ?? null) },
  min: { least: 1, most: 20, takes: [['number', 'date']], alike: true, make: least(1) },
  max: { least: 1, most: 20, takes: [['number', 'date']], alike: true, make: least(-1) },
  abs: { least: 1, most: 1, takes: [NUMBER], gives: 'number', make: ofValues(absolute) },
  round: { least: 1, most: 2, takes: [NUMBER], gives: 'number', make: ofValues(roundedTo) },
  floor: { least: 1, most: 1, takes: [NUMBER], gives: 'number', make: ofValues(floor) },
  ceil: { least: 1, most: 1, takes: [NUMBER], gives: 'number', make: ofValues(ceiling) },
  length: { least: 1, most: 1, takes: [TEXT], gives: 'number', make: ofValues((text: string) => whole(Array.from(text).length)) },
  lower: { least: 1, most: 1, takes: [TEXT], gives: 'text', make: ofValues((text: string) => cut(text.toLowerCase())) },
  upper: { least: 1, most: 1, takes: [TEXT], gives: 'text', make: ofValues((text: string) => cut(text.toUpperCase())) },
  contains: { least: 2, most: 2, takes: [TEXT], gives: 'boolean', make: ofValues((text: string, part: string) => foldedCase(text).includes(foldedCase(part))) },
  text: { least: 1, most: 1, takes: [NUMBER], gives: 'text', make: ofValues(textOfDecimal) },
  date: { least: 1, most: 1, takes: [TEXT], gives: 'date', make: ofValues(dateOf) },
  year: { least: 1, most: 1, takes: [DAY], gives: 'number', make: ofValues((day: string) => whole(Number(day.slice(0, 4)))) },
  month: { least: 1, most: 1, takes: [DAY], gives: 'number', make: ofValues((day: string) => whole(Number(day.slice(5, 7)))) },
  days: { least: 2, most: 2, takes: [DAY], gives: 'number', make: ofValues((a: string, b: string) => whole(Math.round((millis(b) - millis(a)) / DAY_MS))) },
  add_days: { least: 2, most: 2, takes: [DAY, NUMBER], gives: 'date', make: ofValues(moved) },
};
