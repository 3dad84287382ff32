/**
 * Recurrences of RFC 5545 as the server expands them (`services/kit/recurrence.py`), so that a calendar needs no
 * server. `recurrence.test.ts` compares both on invented series.
 */
import { instantOf, wallOf } from './zones';

/** An instant in milliseconds, or a whole day as "2026-03-27". */
export type Start = number | string;

/** A rule that was read. Empty lists are parts that it does not have. */
export interface Rule {
  readonly frequency: 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';
  readonly interval: number;
  readonly count: number;
  readonly until: Start | null;
  /** Ordinal (0: every one) and weekday from Monday 0. */
  readonly weekdays: readonly (readonly [number, number])[];
  readonly monthDays: readonly number[];
  readonly months: readonly number[];
  readonly positions: readonly number[];
  readonly weekStart: number;
}

/** What repeats: its first start, the zone of its wall time, its rule. */
export interface Series {
  readonly start: Start;
  readonly zone: string;
  readonly rule: Rule;
}

const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const DAY_MS = 86_400_000;
/** 1 January 2100: what repeats for ever is looked at no further. */
const HORIZON = Date.UTC(2100, 0, 1) / DAY_MS;

const numbers = (text: string | undefined) => (text === undefined ? [] : text.split(',').map(Number).toSorted((a, b) => a - b));

/** Read a rule as the server stores it; null for one that this program does not know. */
export function parseRule(text: string): Rule | null {
  const parts = Object.fromEntries(text.split(';').map((part) => part.split('=') as [string, string]));
  const frequency = parts['FREQ'];
  if (frequency !== 'DAILY' && frequency !== 'WEEKLY' && frequency !== 'MONTHLY' && frequency !== 'YEARLY') return null;
  const weekdays = (parts['BYDAY']?.split(',') ?? []).map((day) => [Number(day.slice(0, -2)), WEEKDAYS.indexOf(day.slice(-2))] as const);
  if (weekdays.some(([, day]) => day < 0)) return null;
  return {
    frequency,
    interval: Number(parts['INTERVAL'] ?? 1),
    count: Number(parts['COUNT'] ?? 0),
    until: parts['UNTIL'] === undefined ? null : untilOf(parts['UNTIL']),
    weekdays,
    monthDays: numbers(parts['BYMONTHDAY']),
    months: numbers(parts['BYMONTH']),
    positions: numbers(parts['BYSETPOS']),
    weekStart: Math.max(0, WEEKDAYS.indexOf(parts['WKST'] ?? 'MO')),
  };
}

function untilOf(text: string): Start {
  const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  if (text.length === 8) return day;
  return Date.parse(`${day}T${text.slice(9, 11)}:${text.slice(11, 13)}:${text.slice(13, 15)}Z`);
}

/** Days since 1970 of a date; dates are computed with as numbers. */
export const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
export const dayText = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);
/** Monday is 0; 1 January 1970 was a Thursday. */
const weekday = (number: number): number => (((number + 3) % 7) + 7) % 7;

/** Return when something starts; a day starts at its midnight in the zone. */
export function instant(start: Start, zone: string): number {
  return typeof start === 'number' ? start : instantOf(dayNumber(start) * DAY_MS, zone);
}

/** Return the starts of a series within [since, until), in order. */
export function between(series: Series, since: number, until: number): Start[] {
  const { start, zone, rule } = series;
  const dayOf = (moment: number) => Math.floor(wallOf(moment, zone) / DAY_MS);
  // A day of margin on both sides: wall times and instants differ by less.
  const lower = dayOf(since) - 1;
  const upper = Math.min(dayOf(until) + 1, HORIZON);
  const first = typeof start === 'number' ? dayOf(start) : dayNumber(start);
  const clock = typeof start === 'number' ? wallOf(start, zone) - first * DAY_MS : 0;
  const found: Start[] = [];
  for (const day of days(rule, countedFrom(rule, first, lower), upper)) {
    if (day < lower) continue;
    const next = typeof start === 'number' ? instantOf(day * DAY_MS + clock, zone) : dayText(day);
    if (rule.until !== null && isAfter(next, rule.until)) break;
    const moment = instant(next, zone);
    if (moment >= until) break;
    if (moment >= since) found.push(next);
  }
  return found;
}

