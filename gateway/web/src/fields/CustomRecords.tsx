/** Tables of a company's own under a record: competitors' machines at a customer, for each kind of record one. */
import { ActionIcon, Button, Group, Stack, TextInput, VisuallyHidden } from '@mantine/core';
import { IconPencil, IconPlus } from '@tabler/icons-react';
import { useState, type FormEvent, type ReactNode } from 'react';
import { useFormat } from '../i18n/format';
import { useLanguage, useTexts } from '../i18n/texts';
import { useAuthor, useReadOnly, useRecords, type EntityName, type RecordOf } from '../replica';
import { Dialog } from '../ui/Dialog';
import { Quiet, Section } from '../ui/Section';
import { useToasts } from '../ui/toast';
import { LinkedName } from './CustomFields';
import type { FieldDefinition, RecordType } from './definitions';
import styles from './CustomRecords.module.css';
import { useFormFields } from './formFields';
import { FormInputs } from './FormInputs';
import { entityOf } from './names';
import { ownerOf, useFields, useRecordTypes } from './shapes';
import { fieldTexts } from './texts';
import { labelOf, shownValue, textOfValue } from './values';

type CustomRecord = RecordOf<'crm.custom_record'>;

interface UnderProps {
  readonly parentEntity: EntityName;
  readonly parentId: string;
  readonly readOnly?: boolean;
}

export function CustomRecords(props: UnderProps) {
  const types = useRecordTypes(props.parentEntity);
  const isBeyond = useReadOnly();
  return types.map((type) => <Table key={type.key} {...props} readOnly={props.readOnly === true || isBeyond} type={type} />);
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
      <Dialog opened={edited !== null} onClose={() => setEdited(null)} title={labelOf(type.labels, language, type.key)}>
        {edited !== null && <RecordForm entity={entity} type={type} parentId={parentId} record={edited} onDone={() => setEdited(null)} />}
      </Dialog>
    </Section>
  );
}

const isNumber = ({ kind, result }: FieldDefinition) => kind === 'number' || kind === 'money' || result === 'number';

function Cell({ field, text, shown }: { readonly field: FieldDefinition; readonly text: string | undefined; readonly shown: string }): ReactNode {
  const linked = field.kind === 'link' ? entityOf(field.links_to) : null;
  return linked === null || text === undefined ? shown : <LinkedName linked={linked} id={textOfValue(text)} isLink />;
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
  const author = useAuthor();
  const toasts = useToasts();
  const [name, setName] = useState(record.name ?? '');
  const [blank] = useState({ type: type.key, parent_id: parentId, ...record });
  const fields = useFormFields(entity, blank, { name }, type.key);
  if (fields === null) return null;
  const isComplete = name.trim() !== '' && fields.isComplete;
  const save = async () => {
    // What was not touched is not written: somebody else may write it meanwhile.
    const changed = { ...(name.trim() !== record.name && { name: name.trim() }), ...(fields.changed !== undefined && { custom: fields.changed }) };
    if (record.id !== undefined && Object.keys(changed).length === 0) {
      onDone();
      return;
    }
    const made = await (record.id === undefined
      ? author.create(entity, { type: type.key, parent_id: parentId, name: name.trim(), ...(fields.given !== undefined && { custom: fields.given }) })
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
        <FormInputs fields={fields} />
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
