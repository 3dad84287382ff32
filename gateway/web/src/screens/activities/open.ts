/** Activities that are still to do: those that the server has not seen yet too. */
import type { RecordOf, Where } from '../../replica';

export const OPEN_STATES = ['planned', 'in_progress', 'unspecified'] as const;

export const isOpen = (activity: RecordOf<'crm.activity'>) => (OPEN_STATES as readonly string[]).includes(activity.state);

/** When it is to be done, or begins: RFC 3339, '' for never. */
export const momentOf = (activity: RecordOf<'crm.activity'>) => activity.due_at ?? activity.starts_at ?? '';

/** Open activities of a user, of all their own ones too that nobody has assigned; a series is none, its occurrences are. */
export function openOf(user: string): Where<'crm.activity'> {
  return { recurrence: { empty: true }, state: { in: OPEN_STATES }, owner_id: { in: [user, ''] } };
}

/** The morning of a day, so many days on. */
export function morning(now: Date, days: number): Date {
  const moment = new Date(now);
  moment.setDate(moment.getDate() + days);
  moment.setHours(9, 0, 0, 0);
  return moment;
}

/** Days until next Monday, 7 on a Monday. */
export const daysToMonday = (now: Date) => ((8 - now.getDay()) % 7) || 7;
