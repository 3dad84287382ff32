/** What a report's filters say to people: labels of fields, words for comparisons and days, texts of values. */
import type { FieldDefinition } from '../../fields/definitions';
import type { Labels } from '../../fields/labels';
import { entityOf, nameOf } from '../../fields/names';
import { kindOfValue, labelOf } from '../../fields/values';
import type { Format } from '../../i18n/format';
import type { Language, Translate } from '../../i18n/texts';
import { entity } from '../../replica';
import type { Sign, Term } from './terms';
import type { Word } from './wordTexts';

/** Whose fields a filter names. */
export interface Counted {
  readonly source: string;
  /** Key of the company's own kind of record; '' for an entity of the contracts. */
  readonly recordType: string;
}

/** What names and words are made of. */
export interface Known {
  readonly labels: Labels;
  readonly definitions: readonly FieldDefinition[];
  readonly language: Language;
}

export interface NamedField {
  /** Customer › Territory. */
  readonly label: string;
  readonly kind: 'text' | 'number' | 'day' | 'boolean' | 'choice' | 'id';
  /** Whether a record has several of its values. */
  readonly isSet: boolean;
  /** Entity whose ids it holds; '' for none. */
  readonly references: string;
  /** The text of one of its choices. */
  readonly choice: (value: string) => string;
}

const KINDS: Readonly<Record<string, NamedField['kind']>> = {
  decimal: 'number', integer: 'number', long: 'number', number: 'number', money: 'number',
  date: 'day', time: 'day', boolean: 'boolean', enum: 'choice', choice: 'choice', multiple_choice: 'choice', id: 'id', link: 'id',
};
const CUSTOM = 'custom';
const asItIs = (value: string) => value;

/** Return a field as people know it; what this program does not know keeps its name. */
export function fieldNamed(path: string, { source, recordType }: Counted, { labels, definitions, language }: Known): NamedField {
  const parts = path.split('.');
  const custom = parts.indexOf(CUSTOM);
  const ways = parts.slice(0, custom >= 0 && custom < parts.length - 1 ? custom : -1);
  const said: string[] = [];
  let at = source;
  for (const way of ways) {
    said.push(labels.field(at, way));
    at = fieldOf(at, way)?.references ?? '';
  }
  const last = parts.slice(ways.length);
  const told = (label: string) => [...said, label].join(' › ');
  if (last[0] === CUSTOM && last.length > 1) {
    const key = last.slice(1).join('.');
    const found = definitions.find((each) => each.entity === at && each.key === key && (each.record_type === '' || each.record_type === recordType));
    if (found === undefined) return { label: told(key), kind: 'text', isSet: false, references: '', choice: asItIs };
    const kind = kindOfValue(found);
    const choice = (value: string) => labelOf(found.choices.find((each) => each.key === value)?.labels ?? {}, language, value);
    return { label: told(labelOf(found.labels, language, key)), kind: KINDS[kind] ?? 'text', isSet: kind === 'multiple_choice', references: found.links_to, choice };
  }
  const name = last[0] ?? '';
  const field = fieldOf(at, name);
  const entityName = at;
  return {
    label: told(labels.field(entityName, name)),
    kind: KINDS[field?.kind ?? ''] ?? 'text',
    isSet: field?.repeated === true,
    references: field?.references ?? '',
    choice: (value) => labels.value(entityName, name, value) || value,
  };
}

function fieldOf(entityName: string, name: string) {
  const known = entityOf(entityName);
  return known === null ? undefined : entity(known).fields[name];
}

const OF_DAYS: Readonly<Partial<Record<Sign, Word>>> = { '>=': 'from', '<=': 'until', '>': 'after', '<': 'before' };
const OF_OTHERS: Readonly<Record<Sign, Word>> = { '=': 'is', '!=': 'is_not', ':': 'contains', '>=': 'least', '<=': 'most', '>': 'more', '<': 'less' };

/** Return the word for how a field is compared. */
export function comparisonOf({ kind, isSet }: NamedField, { sign, value }: Term): Word {
  if (value === '' && sign === '=') return 'is_empty';
  if (value === '' && sign === '!=') return 'is_filled';
  if (sign === ':' && isSet) return 'includes';
  return (kind === 'day' ? OF_DAYS[sign] : undefined) ?? OF_OTHERS[sign];
}

const MOMENT = /^(now|today|week|month|quarter|year)(?:([+-])(\d{1,4})([hdwmy]))?$/;
export const ME = 'me';

/** Return a value as people read it; '' where it is the id of a record, which has a name of its own. */
export function valueSaid({ kind, references, choice }: NamedField, value: string, t: Translate<Word>, format: Format): string {
  if (value === '') return '';
  switch (kind) {
    case 'boolean':
      return value === 'true' || value === 'false' ? t(value === 'true' ? 'yes' : 'no') : value;
    case 'choice':
      return choice(value);
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(value) ? format.decimal(value) : value;
    case 'day':
      return daySaid(value, t, format);
    case 'id':
      return value === ME ? t('me') : references === '' ? value : '';
    default:
      return t('quoted', { text: value });
  }
}

/** "today-30d" -> "today − 30 days", "2026-03-27" -> "27/03/2026" */
function daySaid(value: string, t: Translate<Word>, format: Format): string {
  const [, word, sign, count, unit] = MOMENT.exec(value) ?? [];
  if (word !== undefined) {
    const distance = count === undefined ? '' : ` ${sign === '-' ? '−' : '+'} ${t(unit as 'd', { count: Number(count) })}`;
    return `${t(word as 'today')}${distance}`;
  }
  if (Number.isNaN(Date.parse(value))) return value;
  return value.includes('T') ? format.moment(value) : format.date(value);
}

/** Return what people call a record, in their language where it has several names. */
export function recordSaid(record: object, language: Language): string {
  const values = record as Readonly<Record<string, unknown>>;
  for (const name of ['names', 'texts']) {
    const found = values[name];
    if (typeof found === 'object' && found !== null && Object.keys(found).length > 0) return labelOf(found as Readonly<Record<string, string>>, language, '');
  }
  return nameOf(record);
}
