/** When activities and appointments take place: as `services/crm/domain/calendar.py` has it. */
import { between, dayNumber, dayText, instant, parseRule, type Series, type Start } from './recurrence';
import { instantOf, wallOf } from './zones';

/** What of a record says when it takes place. */
export interface Timed {
  readonly starts_at?: string | null | undefined;
  readonly ends_at?: string | null | undefined;
  readonly due_at?: string | null | undefined;
  readonly starts_on: string;
  readonly ends_on: string;
  readonly time_zone: string;
  readonly recurrence: string;
  readonly excluded: readonly string[];
}

/** One time that something takes place, in milliseconds: from `begins` up to `ends`. */
export interface Occurrence {
  readonly start: Start;
  readonly begins: number;
  readonly ends: number;
  /** Its start in the series; '' for what does not repeat. */
  readonly recurrenceId: string;
}

const LONGEST_MS = 31 * 86_400_000;
const DAY_MS = 86_400_000;

/** Return a start as `recurrence_id` and `excluded` write it. */
export function nameOf(start: Start): string {
  return typeof start === 'string' ? start : new Date(start).toISOString().replace('.000Z', 'Z');
}

const same = (text: string) => (text.length === 10 ? text : nameOf(Date.parse(text)));
const moment = (text: string | null | undefined) => (text ? Date.parse(text) : null);
const startOf = (record: Timed): Start | null => record.starts_on || moment(record.starts_at);
const zoneOf = (record: Timed, company: string) => record.time_zone || company;

function seriesOf(record: Timed, company: string): Series | null {
  const start = startOf(record);
  if (record.recurrence === '' || start === null) return null;
  const rule = parseRule(record.recurrence);
  return rule === null ? null : { start, zone: zoneOf(record, company), rule };
}

/**
 * Return what of a record overlaps [since, until), in order of start. `overridden` names the occurrences of a series
 * that became records of their own: they are not told again.
 */
export function occurrences(
  record: Timed,
  { since, until, company, overridden = [] }: { since: number; until: number; company: string; overridden?: Iterable<string> },
): Occurrence[] {
  const overlaps = ({ begins, ends }: Occurrence) => begins < until && Math.max(ends, begins + 1) > since;
  const series = seriesOf(record, company);
  if (series === null) {
    const found = single(record, company);
    return found !== null && overlaps(found) ? [found] : [];
  }
  const leftOut = new Set([...record.excluded.map(same), ...overridden]);
  return between(series, since - LONGEST_MS, until)
    .filter((start) => !leftOut.has(nameOf(start)))
    .map((start) => occurrenceAt(record, start, series.zone, nameOf(start)))
    .filter(overlaps);
}

/** Return when a record takes place for the first time; null for what has no time at all. */
function single(record: Timed, company: string): Occurrence | null {
  const start = startOf(record);
  if (start !== null) return occurrenceAt(record, start, zoneOf(record, company), '');
  const due = moment(record.due_at);
  return due === null ? null : { start: due, begins: due, ends: due, recurrenceId: '' };
}

/** The occurrence of a record that starts then: as long as the first (RFC 5545, 3.8.5.3). */
function occurrenceAt(record: Timed, start: Start, zone: string, recurrenceId: string): Occurrence {
  const first = startOf(record);
  const begins = instant(start, zone);
  if (typeof first === 'number') {
    const ends = moment(record.ends_at);
    return { start, begins, ends: ends === null ? begins : begins + (ends - first), recurrenceId };
  }
  const length = dayNumber(record.ends_on || record.starts_on) - dayNumber(record.starts_on);
  const day = typeof start === 'number' ? Math.floor(wallOf(start, zone) / DAY_MS) : dayNumber(start);
  return { start, begins, ends: instantOf((day + length + 1) * DAY_MS, zone), recurrenceId };
}

/** A series cut in two at an occurrence. */
export interface Halves {
  /** Rule and exclusions of what comes before it. */
  readonly before: { readonly recurrence: string; readonly excluded: readonly string[] };
  /** Rule and exclusions of what begins with it. */
  readonly after: { readonly recurrence: string; readonly excluded: readonly string[] };
}

const startNamed = (name: string): Start => (name.length === 10 ? name : Date.parse(name));
const endText = (last: Start) => (typeof last === 'string' ? last.replaceAll('-', '') : new Date(last).toISOString().replace(/[-:]|\.\d{3}/g, ''));

/** Return both halves, as the service cuts them; null where nothing comes before the occurrence. */
export function halvesOf(record: Timed, recurrenceId: string, company: string): Halves | null {
  const series = seriesOf(record, company);
  if (series === null) return null;
  const begins = instant(startNamed(recurrenceId), series.zone);
  const earlier = between(series, instant(series.start, series.zone), begins);
  const last = earlier.at(-1);
  if (last === undefined) return null;
  const kept = record.recurrence.split(';').filter((part) => !/^(COUNT|UNTIL)=/.test(part));
  const { count } = series.rule;
  const isLater = (name: string) => isNotBefore(name, recurrenceId, series.zone);
  return {
    before: { recurrence: [...kept, `UNTIL=${endText(last)}`].join(';'), excluded: record.excluded.filter((name) => !isLater(name)) },
    after: { recurrence: count > 0 ? [...kept, `COUNT=${count - earlier.length}`].join(';') : record.recurrence, excluded: record.excluded.filter(isLater) },
  };
}

/** Return whether a start of a series, by its name, is the other or comes after it. */
export const isNotBefore = (name: string, other: string, zone: string): boolean => instant(startNamed(name), zone) >= instant(startNamed(other), zone);

/** Last day of a whole-day occurrence, the first being its `start`. */
export function lastDay(record: Timed, start: string): string {
  return dayText(dayNumber(start) + dayNumber(record.ends_on || record.starts_on) - dayNumber(record.starts_on));
}

const NAMESPACE = '5a4d0f7a8f1c5c439a552f6f0c7e9b10';

/** Return the id of the record that an occurrence becomes, the same whoever makes it (UUID version 5). */
export async function detachedId(seriesId: string, recurrenceId: string): Promise<string> {
  const space = Uint8Array.from(NAMESPACE.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const name = new TextEncoder().encode(`${seriesId}/${recurrenceId}`);
  const whole = new Uint8Array([...space, ...name]);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-1', whole)).slice(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
