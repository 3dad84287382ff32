/** Times of a day as people type them, always of 24 hours. */

const QUARTER = 15;
const LAST_QUARTER = 23 * 60 + 45;
/** Where the arrows begin in an empty field. */
const FIRST = '09:00';

/** Return a time ("09:30") of 9, 930, 0930, 9:30, 9.30, 9,30, 9 30 or 9h30; null of anything else. */
export function parseTime(typed: string): string | null {
  const parts = /^(\d{1,2})(?:\s*[:.,h\s]\s*(\d{2}))?$/i.exec(typed.trim()) ?? /^(\d{1,2})(\d{2})$/.exec(typed.trim());
  const [hours, minutes] = [Number(parts?.[1]), Number(parts?.[2] ?? 0)];
  return parts === null || hours > 23 || minutes > 59 ? null : clock(hours * 60 + minutes);
}

/** Return the next quarter of an hour after a time, or the one before; the first and the last of the day stay. */
export function nextQuarter(time: string, step: 1 | -1): string {
  if (time === '') return FIRST;
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const at = (hours * 60 + minutes) / QUARTER;
  const next = (step > 0 ? Math.floor(at) + 1 : Math.ceil(at) - 1) * QUARTER;
  return next < 0 || next > LAST_QUARTER ? time : clock(next);
}

const clock = (minutes: number) => [Math.floor(minutes / 60), minutes % 60].map((each) => String(each).padStart(2, '0')).join(':');
