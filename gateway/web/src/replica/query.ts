/**
 * Which records, in which order: a value that crosses from a screen to the worker, so no functions.
 *
 *     { state: 'open', next_at: { lte: today }, party_id: { in: ids }, any: [{ roles: { has: 'dealer' } }, …] }
 */
import { entity, type EntityName, type Field, type RecordOf, type Values } from './contracts';

type Scalar = string | number | boolean;

/** A condition on one field; all members hold together. Texts are compared without case and accents. */
export interface Condition {
  readonly eq?: Scalar;
  readonly not?: Scalar;
  readonly in?: readonly Scalar[];
  readonly gt?: string | number;
  readonly gte?: string | number;
  readonly lt?: string | number;
  readonly lte?: string | number;
  /** Part of a text. */
  readonly contains?: string;
  /** Beginning of a text. */
  readonly starts?: string;
  /** One of the values of a list. */
  readonly has?: Scalar;
  /** Nothing there: "", an empty list, no time, `unspecified`. */
  readonly empty?: boolean;
}

export type Where<E extends EntityName> = { readonly [F in keyof RecordOf<E> & string]?: Scalar | Condition } & {
  /** At least one of these. */
  readonly any?: readonly Where<E>[];
  /** Words, each of which is somewhere in the fields that the contracts declare as searched. */
  readonly text?: string;
} & {
  /** A field of the company's own, by its value: a number, a text, true, keys; an amount without its currency. */
  readonly [custom: `custom.${string}`]: Scalar | Condition;
};

export type Order<E extends EntityName> = readonly (readonly [(keyof RecordOf<E> & string) | `custom.${string}`, 'asc' | 'desc'])[];

export interface Query<E extends EntityName> {
  readonly where?: Where<E>;
  readonly order?: Order<E>;
  /** Most rows to answer; absent: 200. `total` counts all of them anyway. */
  readonly limit?: number;
  readonly offset?: number;
  /** Answer the rows around this record instead, it in the middle; none if it does not fit. */
  readonly around?: string;
}

/** What the engine works with: the same without the types of an entity. */
export interface AnyQuery {
  readonly where?: AnyWhere | undefined;
  readonly order?: readonly (readonly [string, 'asc' | 'desc'])[] | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly around?: string | undefined;
}
export type AnyWhere = Readonly<Record<string, unknown>>;

export const DEFAULT_LIMIT = 200;

type Test = (values: Values) => boolean;

