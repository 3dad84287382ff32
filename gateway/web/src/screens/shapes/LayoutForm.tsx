import { ActionIcon, Button, Group, MultiSelect, Paper, Select, Stack, TextInput } from '@mantine/core';
import { IconArrowUp, IconTrash } from '@tabler/icons-react';
import { useMemo, useState, type FormEvent } from 'react';
import { scopeOf, type FormLayout } from '../../fields/definitions';
import { read } from '../../fields/expressions';
import { useLabels } from '../../fields/labels';
import { ownerOf, useFields } from '../../fields/shapes';
import { labelOf } from '../../fields/values';
import { useLanguage, useTexts } from '../../i18n/texts';
import { entity, useRecords, useReplica, type EntityName } from '../../replica';
import { useToasts } from '../../ui/toast';
import { keyFrom } from './choices';
import { shapesTexts } from './texts';

interface TypedField {
  readonly name: string;
  readonly visible: string;
  readonly required: string;
  readonly read_only: string;
}

interface TypedSection {
  readonly id: number;
  readonly key: string;
  readonly it: string;
  readonly en: string;
  readonly fields: readonly TypedField[];
}

interface LayoutFormProps {
  readonly place: { readonly entity: EntityName; readonly record_type: string };
  readonly layout: Partial<FormLayout>;
  readonly onDone: () => void;
}

const RULES = ['visible', 'required', 'read_only'] as const;
const RULE_LABELS = { visible: 'visible', required: 'needed', read_only: 'read_only' } as const;

function typedSections(layout: Partial<FormLayout>): readonly TypedSection[] {
  const sections = (layout.sections ?? []).map((section, id) => ({
    id,
    key: section.key ?? '',
    it: section.labels?.['it'] ?? '',
    en: section.labels?.['en'] ?? '',
    fields: (section.fields ?? []).map(({ name = '', visible = '', required = '', read_only = '' }) => ({ name, visible, required, read_only })),
  }));
  return sections.length > 0 ? sections : [{ id: 0, key: '', it: '', en: '', fields: [] }];
}

