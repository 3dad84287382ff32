/** Values of custom fields: JSON texts under their key, as `services/kit/fields/values.py` has them. */
import { parseDecimal, type Format } from '../i18n/format';
import type { Language } from '../i18n/texts';
import { decimalOf } from './decimals';
import type { FieldDefinition, FieldKind } from './definitions';
import type { Type, Value } from './operands';

/** What a value of each kind is in a formula; those left out can only be asked for by given(…). */
export const TYPES: Readonly<Partial<Record<FieldKind, Type>>> = {
  text: 'text',
  number: 'number',
  date: 'date',
  time: 'time',
  boolean: 'boolean',
  choice: 'text',
  multiple_choice: 'set',
};

export interface Money {
  readonly amount: string;
  readonly currency: string;
}

function loaded(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Numbers stay as they are written: JSON's own reading would lose digits. */
export const numberOf = (text: string | undefined) => (text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? text : '');
export const textOfValue = (text: string | undefined) => {
  const value = loaded(text);
  return typeof value === 'string' ? value : '';
};
export const keysOf = (text: string | undefined): readonly string[] => {
  const value = loaded(text);
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
};
export const booleanOf = (text: string | undefined): boolean | null => {
  const value = loaded(text);
  return typeof value === 'boolean' ? value : null;
};
export const moneyOf = (text: string | undefined): Money => {
  const value = loaded(text);
  if (typeof value !== 'object' || value === null) return { amount: '', currency: '' };
  const { amount = '', currency = '' } = value as Partial<Money>;
  return { amount, currency };
};

/** Return what a formula reads of a stored value; null where it is not of this kind (any more). */
export function operandOf(kind: FieldKind, text: string | undefined): Value {
  switch (kind) {
    case 'number':
      return decimalOf(numberOf(text));
    case 'boolean':
      return booleanOf(text);
    case 'multiple_choice': {
      const keys = keysOf(text);
      return keys.length === 0 ? null : new Set(keys);
    }
    case 'money':
      return moneyOf(text).amount || null;
    default:
      return textOfValue(text) || null;
  }
}

/** Return the label in the user's language, else in any, else the key. */
export function labelOf(labels: Readonly<Record<string, string>>, language: Language, otherwise: string): string {
  return labels[language] || Object.values(labels)[0] || otherwise;
}

/** Return a value as people read it; a link stays an id. */
export function shownValue(definition: FieldDefinition, text: string | undefined, format: Format, language: Language): string {
  if (text === undefined) return '';
  const choice = (key: string) => labelOf(definition.choices.find((each) => each.key === key)?.labels ?? {}, language, key);
  switch (kindOfValue(definition)) {
    case 'number':
      return format.plain(numberOf(text));
    case 'money': {
      const { amount, currency } = moneyOf(text);
      return format.money(amount, currency);
    }
    case 'date':
      return format.date(textOfValue(text));
    case 'time':
      return format.moment(textOfValue(text));
    case 'boolean': {
      const value = booleanOf(text);
      return value === null ? '' : language === 'it' ? (value ? 'Sì' : 'No') : value ? 'Yes' : 'No';
    }
    case 'choice':
      return choice(textOfValue(text));
    case 'multiple_choice':
      return keysOf(text).map(choice).join(', ');
    default:
      return textOfValue(text);
  }
}

/** The kind of a field's values; of a formula what it gives. */
export function kindOfValue({ kind, result }: Pick<FieldDefinition, 'kind' | 'result'>): FieldKind {
  return kind === 'formula' && result !== 'unspecified' ? result : kind;
}

/** Why a value does not fit its field; a key of `fieldTexts`, with what it says. */
export interface Unfit {
  readonly reason: 'not_number' | 'not_amount' | 'not_currency' | 'not_date' | 'not_time' | 'too_small' | 'too_large' | 'too_short' | 'too_long' | 'pattern';
  readonly limit: string;
}

/** What somebody typed, as it would be stored; null takes the value away. */
export type Typed = { readonly text: string | null } | { readonly unfit: Unfit };

const unfit = (reason: Unfit['reason'], limit = ''): Typed => ({ unfit: { reason, limit } });
const stored = (value: unknown): Typed => ({ text: JSON.stringify(value) });

/** Return what is stored of what somebody typed or chose: a text; a money as "12,50 EUR"; choices joined by commas. */
export function parseValue(definition: FieldDefinition, typed: string, language: Language): Typed {
  const text = typed.trim();
  if (text === '') return { text: null };
  switch (definition.kind) {
    case 'number': {
      const number = parseDecimal(text, language);
      return number === null ? unfit('not_number') : (beyond(definition, number) ?? { text: number });
    }
    case 'money': {
      const match = /^(.*?)\s*([A-Za-z]{3})?$/.exec(text);
      const amount = parseDecimal(match?.[1] ?? '', language);
      if (amount === null || amount === '') return unfit('not_amount');
      return beyond(definition, amount) ?? stored({ amount, currency: (match?.[2] ?? 'EUR').toUpperCase() });
    }
    case 'boolean':
      return { text: text === 'true' ? 'true' : 'false' };
    case 'date':
      if (!/^\d{4}-\d\d-\d\d$/.test(text)) return unfit('not_date');
      return outside(definition, text) ?? stored(text);
    case 'time': {
      const moment = new Date(text);
      if (Number.isNaN(moment.getTime())) return unfit('not_time');
      const instant = moment.toISOString().replace('.000Z', 'Z');
      return outside(definition, instant) ?? stored(instant);
    }
    case 'multiple_choice': {
      const keys = [...new Set(text.split(',').filter(Boolean))].toSorted();
      return miscounted(definition, keys.length) ?? stored(keys);
    }
    case 'text':
      return miscounted(definition, Array.from(text).length) ?? patterned(definition, text) ?? stored(text);
    default:
      return stored(text);
  }
}

function beyond({ minimum, maximum }: FieldDefinition, number: string): Typed | null {
  const [value, low, high] = [decimalOf(number) ?? 0n, decimalOf(minimum), decimalOf(maximum)];
  if (low !== null && value < low) return unfit('too_small', minimum);
  return high !== null && value > high ? unfit('too_large', maximum) : null;
}

function outside({ minimum, maximum }: FieldDefinition, moment: string): Typed | null {
  if (minimum !== '' && Date.parse(moment) < Date.parse(minimum)) return unfit('too_small', minimum);
  return maximum !== '' && Date.parse(moment) > Date.parse(maximum) ? unfit('too_large', maximum) : null;
}

function miscounted({ minimum, maximum }: FieldDefinition, count: number): Typed | null {
  if (minimum !== '' && count < Number(minimum)) return unfit('too_short', minimum);
  return maximum !== '' && count > Number(maximum) ? unfit('too_long', maximum) : null;
}

/** Where the browser's engine could take for ever: a repeated group, or several repetitions that share a text. */
const REPEATED_GROUP = /\)[*+{]/u;
const REPETITION = /[*+]|\{\d*,/gu;
const OPTION = /\?/gu;
const [MOST_REPETITIONS, MOST_OPTIONS] = [2, 6];
const timesIn = (pattern: string, what: RegExp) => (pattern.match(what) ?? []).length;
/** Whether a pattern can be tried while somebody types. */
export const isQuick = (pattern: string) =>
  !REPEATED_GROUP.test(pattern) && timesIn(pattern, REPETITION) <= MOST_REPETITIONS && timesIn(pattern, OPTION) <= MOST_OPTIONS;

/** The owner reads patterns in bounded time; what might take longer here is left to it. */
function patterned({ pattern }: FieldDefinition, text: string): Typed | null {
  if (pattern === '' || !isQuick(pattern)) return null;
  try {
    return new RegExp(`^(?:${pattern})$`, 'su').test(text) ? null : unfit('pattern', pattern);
  } catch {
    // A pattern that only the owner can read: it decides.
    return null;
  }
}

const localised = (number: string, language: Language) => (language === 'it' ? number.replace('.', ',') : number);
const two = (value: number) => String(value).padStart(2, '0');

/** Return a stored value as its input begins: what `parseValue` reads again. */
export function typedValue({ kind }: Pick<FieldDefinition, 'kind'>, text: string | undefined, language: Language): string {
  if (text === undefined) return '';
  switch (kind) {
    case 'number':
      return localised(numberOf(text), language);
    case 'money': {
      const { amount, currency } = moneyOf(text);
      return `${localised(amount, language)} ${currency}`.trim();
    }
    case 'time': {
      const moment = new Date(textOfValue(text));
      if (Number.isNaN(moment.getTime())) return '';
      return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
    }
    case 'boolean':
      return booleanOf(text) === null ? '' : String(booleanOf(text));
    case 'multiple_choice':
      return keysOf(text).join(',');
    default:
      return textOfValue(text);
  }
}
