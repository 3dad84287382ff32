/** What administrators add to records: fields of their own, and the forms in which roles see them. Online only. */
import { ActionIcon, Button, Select, Stack } from '@mantine/core';
import { IconPencil, IconPlus } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import type { FieldDefinition, FormLayout } from '../../fields/definitions';
import { ownerOf } from '../../fields/shapes';
import { labelOf } from '../../fields/values';
import { textOf, useLanguage, useTexts } from '../../i18n/texts';
import { useRecords, type EntityName } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { PageHead } from '../../ui/PageHead';
import styles from '../../ui/RecordHead.module.css';
import { Quiet, Section } from '../../ui/Section';
import { State } from '../../ui/State';
import { FieldForm } from './FieldForm';
import { LayoutForm } from './LayoutForm';
import { shapesTexts } from './texts';

const ENTITIES = ['crm.party', 'crm.opportunity', 'crm.activity', 'crm.contact_point', 'offers.offer', 'aftersales.installed_product', 'aftersales.request'] as const satisfies readonly EntityName[];
type Shaped = (typeof ENTITIES)[number];
const RECORDS = ['crm.custom_record', 'offers.custom_record', 'aftersales.custom_record'] as const;

/** Whose fields are shown: an entity, or a kind of record of the company's own. */
interface Place {
  readonly entity: Shaped | (typeof RECORDS)[number];
  readonly record_type: string;
}

export default function Shapes() {
  const t = useTexts(shapesTexts);
  const language = useLanguage();
  const types = useTypes();
  const [chosen, setChosen] = useState('crm.party');
  const places = new Map<string, Place>([
    ...ENTITIES.map((entity) => [entity, { entity, record_type: '' }] as const),
    ...types.map(({ service, type }) => [`${service}/${type.key}`, { entity: `${service}.custom_record`, record_type: type.key }] as const),
  ]);
  const options = [
    ...ENTITIES.map((value) => ({ value, label: t(value) })),
    ...types.map(({ service, type }) => ({ value: `${service}/${type.key}`, label: labelOf(type.plural_labels, language, labelOf(type.labels, language, type.key)) })),
  ];
  const place = places.get(chosen) ?? { entity: 'crm.party', record_type: '' };
  return (
    <>
      <PageHead title={t('title')} note={t('note')}>
        <Select aria-label={t('of')} allowDeselect={false} data={options} value={chosen} onChange={(value) => setChosen(value ?? 'crm.party')} w={240} />
      </PageHead>
      <Stack key={chosen} gap="md" maw={860}>
        <Fields place={place} />
        <Layouts place={place} />
      </Stack>
    </>
  );
}

/** Kinds of record of the company's own, of every owner. */
function useTypes() {
  const { rows: crm } = useRecords('crm.record_type', { where: { inactive: false } });
  const { rows: offers } = useRecords('offers.record_type', { where: { inactive: false } });
  const { rows: aftersales } = useRecords('aftersales.record_type', { where: { inactive: false } });
  return useMemo(
    () => [
      ...crm.map((type) => ({ service: 'crm' as const, type })),
      ...offers.map((type) => ({ service: 'offers' as const, type })),
      ...aftersales.map((type) => ({ service: 'aftersales' as const, type })),
    ],
    [crm, offers, aftersales],
  );
}

function Fields({ place }: { readonly place: Place }) {
  const t = useTexts(shapesTexts);
  const language = useLanguage();
  const { ready, rows, total } = useRecords(`${ownerOf(place.entity)}.field_definition`, {
    where: { entity: place.entity, record_type: place.record_type },
    order: [['position', 'asc'], ['key', 'asc']],
    limit: 1000,
  });
  const [edited, setEdited] = useState<Partial<FieldDefinition> | null>(null);
  return (
    <Section
      title={t('fields')}
      count={total}
      actions={
        <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setEdited({})}>
          {t('new_field')}
        </Button>
      }
    >
      {ready && rows.length === 0 && <Quiet>{t('no_fields')}</Quiet>}
      <ul className={styles.list}>
        {rows.map((field) => {
          const name = labelOf(field.labels, language, field.key);
          return (
            <li key={field.id} className={styles.row}>
              <div className={styles.main}>
                {name}
                <div className={styles.note}>{[`custom.${field.key}`, textOf(t, shapesTexts, `kind_${field.kind}`), field.required && t('required')].filter(Boolean).join(' · ')}</div>
              </div>
              {field.inactive && <State>{t('retired')}</State>}
              <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('edit', { name })} onClick={() => setEdited(field)}>
                <IconPencil size={16} stroke={1.7} />
              </ActionIcon>
            </li>
          );
        })}
      </ul>
      <Dialog opened={edited !== null} onClose={() => setEdited(null)} title={t(edited?.id === undefined ? 'new_field' : 'field')}>
        {edited !== null && <FieldForm place={place} field={edited} last={rows.at(-1)?.position ?? 0} entities={ENTITIES} onDone={() => setEdited(null)} />}
      </Dialog>
    </Section>
  );
}

function Layouts({ place }: { readonly place: Place }) {
  const t = useTexts(shapesTexts);
  const owner = ownerOf(place.entity);
  const { ready, rows, total } = useRecords(`${owner}.form_layout`, { where: { entity: place.entity, record_type: place.record_type }, order: [['position', 'asc']], limit: 1000 });
  const { rows: roles } = useRecords('identity.role', { limit: 500 });
  const [edited, setEdited] = useState<Partial<FormLayout> | null>(null);
  const nameOfRole = (id: string) => roles.find((role) => role.id === id)?.name ?? id;
  return (
    <Section
      title={t('forms')}
      count={total}
      actions={
        <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setEdited({})}>
          {t('new_form')}
        </Button>
      }
    >
      {ready && rows.length === 0 && <Quiet>{t('no_forms')}</Quiet>}
      <ul className={styles.list}>
        {rows.map((layout) => (
          <li key={layout.id} className={styles.row}>
            <div className={styles.main}>
              {layout.name}
              <div className={styles.note}>{layout.role_ids.length === 0 ? t('roles_all') : layout.role_ids.map(nameOfRole).join(', ')}</div>
            </div>
            {layout.inactive && <State>{t('retired')}</State>}
            <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('edit', { name: layout.name })} onClick={() => setEdited(layout)}>
              <IconPencil size={16} stroke={1.7} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <Dialog opened={edited !== null} onClose={() => setEdited(null)} size="lg" title={t(edited?.id === undefined ? 'new_form' : 'form')}>
        {edited !== null && <LayoutForm place={place} layout={edited} onDone={() => setEdited(null)} />}
      </Dialog>
    </Section>
  );
}
