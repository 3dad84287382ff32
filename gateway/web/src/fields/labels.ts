/**
 * What people call entities, fields and values of the contracts: the texts that reports and prints have. Imported by
 * screens only, which are fetched when they are opened: the frame does without them.
 */
import { useMemo } from 'react';
import document from '../contracts/labels.json';
import { useLanguage, type Language } from '../i18n/texts';

type Pair = readonly [it: string, en: string];
type Of = readonly [one: Pair, many: Pair, fields: Readonly<Record<string, Pair>>, values: Readonly<Record<string, Readonly<Record<string, Pair>>>>];

const labels = document as unknown as Readonly<Record<string, Of>>;

export interface Labels {
  /** What one record of an entity is called. */
  readonly one: (entity: string) => string;
  readonly many: (entity: string) => string;
  readonly field: (entity: string, field: string) => string;
  /** The text of a value of an enum; '' for what is none. */
  readonly value: (entity: string, field: string, value: string) => string;
}

/** Return the texts in a language; what this program does not know (a newer server's) keeps its name. */
export function labelsIn(language: Language): Labels {
  const at = language === 'it' ? 0 : 1;
  return {
    one: (entity) => labels[entity]?.[0][at] ?? entity,
    many: (entity) => labels[entity]?.[1][at] ?? entity,
    field: (entity, field) => labels[entity]?.[2][field]?.[at] ?? field,
    value: (entity, field, value) => labels[entity]?.[3][field]?.[value]?.[at] ?? '',
  };
}

/** Return the texts in the user's language. */
export function useLabels(): Labels {
  const language = useLanguage();
  return useMemo(() => labelsIn(language), [language]);
}
