/** Entries moved: a record of its own by its times, an occurrence of a series by becoming one, a series by its clock. */
import type { Author, Group, Values, Written } from '../../replica';
import { newUuid } from '../../replica/ids';
import { detachedId, halvesOf, isNotBefore, nameOf, type Halves } from '../../time/occurrences';
import { hereZone, instantOf, wallOf } from '../../time/zones';
import { changedFields } from '../../ui/changed';
import { dayOf } from '../../ui/day';
import type { Entry } from './entries';
import { addDays, midnight } from './span';

/** What of a series: one occurrence, that and those after it, all. */
export type Scope = 'one' | 'following' | 'all';
const DAY_MS = 86_400_000;
const LEAST_MS = 15 * 60_000;

export const repeats = (entry: Entry) => entry.occurrence.recurrenceId !== '';

/** Where an entry goes: when it begins, and ends where that changes too. Whole days are those from `begins` to before `ends`. */
export interface Target {
  readonly begins: Date;
  readonly ends?: Date;
}

/** Move an entry; of a series only this occurrence, or the time of all, or of all from this one on. */
export async function move(author: Author, entry: Entry, target: Target, scope: Scope = 'one'): Promise<Omit<Written, 'id'>> {
  const { entity, record } = entry.source;
  const group = author.group();
  if (!repeats(entry)) {
    edit(group, entity, record.id, changedFields(record, timesOf(entry, target)));
  } else if (scope === 'all' || (scope === 'following' && !hasEarlier(entry))) {
    edit(group, entity, record.id, changedFields(record, clockOf(entry, target)));
  } else if (scope === 'following') {
    edit(group, entity, split(group, entry, target.begins), newTimes(entry, target));
  } else {
    const own = await detach(group, entry);
    edit(group, entity, own, newTimes(entry, target));
  }
  return group.save();
}

/** Whether something of its series comes before an entry: a series is cut in two there. */
export function hasEarlier(entry: Entry): boolean {
  return repeats(entry) && halvesOf(entry.source.record, entry.occurrence.recurrenceId, hereZone()) !== null;
}

/** End a series before an occurrence. What became a record of its own stays: somebody has decided on it apart. */
export function endBefore(author: Author, entry: Entry): Promise<Omit<Written, 'id'>> {
  const { entity, record } = entry.source;
  const group = author.group();
  edit(group, entity, record.id, { recurrence: halvesAt(entry).before.recurrence });
  return group.save();
}

/** Both halves of a series that is cut at an entry which is not its first. */
function halvesAt({ source: { record }, occurrence: { recurrenceId } }: Entry): Halves {
  const halves = halvesOf(record, recurrenceId, hereZone());
  if (halves === null) throw new RangeError(`nothing comes before ${recurrenceId}`);
  return halves;
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

/**
 * Cut a series in two, within the group; return the id of the half that begins with the entry. It goes on from `begins`:
 * what was said of its occurrences goes with them, as the owner has it.
 */
function split(group: Group, entry: Entry, begins: Date): string {
  const { entity, record } = entry.source;
  const { recurrenceId } = entry.occurrence;
  const halves = halvesAt(entry);
  const second = newUuid(new Date());
  const zone = record.time_zone || hereZone();
  const later = entry.overrides.filter((each) => isNotBefore(each.recurrence_id, recurrenceId, zone));
  const clock = wallOf(begins.getTime(), zone) % DAY_MS;
  const moved = (name: string) => (entry.days === null ? nameOf(instantOf(Math.floor(wallOf(Date.parse(name), zone) / DAY_MS) * DAY_MS + clock, zone)) : name);
  group.command(`${entity}:split`, record.id, { recurrence_id: recurrenceId, new_id: second }, {
    [`${entity}/${record.id}`]: halves.before,
    [`${entity}/${second}`]: { ...record, ...timesOf(entry, { begins: entry.begins }), ...halves.after, excluded: halves.after.excluded.map(moved), id: second, version: 0, last_ends_at: null },
    ...Object.fromEntries(later.map((each) => [`${entity}/${each.id}`, { series_id: second, recurrence_id: moved(each.recurrence_id) }])),
  });
  return second;
}

/** The fields that say where an occurrence goes, as far as they are not those of where it is. */
const newTimes = (entry: Entry, target: Target): Values => changedFields(timesOf(entry, { begins: entry.begins }), timesOf(entry, target));

/** The fields of a record that takes place then. */
function timesOf(entry: Entry, { begins, ends }: Target): Values {
  const { record } = entry.source;
  if (entry.days !== null) {
    const [first, last] = entry.days;
    const day = dayOf(begins);
    const length = Math.round((ends === undefined ? Date.parse(last) - Date.parse(first) : Date.parse(dayOf(ends)) - Date.parse(day) - DAY_MS) / DAY_MS);
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

/** When an entry ends that is so many days and minutes longer; not before a quarter of an hour, or its only day. */
export function stretched(entry: Entry, days: number, minutes: number): Date {
  const end = new Date(entry.ends);
  if (entry.days !== null) {
    end.setDate(end.getDate() + days);
    return end > entry.begins ? end : entry.ends;
  }
  end.setMinutes(end.getMinutes() + minutes);
  return notBefore(entry, end);
}

/** The end of an entry with times: at least a quarter of an hour after its beginning. */
export function notBefore(entry: Entry, end: Date): Date {
  return new Date(Math.max(end.getTime(), entry.begins.getTime() + LEAST_MS));
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
