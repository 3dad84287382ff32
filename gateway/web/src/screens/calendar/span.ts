/** Days on view: where a view begins and ends, and how it is called. */
import { dayOf } from '../../ui/day';

export const VIEWS = ['day', 'week', 'month'] as const;
export type ViewName = (typeof VIEWS)[number];

/** Local midnight of a day. */
export function midnight(day: string): Date {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date);
}

/** A day so many days on; days are not always 24 hours. */
export function addDays(day: string, count: number): string {
  const moment = midnight(day);
  moment.setDate(moment.getDate() + count);
  return dayOf(moment);
}

const sinceMonday = (day: string) => (midnight(day).getDay() + 6) % 7;

/** Return the days of a view: one, the week from Monday, the whole weeks that the month touches. */
export function daysOf(view: ViewName, on: string): readonly string[] {
  if (view === 'day') return [on];
  const monday = addDays(on, -sinceMonday(on));
  if (view === 'week') return Array.from({ length: 7 }, (_, at) => addDays(monday, at));
  const first = `${on.slice(0, 8)}01`;
  const begin = addDays(first, -sinceMonday(first));
  const last = addDays(addMonths(first, 1), -1);
  const found: string[] = [];
  for (let day = begin; day <= last || found.length % 7 !== 0; day = addDays(day, 1)) found.push(day);
  return found;
}

function addMonths(day: string, count: number): string {
  const moment = midnight(`${day.slice(0, 8)}01`);
  moment.setMonth(moment.getMonth() + count);
  return dayOf(moment);
}

/** Return the day on which the view before or after stands. */
export function step(view: ViewName, on: string, by: 1 | -1): string {
  if (view === 'month') return addMonths(on, by);
  return addDays(on, view === 'week' ? 7 * by : by);
}

/** What stands over a view: "30 mar – 5 apr 2026". */
export function titleOf(view: ViewName, days: readonly string[], on: string, locale: string): string {
  const [first = on, last = on] = [days[0], days.at(-1)];
  if (view === 'month') return new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' }).format(midnight(on));
  if (view === 'day') return new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(midnight(on));
  const parts = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' }).formatRangeToParts(midnight(first), midnight(last));
  // Italian ranges would begin with "06".
  return parts.map(({ type, value }) => (type === 'day' ? String(Number(value)) : value)).join('');
}
