/** What the calendars of some users hold on some days: activities, one's own appointments, series expanded. */
import { useMemo } from 'react';
import { useRecords, useMe, type RecordOf } from '../../replica';
import { lastDay, occurrences, type Occurrence } from '../../time/occurrences';
import { hereZone } from '../../time/zones';
import { dayOf } from '../../ui/day';
import { addDays, midnight } from './span';

type Activity = RecordOf<'crm.activity'>;
type Appointment = RecordOf<'crm.appointment'>;
export type Source =
  | { readonly entity: 'crm.activity'; readonly record: Activity }
  | { readonly entity: 'crm.appointment'; readonly record: Appointment };

export interface Entry {
  readonly key: string;
  readonly source: Source;
  readonly occurrence: Occurrence;
  readonly begins: Date;
  readonly ends: Date;
  /** First and last day, of whole days; null for what has times. */
  readonly days: readonly [string, string] | null;
  /** Only due by a time, without a start. */
  readonly isDue: boolean;
  /** Whose calendar it is in: the first of those who are on view. */
  readonly userId: string;
  readonly isMine: boolean;
  /** Occurrences of the same series that became records of their own. */
  readonly overrides: readonly Override[];
}

export interface Override {
  readonly id: string;
  readonly recurrence_id: string;
}

/** Longest that one occurrence lasts. */
const LONGEST_DAYS = 31;
const MOST = 5_000;

/** Entries of these users on these days, by start; whole days first. */
export function useEntries(days: readonly string[], users: readonly string[]): { ready: boolean; entries: readonly Entry[] } {
  const me = useMe();
  const first = days[0] ?? '';
  const end = addDays(days.at(-1) ?? first, 1);
  const since = midnight(addDays(first, -LONGEST_DAYS)).toISOString();
  const until = midnight(end).toISOString();
  const within = { gte: since, lt: until };
  const dated = { gte: since.slice(0, 10), lte: end };
  const activities = useRecords('crm.activity', {
    where: { state: { not: 'cancelled' }, any: [{ starts_at: within }, { due_at: within }, { starts_on: dated }, { recurrence: { empty: false } }] },
    limit: MOST,
  });
  const appointments = useRecords('crm.appointment', {
    where: { any: [{ starts_at: within }, { starts_on: dated }, { recurrence: { empty: false } }] },
    limit: MOST,
  });
  const changedActivities = useRecords('crm.activity', { where: { series_id: { empty: false } }, limit: MOST });
  const changedAppointments = useRecords('crm.appointment', { where: { series_id: { empty: false } }, limit: MOST });
  const entries = useMemo(() => {
    const overridden = overridesOf([...changedActivities.rows, ...changedAppointments.rows]);
    const span = { since: midnight(first).getTime(), until: midnight(end).getTime(), company: hereZone() };
    const sources: Source[] = [
      ...activities.rows.map((record) => ({ entity: 'crm.activity' as const, record })),
      ...appointments.rows.map((record) => ({ entity: 'crm.appointment' as const, record })),
    ];
    return sources.flatMap((source) => entriesOf(source, { ...span, users, me, overridden })).toSorted(byStart);
  }, [activities.rows, appointments.rows, changedActivities.rows, changedAppointments.rows, first, end, users, me]);
  return { ready: activities.ready && appointments.ready && changedActivities.ready && changedAppointments.ready, entries };
}

interface Span {
  readonly since: number;
  readonly until: number;
  readonly company: string;
  readonly users: readonly string[];
  readonly me: string;
  readonly overridden: ReadonlyMap<string, readonly Override[]>;
}

/** Return what of a record is in the calendars that are asked for. */
export function entriesOf(source: Source, { users, me, overridden, ...span }: Span): Entry[] {
  const { record } = source;
  // What this device has made has no owner yet: it is its author's.
  const owner = record.owner_id || me;
  const participants: readonly string[] = source.entity === 'crm.activity' ? source.record.participant_ids : [];
  const userId = users.find((user) => user === owner || participants.includes(user));
  if (userId === undefined) return [];
  const overrides = overridden.get(record.id) ?? [];
  return occurrences(record, { ...span, overridden: overrides.map((each) => each.recurrence_id) }).map((occurrence) => {
    const { start } = occurrence;
    const day = typeof start === 'string' ? start : null;
    return {
      key: `${record.id} ${occurrence.recurrenceId}`,
      source,
      occurrence,
      begins: day === null ? new Date(occurrence.begins) : midnight(day),
      ends: day === null ? new Date(occurrence.ends) : midnight(addDays(lastDay(record, day), 1)),
      days: day === null ? null : ([day, lastDay(record, day)] as const),
      isDue: day === null && record.starts_at == null,
      userId,
      isMine: owner === me,
      overrides,
    };
  });
}

function overridesOf(records: readonly (Activity | Appointment)[]): ReadonlyMap<string, readonly Override[]> {
  const found = new Map<string, Override[]>();
  for (const { id, series_id, recurrence_id } of records) {
    found.set(series_id, [...(found.get(series_id) ?? []), { id, recurrence_id }]);
  }
  return found;
}

function byStart(a: Entry, b: Entry): number {
  return a.begins.getTime() - b.begins.getTime() || Number(b.days !== null) - Number(a.days !== null) || b.ends.getTime() - a.ends.getTime();
}

/** Whether an entry is on this day. */
export function isOn(entry: Entry, day: string): boolean {
  if (entry.days !== null) return entry.days[0] <= day && day <= entry.days[1];
  const [begin, end] = [midnight(day).getTime(), midnight(addDays(day, 1)).getTime()];
  const begins = entry.begins.getTime();
  return begins < end && Math.max(entry.ends.getTime(), begins + 1) > begin;
}

/** Minutes after midnight on the clock of a day: 0 before it, 1440 after it. */
export function minutesOn(moment: Date, day: string): number {
  const on = dayOf(moment);
  if (on !== day) return on < day ? 0 : 1440;
  return moment.getHours() * 60 + moment.getMinutes();
}
