/** Wall times of time zones, by what the browser knows of them. */

/** A wall time as if it were UTC: milliseconds since 1970 on that clock. */
export type Wall = number;

const formatters = new Map<string, Intl.DateTimeFormat>();
const DAY_MS = 86_400_000;

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(zone, found);
  }
  return found;
}

/** Return what the clock of a zone shows at an instant. Throws RangeError for a zone that nobody knows. */
export function wallOf(instant: number, zone: string): Wall {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatter(zone).formatToParts(instant)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((instant % 1000) + 1000) % 1000);
}

/**
 * Return the instant at which the clock of a zone shows this: the first of two where autumn repeats it, moved by what
 * the clock skips where spring leaves it out (RFC 5545, 3.3.5).
 */
export function instantOf(wall: Wall, zone: string): number {
  const before = offset(wall - DAY_MS, zone);
  const first = wall - before;
  if (offset(first, zone) === before) return first;
  const second = wall - offset(wall + DAY_MS, zone);
  return wallOf(second, zone) === wall ? second : first;
}

function offset(instant: number, zone: string): number {
  return wallOf(instant, zone) - instant;
}

/** The zone of this device. */
export const hereZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
