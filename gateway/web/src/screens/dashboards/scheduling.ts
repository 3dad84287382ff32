/** When a report is sent, as a form asks for it and as its record says it. */
import type { Report } from './kept';

export type Schedule = NonNullable<Report['schedule']>;
export const RHYTHMS = ['daily', 'weekdays', 'weekly', 'monthly'] as const;
export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
export const FORMATS = ['pdf', 'xlsx', 'csv'] as const;
export type Weekday = (typeof WEEKDAYS)[number];
const RULES = { daily: 'FREQ=DAILY', weekdays: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', monthly: 'FREQ=MONTHLY' } as const;

export interface Plan {
  /** `own`: a rule that this form has no word for; it stays as it is. */
  readonly rhythm: (typeof RHYTHMS)[number] | 'own';
  readonly weekday: Weekday;
  readonly day: string;
  /** "07:00"; null while what stands in the form is no time. */
  readonly time: string | null;
  readonly recipients: readonly string[];
  readonly format: (typeof FORMATS)[number];
  readonly paused: boolean;
  /** The rule as it was stored. */
  readonly rule: string;
}

/** Return what a form begins with: the schedule of a report, or Mondays at seven from a day on, for one person. */
export function planOf(schedule: Schedule | null | undefined, day: string, recipient: string): Plan {
  const rule = schedule?.recurrence ?? 'FREQ=WEEKLY;BYDAY=MO';
  const [firstDay = day, time = '07:00'] = schedule?.starts?.split('T') ?? [];
  const weekday = WEEKDAYS.find((each) => rule === `FREQ=WEEKLY;BYDAY=${each}`);
  const named = (['daily', 'weekdays', 'monthly'] as const).find((each) => RULES[each] === rule);
  return {
    rhythm: weekday === undefined ? (named ?? 'own') : 'weekly',
    weekday: weekday ?? 'MO',
    day: firstDay,
    time,
    recipients: schedule?.recipient_ids ?? (recipient === '' ? [] : [recipient]),
    format: FORMATS.find((each) => each === schedule?.format) ?? 'pdf',
    paused: schedule?.paused ?? false,
    rule,
  };
}

/** Return the schedule of a form; null while something is missing. */
export function scheduleOf(plan: Plan): Schedule | null {
  if (plan.recipients.length === 0 || !/^\d{4}-\d\d-\d\d$/.test(plan.day) || plan.time === null || !/^\d\d:\d\d$/.test(plan.time)) return null;
  const rule = plan.rhythm === 'own' ? plan.rule : plan.rhythm === 'weekly' ? `FREQ=WEEKLY;BYDAY=${plan.weekday}` : RULES[plan.rhythm];
  return { recurrence: rule, starts: `${plan.day}T${plan.time}`, recipient_ids: [...plan.recipients], format: plan.format, paused: plan.paused };
}
