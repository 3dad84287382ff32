/** Days and moments as people type them, in the order of their language: both of ours say the day first. */
import { dayOf } from './day';

const WORDS: ReadonlyMap<string, number> = new Map(
  Object.entries({ oggi: 0, today: 0, domani: 1, tomorrow: 1, ieri: -1, yesterday: -1 }),
);
/** Years of two digits from here on are of the last century. */
const LAST_CENTURY = 70;
const HALF_YEAR_DAYS = 183;
const DAY_MS = 86_400_000;

/** Return a day ("2026-12-31") of 31/12/2026, 31-12-26, 31.12., 31122026, 2026-12-31, +7, -1, oggi, tomorrow; null of anything else. */
export function parseDay(typed: string, today: string): string | null {
  const text = typed.trim().toLowerCase();
  const away = /^[+-]\d{1,4}$/.test(text) ? Number(text) : WORDS.get(text);
  if (away !== undefined) return shifted(today, away);
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso !== null) return day(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const parts = /^(\d{1,2})\s*[./\s-]\s*(\d{1,2})(?:\s*[./\s-]\s*(\d{4}|\d{2})?)?$/.exec(text) ?? /^(\d{2})(\d{2})(\d{4}|\d{2})$/.exec(text);
  if (parts === null) return null;
  const [date, month] = [Number(parts[1]), Number(parts[2])];
  if (parts[3] === undefined) return nearest(date, month, today);
  const year = Number(parts[3]);
  return day(parts[3].length === 4 ? year : year + (year < LAST_CENTURY ? 2000 : 1900), month, date);
}

/** Return a local moment ("2026-12-31T14:30") of a day as above and a time; null of anything else. */
export function parseMoment(typed: string, today: string): string | null {
  const parts = /^(.*\S)[\s,t]+(\d{1,2})[:.](\d{2})$/i.exec(typed.trim());
  const date = parts === null ? null : parseDay((parts[1] ?? '').replace(/,$/, ''), today);
  const [hours, minutes] = [Number(parts?.[2]), Number(parts?.[3])];
  return date === null || hours > 23 || minutes > 59 ? null : `${date}T${two(hours)}:${two(minutes)}`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** Return a day that there is; null for one like 31 February. */
function day(year: number, month: number, date: number): string | null {
  const found = new Date(Date.UTC(year, month - 1, date));
  const isThere = found.getUTCMonth() === month - 1 && found.getUTCDate() === date;
  return isThere ? found.toISOString().slice(0, 10) : null;
}

function shifted(from: string, days: number): string {
  const moment = new Date(`${from}T12:00`);
  moment.setDate(moment.getDate() + days);
  return dayOf(moment);
}

/** Without a year it is the one that is nearest: in December the 7th of January is the next. */
function nearest(date: number, month: number, today: string): string | null {
  const year = Number(today.slice(0, 4));
  const found = [year, year - 1, year + 1].map((each) => day(each, month, date)).filter((each) => each !== null);
  return found.find((each) => Math.abs(Date.parse(each) - Date.parse(today)) <= HALF_YEAR_DAYS * DAY_MS) ?? found[0] ?? null;
}
