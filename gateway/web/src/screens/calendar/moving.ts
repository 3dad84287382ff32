/** Entries moved: a record of its own by its times, an occurrence of a series by becoming one, a series by its clock. */
import type { Author, Group, Values, Written } from '../../replica';
import { detachedId, nameOf } from '../../time/occurrences';
import { hereZone, instantOf, wallOf } from '../../time/zones';
import { dayOf } from '../../ui/day';
import type { Entry } from './entries';
import { addDays, midnight } from './span';

export type Scope = 'one' | 'all';
const DAY_MS = 86_400_000;

export const repeats = (entry: Entry) => entry.occurrence.recurrenceId !== '';

/** Where an entry goes: when it begins, and ends where that changes too. Whole days have the day of `begins`. */
export interface Target {
  readonly begins: Date;
  readonly ends?: Date;
}

/** Move an entry; of a series only this occurrence, or the time of all. */
export async function move(author: Author, entry: Entry, target: Target, scope: Scope = 'one'): Promise<Omit<Written, 'id'>> {
  const { entity, record } = entry.source;
  const group = author.group();
  if (!repeats(entry)) {
    edit(group, entity, record.id, timesOf(entry, target));
  } else if (scope === 'all') {
    edit(group, entity, record.id, clockOf(entry, target));
  } else {
    const own = await detach(group, entry);
    edit(group, entity, own, timesOf(entry, target));
  }
  return group.save();
}

/** Leave one occurrence of a series out. */
export function leaveOut(author: Author, entry: Entry): Promise<Written> {
  const { entity, record } = entry.source;
  const excluded = [...record.excluded, entry.occurrence.recurrenceId];
  return entity === 'crm.activity' ? author.edit(entity, record.id, { excluded }) : author.edit(entity, record.id, { excluded });
}

function edit(group: Group, entity: Entry['source']['entity'], id: string, fields: Values): void {
  if (entity === 'crm.activity') group.edit(entity, id, fields);
  else group.edit(entity, id, fields);
}

/** Make a record of its own of an occurrence, within the group; return its id. */
async function detach(group: Group, entry: Entry): Promise<string> {
  const { entity, record } = entry.source;
  const { recurrenceId } = entry.occurrence;
  const own = await detachedId(record.id, recurrenceId);
  const expected = {
    ...record,
    id: own,
    version: 0,
    recurrence: '',
    excluded: [],
    last_ends_at: null,
    series_id: record.id,
    recurrence_id: recurrenceId,
    ...timesOf(entry, { begins: entry.begins }),
  };
  group.command(`${entity}:detach`, record.id, { recurrence_id: recurrenceId }, { [`${entity}/${own}`]: expected });
  return own;
}

/** The fields of a record that takes place then. */
function timesOf(entry: Entry, { begins, ends }: Target): Values {
  const { record } = entry.source;
  if (entry.days !== null) {
    const [first, last] = entry.days;
    const length = Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS);
    const day = dayOf(begins);
    return { starts_on: day, ends_on: record.ends_on === '' && length === 0 ? '' : addDays(day, length) };
  }
  const starts = nameOf(begins.getTime());
  if (entry.isDue) return { due_at: starts };
  const end = ends ?? new Date(begins.getTime() + entry.ends.getTime() - entry.begins.getTime());
  const hasEnd = record.ends_at != null || ends !== undefined;
  return { starts_at: starts, ...(hasEnd && { ends_at: nameOf(end.getTime()) }) };
}

/** The fields of a series whose occurrences take place at this time of the day: its first day stays. */
function clockOf(entry: Entry, { begins, ends }: Target): Values {
  const { record } = entry.source;
  const zone = record.time_zone || hereZone();
  const first = Date.parse(record.starts_at ?? '');
  const clock = wallOf(begins.getTime(), zone) % DAY_MS;
  const starts = instantOf(Math.floor(wallOf(first, zone) / DAY_MS) * DAY_MS + clock, zone);
  const length = (ends?.getTime() ?? begins.getTime() + entry.ends.getTime() - entry.begins.getTime()) - begins.getTime();
  return { starts_at: nameOf(starts), ...((record.ends_at != null || ends !== undefined) && { ends_at: nameOf(starts + length) }) };
}

/** Whether a series can follow: it changes its time, not its day. */
export function seriesCanFollow(entry: Entry, { begins }: Target): boolean {
  return entry.days === null && !entry.isDue && dayOf(begins) === dayOf(entry.begins);
}

/** The moment of a day at so many minutes on the clock. */
export function momentOn(day: string, minutes: number): Date {
  const moment = midnight(day);
  moment.setHours(Math.floor(minutes / 60), minutes % 60, 0, 0);
  return moment;
}
