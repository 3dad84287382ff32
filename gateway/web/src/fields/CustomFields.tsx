/** The custom fields of a record, in the sections of its user's form, each changed where it stands. */
import { UnstyledButton } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useFormat } from '../i18n/format';
import { useLanguage, useTexts } from '../i18n/texts';
import { useAuthor, useReadOnly, useRecord, type EntityName, type FieldsOf, type Values } from '../replica';
import styles from '../ui/InlineField.module.css';
import { Section } from '../ui/Section';
import { useToasts } from '../ui/toast';
import { lacking, withCustom, type Form, type ShownField } from './definitions';
import { FieldInput } from './FieldInput';
import { addressOf, entityOf, NAMELESS, nameOf } from './names';
import { useFormAsk } from './shapes';
import { fieldTexts } from './texts';
import { labelOf, parseValue, shownValue, textOfValue, typedValue, type Unfit } from './values';

interface CustomFieldsProps {
  readonly entity: EntityName;
  readonly record: Values & { readonly id: string };
  readonly form: Form | null;
  /** Nobody may change it here. */
  readonly readOnly?: boolean;
}

export function CustomFields({ entity, record, form, readOnly = false }: CustomFieldsProps) {
  const t = useTexts(fieldTexts);
  const language = useLanguage();
  const isBeyond = useReadOnly();
  if (form === null) return null;
  return form.sections.map((section) => (
    <Section key={section.key} title={labelOf(section.labels, language, section.key === '' ? t('others') : section.key)}>
      {section.fields.map((field) => (
        <CustomField key={field.definition.key} entity={entity} record={record} form={form} field={field} readOnly={readOnly || isBeyond || field.isReadOnly} />
      ))}
    </Section>
  ));
}

/** Return a function that says why a value does not fit. */
export function useUnfit(): (unfit: Unfit) => string {
  const t = useTexts(fieldTexts);
  return ({ reason, limit }) => t(reason, { limit });
}

function CustomField({ entity, record, form, field, readOnly }: Required<Omit<CustomFieldsProps, 'form'>> & { readonly form: Form; readonly field: ShownField }) {
  const { definition, isRequired } = field;
  const t = useTexts(fieldTexts);
  const language = useLanguage();
  const format = useFormat();
  const author = useAuthor();
  const toasts = useToasts();
  const ask = useFormAsk(entity);
  const unfitText = useUnfit();
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const label = labelOf(field.labels, language, definition.key);
  const stored = (record['custom'] as Readonly<Record<string, string>> | undefined)?.[definition.key];
  const keep = (value: string) => {
    setTyped(null);
    if (value === typedValue(definition, stored, language)) return;
    const found = parseValue(definition, value, language);
    if ('unfit' in found) {
      toasts.done(t('not_kept', { field: label, why: unfitText(found.unfit) }));
      return;
    }
    const written = { [definition.key]: found.text };
    // What the record lacked before may be lacking after; nothing else.
    const after = ask(withCustom(record, written));
    const before = lacking(form, record);
    const wanting = [...lacking(after, withCustom(record, written))].find((key) => !before.has(key));
    if (wanting !== undefined) {
      const other = after.sections.flatMap((section) => section.fields).find((each) => each.definition.key === wanting);
      toasts.done(t('missing', { field: labelOf(other?.labels ?? {}, language, wanting) }));
      return;
    }
    author
      .edit(entity, record.id, { custom: written } as unknown as FieldsOf<typeof entity>)
      .then((made) => toasts.done(t('saved', { field: label }), made))
      .catch(toasts.failed);
  };
  const labelled = isRequired ? `${label} *` : label;
  if (typed !== null && !readOnly) {
    return (
      <div className={styles.field}>
        <span className={styles.label} aria-hidden>
          {labelled}
        </span>
        <FieldInput definition={definition} label={label} value={typed} onChange={setTyped} isRequired={isRequired} inline={{ onKeep: keep, onLeave: () => setTyped(null) }} />
      </div>
    );
  }
  const shown = <Shown field={field} stored={stored} text={shownValue(definition, stored, format, language)} isLink={readOnly} />;
  const isEmpty = stored === undefined;
  return (
    <div className={styles.field}>
      <span id={`${id}-label`} className={styles.label}>
        {labelled}
      </span>
      {readOnly ? (
        <span className={styles.fixed}>{isEmpty ? t('none') : shown}</span>
      ) : (
        <UnstyledButton
          id={id}
          className={styles.value}
          data-empty={isEmpty || undefined}
          aria-labelledby={`${id}-label ${id}`}
          title={labelOf(definition.help, language, t('edit'))}
          onClick={() => setTyped(typedValue(definition, stored, language))}
        >
          {isEmpty ? t('add') : shown}
        </UnstyledButton>
      )}
    </div>
  );
}

function Shown({ field, stored, text, isLink }: { readonly field: ShownField; readonly stored: string | undefined; readonly text: string; readonly isLink: boolean }): ReactNode {
  const linked = field.definition.kind === 'link' ? entityOf(field.definition.links_to) : null;
  if (linked === null) return text;
  return <LinkedName linked={linked} id={textOfValue(stored)} isLink={isLink} />;
}

/** The name of the record that a value names; it leads there where nothing is to be changed. */
export function LinkedName({ linked, id, isLink, missing = NAMELESS }: { readonly linked: EntityName; readonly id: string; readonly isLink: boolean; readonly missing?: string }): ReactNode {
  const { record } = useRecord(linked, id);
  const name = record === null ? missing : nameOf(record);
  const address = addressOf(linked, id);
  return isLink && record !== null && address !== null ? <Link href={address}>{name}</Link> : name;
}
