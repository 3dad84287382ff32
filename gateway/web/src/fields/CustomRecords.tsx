/** Tables of a company's own under a record: competitors' machines at a customer, for each kind of record one. */
import { ActionIcon, Button, Group, Modal, Stack, TextInput, VisuallyHidden } from '@mantine/core';
import { IconPencil, IconPlus } from '@tabler/icons-react';
import { useState, type FormEvent, type ReactNode } from 'react';
import { useFormat } from '../i18n/format';
import { useLanguage, useTexts } from '../i18n/texts';
import { useAuthor, useRecords, type EntityName, type RecordOf } from '../replica';
import { Quiet, Section } from '../ui/Section';
import { useToasts } from '../ui/toast';
import { LinkedName, useUnfit } from './CustomFields';
import type { FieldDefinition, RecordType, ShownField } from './definitions';
import styles from './CustomRecords.module.css';
import { FieldInput } from './FieldInput';
import { entityOf } from './names';
import { ownerOf, useFields, useForm, useRecordTypes } from './shapes';
import { fieldTexts } from './texts';
import { labelOf, parseValue, shownValue, textOfValue, typedValue, type Typed } from './values';

type CustomRecord = RecordOf<'crm.custom_record'>;

interface UnderProps {
  readonly parentEntity: EntityName;
  readonly parentId: string;
  readonly readOnly?: boolean;
}

export function CustomRecords(props: UnderProps) {
  const types = useRecordTypes(props.parentEntity);
  return types.map((type) => <Table key={type.key} {...props} type={type} />);
}

