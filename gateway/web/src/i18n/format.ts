/** Numbers, money and moments as the user's language writes them. Amounts stay texts: no sum is made here. */
import { useLanguage, type Language } from './texts';

const LOCALES = { it: 'it-IT', en: 'en-GB' } as const;

export interface Format {
  /** "1234.5" -> "1.234,50 €" */
  money: (amount: string, currency: string) => string;
  /** A price of one piece, with the currency's decimals at least: "1234.5" -> "1.234,50", "0.0475" -> "0,0475" */
  price: (value: string, currency: string) => string;
  /** "1234.5" -> "1.234,5" */
  decimal: (value: string) => string;
  /** A number of which nobody knows whether it is a quantity: "2009" stays, for it may be a year; "12345" -> "12.345" */
  plain: (value: string) => string;
  /** "12.5" -> "12,5 %"; in English "12.5%" */
  percent: (value: string) => string;
  integer: (value: number) => string;
  /** "2026-03-27" -> "27/03/2026" */
  date: (value: string) => string;
  /** A step of time as reports name it: "2026-11" -> "nov 2026", "2026-Q4" -> "4º trim. 2026", "2026-W48" -> "sett. 48 2026"; others stay. */
  period: (value: string) => string;
  /** RFC 3339 -> "27/03/2026, 16:00" */
  moment: (value: string) => string;
  /** RFC 3339 -> "16:00" */
  time: (value: string) => string;
  /** RFC 3339 -> "2 ore fa" */
  ago: (value: string, now: Date) => string;
  bytes: (value: number) => string;
}

// Intl formats decimal strings without loss; TypeScript's types lag behind.
const exact = (format: Intl.NumberFormat, value: string) => format.format(value as unknown as number);

const made = new Map<Language, Format>();

/** Return the formats of a language, always the same. */
export function formats(language: Language): Format {
  let found = made.get(language);
  if (found === undefined) made.set(language, (found = formatsOf(language)));
  return found;
}

/** A formatter is made when it is first needed: all together take 20 to 50 ms of a start (Chromium). */
function lazily<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= make());
}

/** `useGrouping: 'always'`: Italian leaves 1234 ungrouped otherwise. */
function formatsOf(language: Language): Format {
  const locale = LOCALES[language];
  const money = new Map<string, Intl.NumberFormat>();
  const prices = new Map<number, Intl.NumberFormat>();
  const decimal = lazily(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 12, useGrouping: 'always' }));
  const plain = lazily(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 12, useGrouping: 'min2' }));
  const integer = lazily(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 0, useGrouping: 'always' }));
  const date = lazily(() => new Intl.DateTimeFormat(locale, { day: '2-digit', month: '2-digit', year: 'numeric' }));
  const time = lazily(() => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }));
  const monthYear = lazily(() => new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric' }));
  const ago = lazily(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
  const moneyFormat = (currency: string): Intl.NumberFormat => {
    let found = money.get(currency);
    if (found === undefined) {
      found = new Intl.NumberFormat(locale, { style: 'currency', currency, useGrouping: 'always' });
      money.set(currency, found);
    }
    return found;
  };
  const priceFormat = (currency: string): Intl.NumberFormat => {
    const places = moneyFormat(currency).resolvedOptions().maximumFractionDigits ?? 0;
    let found = prices.get(places);
    if (found === undefined) {
      found = new Intl.NumberFormat(locale, { minimumFractionDigits: places, maximumFractionDigits: 12, useGrouping: 'always' });
      prices.set(places, found);
    }
    return found;
  };
  const formatDate = (value: string) => {
    if (value === '') return '';
    const [year = 0, month = 1, day = 1] = value.slice(0, 10).split('-').map(Number);
    return date().format(new Date(year, month - 1, day));
  };
  return {
    money: (amount, currency) => {
      if (amount === '') return '';
      return currency === '' ? exact(decimal(), amount) : exact(moneyFormat(currency), amount);
    },
    price: (value, currency) => {
      if (value === '') return '';
      return exact(currency === '' ? decimal() : priceFormat(currency), value);
    },
    decimal: (value) => (value === '' ? '' : exact(decimal(), value)),
    plain: (value) => (value === '' ? '' : exact(plain(), value)),
    percent: (value) => (value === '' ? '' : `${exact(decimal(), value)}${language === 'it' ? '\u00a0' : ''}%`),
    integer: (value) => integer().format(value),
    date: formatDate,
    period: (value) => {
      const [, year = '', quarter, week, number] = /^(\d{4})-(?:Q([1-4])|W(\d\d)|(\d\d))$/.exec(value) ?? [];
      if (number !== undefined) return monthYear().format(new Date(Number(year), Number(number) - 1));
      if (quarter !== undefined) return language === 'it' ? `${quarter}º trim. ${year}` : `Q${quarter} ${year}`;
      if (week !== undefined) return `${language === 'it' ? 'sett.' : 'week'} ${Number(week)} ${year}`;
      return /^\d{4}-\d\d-\d\d$/.test(value) ? formatDate(value) : value;
    },
    moment: (value) => (value === '' ? '' : `${date().format(new Date(value))}, ${time().format(new Date(value))}`),
    time: (value) => (value === '' ? '' : time().format(new Date(value))),
    ago: (value, now) => {
      const minutes = Math.round((new Date(value).getTime() - now.getTime()) / 60_000);
      if (Math.abs(minutes) < 60) return ago().format(minutes, 'minute');
      if (Math.abs(minutes) < 60 * 24) return ago().format(Math.round(minutes / 60), 'hour');
      return ago().format(Math.round(minutes / 60 / 24), 'day');
    },
    bytes: (value) => {
      const units = ['B', 'kB', 'MB', 'GB'];
      const step = value < 1 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), units.length - 1);
      return `${decimal().format(Number((value / 1000 ** step).toPrecision(3)))} ${units[step]}`;
    },
  };
}

/** The formats of the user's language. */
export function useFormat(): Format {
  return formats(useLanguage());
}

/** Return a decimal as the contracts write it of what somebody typed: comma or point; null if it is none. */
export function parseDecimal(typed: string, language: Language): string | null {
  const bare = typed.trim().replace(/[\s\u00a0\u202f'’]/g, '');
  if (bare === '') return '';
  const [comma, point] = [bare.lastIndexOf(','), bare.lastIndexOf('.')];
  // The last of both is the decimal one. A single kind: in Italian groups have points, in English commas.
  const grouping = comma >= 0 && point >= 0 ? (comma > point ? '.' : ',') : onlyGroups(bare, language);
  const plain = (grouping === null ? bare : bare.replaceAll(grouping, '')).replace(',', '.');
  const match = /^(-?)0*(\d+)?(?:\.(\d{0,12}))?$/.exec(plain);
  if (match === null || (match[2] === undefined && !match[3] && !plain.includes('0'))) return null;
  const whole = match[2] ?? '0';
  return `${match[1]}${whole}${match[3] ? `.${match[3]}` : ''}`;
}

/** "1.234.567" has groups in any language; "1.234" has one in Italian, as "1,234" in English. */
function onlyGroups(bare: string, language: Language): string | null {
  for (const mark of ['.', ',']) {
    const groups = bare.split(mark);
    if (groups.length > 2) return mark;
    const ofLanguage = language === 'it' ? '.' : ',';
    if (groups.length === 2 && mark === ofLanguage && /^-?\d{1,3}$/.test(groups[0] ?? '') && groups[1]?.length === 3) {
      return mark;
    }
  }
  return null;
}
