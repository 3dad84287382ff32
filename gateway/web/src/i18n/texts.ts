/**
 * Texts in Italian and English, side by side; a screen's own beside the screen.
 *
 *     const customers = texts('customers', {
 *       title: ['Clienti', 'Customers'],
 *       found_one: ['{{count}} cliente', '{{count}} customer'],
 *       found_other: ['{{count}} clienti', '{{count}} customers'],
 *     });
 *     const t = useTexts(customers);   t('title')   t('found', { count: 3 })
 *
 * A key cannot exist in one language only, and a key that does not exist is an error of types. Plurals and
 * interpolation are i18next's.
 */
import i18next from 'i18next';
import { useMemo } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';

export type Language = 'it' | 'en';
export type Pair = readonly [it: string, en: string];

declare const keys: unique symbol;
/** A set of texts, by the name under which i18next keeps it. */
export interface Texts<K extends string> {
  readonly namespace: string;
  readonly [keys]?: K;
  readonly known: ReadonlySet<string>;
}

type WithoutPlural<K extends string> = K extends `${infer B}_${'zero' | 'one' | 'many' | 'other'}` ? B : K;
export type Key<P> = WithoutPlural<keyof P & string>;
export type TextValues = Readonly<Record<string, string | number>>;
export type Translate<K extends string> = (key: K, values?: TextValues) => string;

void i18next.use(initReactI18next).init({
  lng: 'it',
  fallbackLng: 'it',
  resources: {},
  interpolation: { escapeValue: false }, // React escapes
  initAsync: false,
  returnNull: false,
});

/** Register texts; `namespace` is unique in the client. */
export function texts<const P extends Readonly<Record<string, Pair>>>(namespace: string, pairs: P): Texts<Key<P>> {
  for (const [at, language] of (['it', 'en'] as const).entries()) {
    const own = Object.fromEntries(Object.entries(pairs).map(([key, pair]) => [key, pair[at]]));
    i18next.addResourceBundle(language, namespace, own, true, true);
  }
  return { namespace, known: new Set(Object.keys(pairs)) };
}

/** Return a function that answers these texts in the user's language. */
export function useTexts<K extends string>(set: Texts<K>): Translate<K> {
  const { t } = useTranslation(set.namespace);
  return useMemo(() => remembering((key: K, values) => t(key, { ...values })), [t]);
}

/** A grid asks for the same words thousands of times, and i18next takes its time for each. */
function remembering<K extends string>(translate: Translate<K>): Translate<K> {
  const plain = new Map<K, string>();
  return (key, values) => {
    if (values !== undefined) return translate(key, values);
    let found = plain.get(key);
    if (found === undefined) plain.set(key, (found = translate(key)));
    return found;
  };
}

/** Return the text of a value that comes from the data (an enum, a reason): the value itself if there is none. */
export function textOf<K extends string>(t: Translate<K>, set: Texts<K>, key: string): string {
  return set.known.has(key) ? t(key as K) : key;
}

/** The user's language. */
export function useLanguage(): Language {
  const { i18n } = useTranslation();
  return i18n.language === 'en' ? 'en' : 'it';
}

/** Show everything in a language from now on. */
export function setLanguage(language: Language): void {
  void i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