function Table({ parentEntity, parentId, readOnly = false, type }: UnderProps & { readonly type: RecordType }) {
  const t = useTexts(fieldTexts);
  const language = useLanguage();
  const format = useFormat();
  const entity = `${ownerOf(parentEntity)}.custom_record` as const;
  const fields = useFields(entity, type.key);
  const { ready, rows, total } = useRecords(entity, { where: { parent_id: parentId, type: type.key }, order: [['name', 'asc']] });
  const [edited, setEdited] = useState<Partial<CustomRecord> | null>(null);
  const title = labelOf(type.plural_labels, language, labelOf(type.labels, language, type.key));
  // One that is not used any more is shown only where there is something of it.
  if (!ready || (type.inactive && rows.length === 0)) return null;
  return (
    <Section
      title={title}
      count={total}
      actions={
        !readOnly &&
        !type.inactive && (
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={15} aria-hidden />} aria-label={`${t('new_row')}: ${labelOf(type.labels, language, type.key)}`} onClick={() => setEdited({})}>
            {t('new_row')}
          </Button>
        )
      }
    >
      {rows.length === 0 ? (
        <Quiet>{t('no_rows')}</Quiet>
      ) : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways on a phone
        <div className={styles.scroller} role="group" aria-label={title} tabIndex={0}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th>{t('name')}</th>
                {fields.map((field) => (
                  <th key={field.key} data-end={isNumber(field) || undefined}>
                    {labelOf(field.labels, language, field.key)}
                  </th>
                ))}
                {!readOnly && (
                  <th>
                    <VisuallyHidden>{t('edit')}</VisuallyHidden>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td>{row.name || '—'}</td>
                  {fields.map((field) => (
                    <td key={field.key} data-end={isNumber(field) || undefined}>
                      <Cell field={field} text={row.custom[field.key]} shown={shownValue(field, row.custom[field.key], format, language)} />
                    </td>
                  ))}
                  {!readOnly && (
                    <td data-end>
                      <ActionIcon variant="subtle" color="gray" size={26} aria-label={t('edit_row', { name: row.name || title })} onClick={() => setEdited(row)}>
                        <IconPencil size={15} stroke={1.7} />
                      </ActionIcon>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Modal opened={edited !== null} onClose={() => setEdited(null)} title={labelOf(type.labels, language, type.key)} closeButtonProps={{ 'aria-label': t('close') }} transitionProps={{ duration: 0 }}>
        {edited !== null && <RecordForm entity={entity} type={type} parentId={parentId} record={edited} onDone={() => setEdited(null)} />}
      </Modal>
    </Section>
  );
}

const isNumber = ({ kind, result }: FieldDefinition) => kind === 'number' || kind === 'money' || result === 'number';

function Cell({ field, text, shown }: { readonly field: FieldDefinition; readonly text: string | undefined; readonly shown: string }): ReactNode {
  const linked = field.kind === 'link' ? entityOf(field.links_to) : null;
  return linked === null || text === undefined ? shown : <LinkedName linked={linked} id={textOfValue(text)} isLink />;
}

/** What was not touched is not written: somebody else may write it meanwhile. */
function changedOf(record: Partial<CustomRecord>, name: string, written: Readonly<Record<string, string | null>>) {
  const custom = Object.fromEntries(Object.entries(written).filter(([key, text]) => text !== (record.custom?.[key] ?? null)));
  return { ...(name !== record.name && { name }), ...(Object.keys(custom).length > 0 && { custom: custom as Record<string, string> }) };
}

interface RecordFormProps {
  readonly entity: 'crm.custom_record' | 'offers.custom_record' | 'aftersales.custom_record';
  readonly type: RecordType;
  readonly parentId: string;
  readonly record: Partial<CustomRecord>;
  readonly onDone: () => void;
}

function RecordForm({ entity, type, parentId, record, onDone }: RecordFormProps) {
  const t = useTexts(fieldTexts);
  const language = useLanguage();
  const author = useAuthor();
  const toasts = useToasts();
  const unfitText = useUnfit();
  const fields = useFields(entity, type.key);
  const [name, setName] = useState(record.name ?? '');
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const valueOf = (field: FieldDefinition) => typed[field.key] ?? typedValue(field, record.custom?.[field.key] ?? (record.id === undefined ? field.default_value || undefined : undefined), language);
  const parsed = new Map<string, Typed>(fields.filter((field) => field.kind !== 'formula').map((field) => [field.key, parseValue(field, valueOf(field), language)]));
  const texts = [...parsed].flatMap(([key, value]) => ('text' in value && value.text !== null ? [[key, value.text] as const] : []));
  const [blank] = useState({ type: type.key, parent_id: parentId, ...record });
  const form = useForm(entity, { ...blank, name, custom: Object.fromEntries(texts) });
  if (form === null) return null;
  const shown = form.sections.flatMap((section) => section.fields).filter((field) => !field.isReadOnly);
  const isMissing = ({ definition, isRequired }: ShownField) => isRequired && !texts.some(([key]) => key === definition.key);
  const isUnfit = shown.some(({ definition }) => 'unfit' in (parsed.get(definition.key) ?? {}));
  const isComplete = name.trim() !== '' && !isUnfit && !shown.some(isMissing);
  const save = async () => {
    const written = Object.fromEntries(shown.map(({ definition }) => [definition.key, texts.find(([key]) => key === definition.key)?.[1] ?? null]));
    const given = Object.fromEntries(Object.entries(written).filter(([, text]) => text !== null)) as Record<string, string>;
    const changed = changedOf(record, name.trim(), written);
    if (record.id !== undefined && Object.keys(changed).length === 0) {
      onDone();
      return;
    }
    const made = await (record.id === undefined
      ? author.create(entity, { type: type.key, parent_id: parentId, name: name.trim(), custom: given })
      : author.edit(entity, record.id, changed));
    toasts.done(t('row_saved', { name: name.trim() }), made);
    onDone();
  };
  const remove = async () => {
    toasts.done(t('row_removed', { name }), await author.remove(entity, record.id ?? ''));
    onDone();
  };
  return (
    <form
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (isComplete) void save().catch(toasts.failed);
      }}
    >
      <Stack gap="md">
        <TextInput label={t('name')} required maxLength={200} data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
        {shown.map((field) => {
          const { definition, labels, isRequired } = field;
          const value = parsed.get(definition.key);
          return (
            <FieldInput
              key={definition.key}
              definition={definition}
              label={labelOf(labels, language, definition.key)}
              value={valueOf(definition)}
              onChange={(text) => setTyped((before) => ({ ...before, [definition.key]: text }))}
              isRequired={isRequired}
              error={value !== undefined && 'unfit' in value ? unfitText(value.unfit) : undefined}
            />
          );
        })}
        <Group justify="space-between">
          {record.id === undefined ? (
            <span />
          ) : (
            <Button variant="subtle" color="red" onClick={() => void remove().catch(toasts.failed)}>
              {t('remove_row')}
            </Button>
          )}
          <Button type="submit" disabled={!isComplete}>
            {t('save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
