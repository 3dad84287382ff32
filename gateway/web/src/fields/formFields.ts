/** The custom fields of a record that a form writes: what is typed, whether it fits, what is to be written. */
import { useState } from 'react';
import { useLanguage } from '../i18n/texts';
import type { EntityName, Values } from '../replica';
import type { FieldDefinition, ShownField } from './definitions';
import { useFields, useForm } from './shapes';
import { parseValue, typedValue, type Typed } from './values';

export interface FormFields {
  /** Those that its user may fill in, as the form has them for what is typed. */
  readonly shown: readonly ShownField[];
  readonly typed: (field: FieldDefinition) => string;
  readonly set: (field: FieldDefinition, text: string) => void;
  readonly parsed: (field: FieldDefinition) => Typed | undefined;
  /** Whether each fits and none is missing. */
  readonly isComplete: boolean;
  /** Values of a new record; undefined: none. */
  readonly given: Readonly<Record<string, string>> | undefined;
  /** What differs from the record, null for what was emptied; undefined: nothing. */
  readonly changed: Readonly<Record<string, string>> | undefined;
}

/**
 * `record` is what there was (`{}` for a new one), `draft` what the form's other fields say now. Null for the few
 * milliseconds before the form is known.
 */
export function useFormFields(entity: EntityName, record: Values, draft: Values, recordType = ''): FormFields | null {
  const language = useLanguage();
  const fields = useFields(entity, recordType);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const stored = (record['custom'] ?? {}) as Readonly<Record<string, string>>;
  const isNew = record['id'] === undefined;
  const typed = (field: FieldDefinition) => texts[field.key] ?? typedValue(field, stored[field.key] ?? (isNew ? field.default_value || undefined : undefined), language);
  const parsed = new Map<string, Typed>(fields.filter((field) => field.kind !== 'formula').map((field) => [field.key, parseValue(field, typed(field), language)]));
  const values = new Map([...parsed].flatMap(([key, value]) => ('text' in value && value.text !== null ? [[key, value.text] as const] : [])));
  const form = useForm(entity, { ...record, ...draft, custom: Object.fromEntries(values) });
  if (form === null) return null;
  const shown = form.sections.flatMap((section) => section.fields).filter((field) => !field.isReadOnly);
  const isMissing = ({ definition, isRequired }: ShownField) => isRequired && !values.has(definition.key);
  const isUnfit = ({ definition }: ShownField) => 'unfit' in (parsed.get(definition.key) ?? {});
  const written = shown.map(({ definition }) => [definition.key, values.get(definition.key) ?? null] as const);
  return {
    shown,
    typed,
    set: (field, text) => setTexts((before) => ({ ...before, [field.key]: text })),
    parsed: (field) => parsed.get(field.key),
    isComplete: !shown.some((field) => isMissing(field) || isUnfit(field)),
    given: unlessEmpty(written.filter(([, text]) => text !== null)),
    changed: unlessEmpty(written.filter(([key, text]) => text !== (stored[key] ?? null))),
  };
}

function unlessEmpty(written: readonly (readonly [string, string | null])[]): Readonly<Record<string, string>> | undefined {
  return written.length === 0 ? undefined : (Object.fromEntries(written) as Record<string, string>);
}