/** Return a day of the rule's rhythm from which to count: near `lower`, where that is allowed. */
function countedFrom(rule: Rule, first: number, lower: number): number {
  const step = { DAILY: rule.interval, WEEKLY: 7 * rule.interval, MONTHLY: 0, YEARLY: 0 }[rule.frequency];
  if (step === 0 || rule.count > 0 || lower <= first) return first;
  return first + Math.floor((lower - first) / step) * step;
}

function isAfter(start: Start, last: Start): boolean {
  if (typeof start === 'number' && typeof last === 'number') return start > last;
  const day = (value: Start) => (typeof value === 'number' ? Math.floor(value / DAY_MS) : dayNumber(value));
  return day(start) > day(last);
}

/** Yield the days of a rule from its first on, none after `upper`: period by period. */
function* days(rule: Rule, first: number, upper: number): Generator<number> {
  let left = rule.count === 0 ? Infinity : rule.count;
  for (const period of periods(rule, first, upper)) {
    let fitting = period.filter((day) => fits(rule, day, first));
    if (rule.positions.length > 0) {
      const wanted = new Set(rule.positions.map((place) => (place > 0 ? place - 1 : fitting.length + place)));
      fitting = fitting.filter((_, at) => wanted.has(at));
    }
    for (const day of fitting) {
      if (day < first) continue;
      if (day > upper || left === 0) return;
      yield day;
      left -= 1;
    }
  }
}

/** Yield the days of every interval-th day, week, month or year. */
function* periods(rule: Rule, first: number, upper: number): Generator<number[]> {
  if (rule.frequency === 'DAILY' || rule.frequency === 'WEEKLY') {
    const length = rule.frequency === 'WEEKLY' ? 7 : 1;
    let day = length === 7 ? first - ((weekday(first) - rule.weekStart + 7) % 7) : first;
    for (; day <= upper; day += length * rule.interval) yield Array.from({ length }, (_, at) => day + at);
    return;
  }
  const monthly = rule.frequency === 'MONTHLY';
  const begin = dateOf(first);
  const last = dateOf(upper);
  let month = begin.year * 12 + (monthly ? begin.month - 1 : 0);
  for (; month < last.year * 12 + last.month; month += monthly ? rule.interval : 12 * rule.interval) {
    const year = Math.floor(month / 12);
    if (monthly) yield monthDays(year, (month % 12) + 1);
    else yield (rule.months.length > 0 ? rule.months : ALL_MONTHS).flatMap((each) => monthDays(year, each));
  }
}

const ALL_MONTHS = Array.from({ length: 12 }, (_, at) => at + 1);

interface Day {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

function dateOf(number: number): Day {
  const date = new Date(number * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

const lengthOfMonth = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();

function monthDays(year: number, month: number): number[] {
  const first = Date.UTC(year, month - 1, 1) / DAY_MS;
  return Array.from({ length: lengthOfMonth(year, month) }, (_, at) => first + at);
}

function fits(rule: Rule, number: number, first: number): boolean {
  const { year, month, day } = dateOf(number);
  if (rule.months.length > 0 && !rule.months.includes(month)) return false;
  if (rule.monthDays.length > 0 && !rule.monthDays.includes(day) && !rule.monthDays.includes(day - lengthOfMonth(year, month) - 1)) {
    return false;
  }
  if (rule.weekdays.length > 0) {
    return rule.weekdays.some(([ordinal, each]) => each === weekday(number) && isNth(rule, number, { year, month, day }, ordinal));
  }
  if (rule.monthDays.length > 0 || rule.frequency === 'DAILY') return true;
  if (rule.frequency === 'WEEKLY') return weekday(number) === weekday(first);
  const begin = dateOf(first);
  const sameMonth = rule.frequency === 'MONTHLY' || rule.months.length > 0 || month === begin.month;
  return sameMonth && day === begin.day;
}

/** Whether a day is the n-th of its weekday in its month, or in its year where no month is named. */
function isNth(rule: Rule, number: number, { year, month, day }: Day, ordinal: number): boolean {
  if (ordinal === 0) return true;
  const within = rule.frequency === 'MONTHLY' || rule.months.length > 0;
  const position = within ? day - 1 : number - Date.UTC(year, 0, 1) / DAY_MS;
  const length = within ? lengthOfMonth(year, month) : (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / DAY_MS;
  return ordinal === Math.floor(position / 7) + 1 || ordinal === -Math.floor((length - position - 1) / 7) - 1;
}