/** A form: for whom, its sections, the fields of each, and when each is shown, required, read-only. */
export function LayoutForm({ place, layout, onDone }: LayoutFormProps) {
  const t = useTexts(shapesTexts);
  const { online, sync } = useReplica();
  const toasts = useToasts();
  const owner = ownerOf(place.entity);
  const { rows: roles } = useRecords('identity.role', { order: [['name', 'asc']], limit: 500 });
  const fields = useFields(place.entity, place.record_type);
  const scope = useMemo(() => scopeOf(place.entity, fields), [place.entity, fields]);
  const [name, setName] = useState(layout.name ?? '');
  const [roleIds, setRoleIds] = useState<readonly string[]>(layout.role_ids ?? []);
  const [sections, setSections] = useState(() => typedSections(layout));
  const [waiting, setWaiting] = useState(false);
  const isReadable = (condition: string) => condition.trim() === '' || read(condition, scope) !== null;
  const isComplete =
    name.trim() !== '' && sections.every((section) => (section.it !== '' || section.en !== '') && section.fields.every((field) => RULES.every((rule) => isReadable(field[rule]))));
  const change = (id: number, fieldsOf: Partial<TypedSection>) => setSections((before) => before.map((each) => (each.id === id ? { ...each, ...fieldsOf } : each)));
  const save = async () => {
    setWaiting(true);
    try {
      const written = sections.map((section, n) => ({
        key: section.key || keyFrom(section.it || section.en) || `section_${n + 1}`,
        labels: Object.fromEntries([['it', section.it], ['en', section.en]].filter(([, text]) => text !== '')) as Readonly<Record<string, string>>,
        fields: section.fields,
      }));
      const body = { name: name.trim(), role_ids: roleIds, sections: written };
      const path = `/v1/${owner}/form-layouts`;
      if (layout.id === undefined) await online.post(path, { entity: place.entity, record_type: place.record_type, ...body });
      else await online.patch(`${path}/${layout.id}`, body);
      await sync.now();
      toasts.done(t('saved', { name: body.name }));
      onDone();
    } catch (error) {
      toasts.failed(error);
    } finally {
      setWaiting(false);
    }
  };
  return (
    <form
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (isComplete && !waiting) void save();
      }}
    >
      <Stack gap="md">
        <TextInput label={t('form_name')} required maxLength={200} data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <MultiSelect label={t('roles')} placeholder={roleIds.length === 0 ? t('roles_all') : ''} data={roles.map((role) => ({ value: role.id, label: role.name }))} value={[...roleIds]} onChange={setRoleIds} searchable />
        {sections.map((section, n) => (
          <Paper key={section.id} withBorder p="sm" component="fieldset" aria-label={t('section', { number: n + 1 })} style={{ margin: 0, minWidth: 0 }}>
            <Stack gap="sm">
              <Group grow align="flex-end">
                <TextInput label={t('label_it')} maxLength={200} value={section.it} onChange={(event) => change(section.id, { it: event.currentTarget.value })} />
                <TextInput label={t('label_en')} maxLength={200} value={section.en} onChange={(event) => change(section.id, { en: event.currentTarget.value })} />
              </Group>
              <SectionFields place={place} section={section} used={sections.flatMap((each) => each.fields.map((field) => field.name))} isReadable={isReadable} onChange={(changed) => change(section.id, { fields: changed })} />
              {sections.length > 1 && (
                <Button variant="subtle" color="gray" size="compact-sm" w="fit-content" onClick={() => setSections((before) => before.filter((each) => each.id !== section.id))}>
                  {t('remove_section')}
                </Button>
              )}
            </Stack>
          </Paper>
        ))}
        <Group justify="space-between">
          <Button variant="default" size="compact-sm" onClick={() => setSections((before) => [...before, { id: Math.max(...before.map((each) => each.id)) + 1, key: '', it: '', en: '', fields: [] }])}>
            {t('add_section')}
          </Button>
          <Button type="submit" disabled={!isComplete || waiting}>
            {t('save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface SectionFieldsProps {
  readonly place: LayoutFormProps['place'];
  readonly section: TypedSection;
  /** Names that the form has already. */
  readonly used: readonly string[];
  readonly isReadable: (condition: string) => boolean;
  readonly onChange: (fields: readonly TypedField[]) => void;
}

function SectionFields({ place, section, used, isReadable, onChange }: SectionFieldsProps) {
  const t = useTexts(shapesTexts);
  const language = useLanguage();
  const contracts = useLabels();
  const fields = useFields(place.entity, place.record_type);
  const builtIn = Object.entries(entity(place.entity).fields).filter(([name, field]) => !field.output_only && name !== 'id' && name !== 'custom').map(([name]) => name);
  const labels = new Map([...fields.map((field) => [`custom.${field.key}`, labelOf(field.labels, language, field.key)] as const), ...builtIn.map((name) => [name, contracts.field(place.entity, name)] as const)]);
  const labelFor = (name: string) => labels.get(name) ?? name;
  const set = (at: number, more: Partial<TypedField>) => onChange(section.fields.map((field, n) => (n === at ? { ...field, ...more } : field)));
  return (
    <>
      {section.fields.map((field, at) => (
        <Stack key={field.name} gap={4}>
          <Group justify="space-between" wrap="nowrap">
            <strong>{labelFor(field.name)}</strong>
            <Group gap={2} wrap="nowrap">
              <ActionIcon variant="subtle" color="gray" size={28} disabled={at === 0} aria-label={t('up', { name: labelFor(field.name) })} onClick={() => onChange(section.fields.toSpliced(at - 1, 2, field, ...section.fields.slice(at - 1, at)))}>
                <IconArrowUp size={15} stroke={1.7} />
              </ActionIcon>
              <ActionIcon variant="subtle" color="gray" size={28} aria-label={t('remove_field', { name: labelFor(field.name) })} onClick={() => onChange(section.fields.toSpliced(at, 1))}>
                <IconTrash size={15} stroke={1.7} />
              </ActionIcon>
            </Group>
          </Group>
          <Group grow align="flex-end" gap="sm">
            {RULES.map((rule) => (
              <TextInput
                key={rule}
                size="xs"
                label={t(RULE_LABELS[rule])}
                maxLength={2000}
                value={field[rule]}
                error={!isReadable(field[rule]) && t('unreadable')}
                onChange={(event) => set(at, { [rule]: event.currentTarget.value })}
              />
            ))}
          </Group>
        </Stack>
      ))}
      <Select
        aria-label={t('add_field')}
        placeholder={t('add_field')}
        size="xs"
        searchable
        value={null}
        data={[...labels].filter(([name]) => !used.includes(name)).map(([value, label]) => ({ value, label }))}
        onChange={(name) => name !== null && onChange([...section.fields, { name, visible: '', required: '', read_only: '' }])}
      />
    </>
  );
}