/** Return a text as it is compared: without case and accents. */
export function folded(text: string): string {
  // Plain ASCII, nearly everything: the costly part is left out.
  // oxlint-disable-next-line no-control-regex
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Compile conditions, so that 20,000 records are tested in a few milliseconds. */
export function compiled(entityName: string, where: AnyWhere | undefined): Test {
  const { fields } = entity(entityName);
  const tests = Object.entries(where ?? {}).flatMap(([name, wanted]): Test[] => {
    if (wanted === undefined) return [];
    if (name === 'any') {
      const alternatives = (wanted as readonly AnyWhere[]).map((each) => compiled(entityName, each));
      return [(values) => alternatives.some((test) => test(values))];
    }
    if (name === 'text') return [textTest(entityName, wanted as string)];
    if (name.startsWith(CUSTOM)) return customTests(name, asCondition(wanted));
    const field = fields[name];
    if (field === undefined) throw new RangeError(`no such field: ${entityName}.${name}`);
    return fieldTests(name, field, asCondition(wanted));
  });
  return (values) => tests.every((test) => test(values));
}

function asCondition(wanted: unknown): Condition {
  return typeof wanted === 'object' && wanted !== null ? wanted : { eq: wanted as Scalar };
}

function fieldTests(name: string, field: Field, condition: Condition): Test[] {
  return Object.entries(condition)
    .filter(([, wanted]) => wanted !== undefined)
    .map(([operator, wanted]): Test => {
      switch (operator) {
        case 'eq':
          return (values) => values[name] === wanted;
        case 'not':
          return (values) => values[name] !== wanted;
        case 'in': {
          const accepted = new Set(wanted as readonly unknown[]);
          return (values) => accepted.has(values[name]);
        }
        case 'has':
          return (values) => ((values[name] ?? []) as readonly unknown[]).includes(wanted);
        case 'contains': {
          const part = folded(wanted as string);
          return (values) => keyOf(values, name).includes(part);
        }
        case 'starts': {
          const part = folded(wanted as string);
          return (values) => keyOf(values, name).startsWith(part);
        }
        case 'empty':
          return (values) => isEmpty(values[name]) === wanted;
        default:
          return rangeTest(name, field, operator, wanted as string | number);
      }
    });
}

const CUSTOM = 'custom.';

/** Tests of a custom field: its value stands in for a field of its name. */
function customTests(name: string, condition: Condition): Test[] {
  return fieldTests(name, { kind: 'text' }, condition).map((test) => (values) => test({ [name]: customValue(values, name) }));
}

// Custom values as they were read, kept as long as the records: records are never changed in place.
const customs = new WeakMap<Values, Map<string, unknown>>();

function customValue(values: Values, name: string): unknown {
  let known = customs.get(values);
  if (known === undefined) customs.set(values, (known = new Map()));
  if (!known.has(name)) known.set(name, readCustom(values, name.slice(CUSTOM.length)));
  return known.get(name);
}

function readCustom(values: Values, key: string): unknown {
  const text = (values['custom'] as Readonly<Record<string, string>> | undefined)?.[key];
  if (text === undefined) return undefined;
  const value = parsed(text);
  const isAmount = typeof value === 'object' && value !== null && 'amount' in value;
  return isAmount ? Number(value.amount) : value;
}

/** Return what a JSON text says; one that cannot be read says nothing, and no condition holds with it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rangeTest(name: string, field: Field, operator: string, wanted: string | number): Test {
  const limit = comparable(field, wanted);
  const compare = (test: (order: number) => boolean): Test => (values) => {
    const value = values[name];
    return !isEmpty(value) && test(ordered(comparable(field, value), limit));
  };
  switch (operator) {
    case 'gt':
      return compare((order) => order > 0);
    case 'gte':
      return compare((order) => order >= 0);
    case 'lt':
      return compare((order) => order < 0);
    case 'lte':
      return compare((order) => order <= 0);
    default:
      throw new RangeError(`no such condition: ${operator}`);
  }
}

/** Nothing there. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 'unspecified') return true;
  return Array.isArray(value) && value.length === 0;
}

function textTest(entityName: string, text: string): Test {
  const words = folded(text).split(/\s+/).filter(Boolean);
  const names = searchedFields(entityName);
  return (values) => {
    const key = searchKeyOf(values, names);
    return words.every((word) => key.includes(word));
  };
}

// All that is searched of a record as one text, a line for each field: one look instead of one per field.
const searchKeys = new WeakMap<Values, string>();

function searchKeyOf(values: Values, names: readonly string[]): string {
  let key = searchKeys.get(values);
  if (key === undefined) searchKeys.set(values, (key = names.map((name) => keyOf(values, name)).join('\n')));
  return key;
}

function searchedFields(entityName: string): string[] {
  return Object.entries(entity(entityName).fields)
    .filter(([, field]) => field.searched && !field.facet)
    .map(([name]) => name);
}

// Folded texts of records, kept as long as the records: records are never changed in place.
const keys = new WeakMap<Values, Map<string, string>>();

function keyOf(values: Values, name: string): string {
  let known = keys.get(values);
  if (known === undefined) keys.set(values, (known = new Map()));
  let key = known.get(name);
  if (key === undefined) {
    const value = values[name];
    key = typeof value === 'string' ? folded(value) : Array.isArray(value) ? folded(value.join(' ')) : '';
    known.set(name, key);
  }
  return key;
}

/**
 * Numbers by value, times and dates as texts. Decimal strings of money become floating-point numbers here and
 * nowhere else: for order, never for a sum.
 */
function comparable(field: Field, value: unknown): string | number {
  if (field.kind === 'decimal' || field.kind === 'long') return Number(value);
  return typeof value === 'number' || typeof value === 'string' ? value : Number(value ?? 0);
}

function ordered(left: string | number, right: string | number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Return a comparison by these fields, then by id; what is empty comes last either way. */
export function comparison(
  entityName: string,
  order: readonly (readonly [string, 'asc' | 'desc'])[] | undefined,
): (left: Values, right: Values) => number {
  const { fields } = entity(entityName);
  const steps = (order ?? []).map(([name, direction]) => {
    if (name.startsWith(CUSTOM)) return customStep(name, direction === 'desc' ? -1 : 1);
    const field = fields[name];
    if (field === undefined) throw new RangeError(`no such field: ${entityName}.${name}`);
    const sign = direction === 'desc' ? -1 : 1;
    const asText = field.kind === 'text';
    return (left: Values, right: Values): number => {
      const [a, b] = [left[name], right[name]];
      if (isEmpty(a) || isEmpty(b)) return Number(isEmpty(a)) - Number(isEmpty(b));
      const [x, y] = asText ? [keyOf(left, name), keyOf(right, name)] : [comparable(field, a), comparable(field, b)];
      return ordered(x, y) * sign;
    };
  });
  return (left, right) => {
    for (const step of steps) {
      const found = step(left, right);
      if (found !== 0) return found;
    }
    return ordered(left['id'] as string, right['id'] as string);
  };
}

const inOrder = (value: unknown) => (typeof value === 'string' ? folded(value) : Number(value));

function customStep(name: string, sign: 1 | -1): (left: Values, right: Values) => number {
  return (left, right) => {
    const [a, b] = [customValue(left, name), customValue(right, name)];
    if (isEmpty(a) || isEmpty(b)) return Number(isEmpty(a)) - Number(isEmpty(b));
    return ordered(inOrder(a), inOrder(b)) * sign;
  };
}
