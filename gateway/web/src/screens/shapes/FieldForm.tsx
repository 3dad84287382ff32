import { Alert, Button, Checkbox, Group, Select, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import { useEffect, useState, type FormEvent } from 'react';
import type { FieldDefinition, FieldKind } from '../../fields/definitions';
import { ownerOf } from '../../fields/shapes';
import { textOf, useTexts } from '../../i18n/texts';
import { enumValues, useReplica, type EntityName, type Values } from '../../replica';
import { useToasts } from '../../ui/toast';
import { choicesFrom, keyFrom, writtenChoices } from './choices';
import { shapesTexts } from './texts';

interface FieldFormProps {
  readonly place: { readonly entity: EntityName; readonly record_type: string };
  readonly field: Partial<FieldDefinition>;
  /** Position of the last field. */
  readonly last: number;
  /** What a link may lead to. */
  readonly entities: readonly ('crm.party' | 'crm.opportunity' | 'crm.activity' | 'crm.contact_point' | 'offers.offer' | 'aftersales.installed_product' | 'aftersales.request')[];
  readonly onDone: () => void;
}

const KEY = /^[a-z][a-z0-9_]{0,39}$/;
const LIMITED: ReadonlySet<FieldKind> = new Set(['text', 'number', 'money', 'date', 'time', 'multiple_choice']);

export function FieldForm({ place, field, last, entities, onDone }: FieldFormProps) {
  const t = useTexts(shapesTexts);
  const { online, sync } = useReplica();
  const toasts = useToasts();
  const isNew = field.id === undefined;
  const [kind, setKind] = useState<FieldKind>(field.kind ?? 'text');
  const [texts, setTexts] = useState({
    it: field.labels?.['it'] ?? '',
    en: field.labels?.['en'] ?? '',
    key: field.key ?? '',
    minimum: field.minimum ?? '',
    maximum: field.maximum ?? '',
    pattern: field.pattern ?? '',
    formula: field.formula ?? '',
    links_to: field.links_to ?? 'crm.party',
    choices: writtenChoices(field.choices ?? []),
    position: String(field.position ?? last + 10),
  });
  const [required, setRequired] = useState(field.required ?? false);
  const [waiting, setWaiting] = useState(false);
  const key = isNew && texts.key === '' ? keyFrom(texts.it || texts.en) : texts.key;
  const choices = choicesFrom(texts.choices, field.choices ?? []);
  const isChoosing = kind === 'choice' || kind === 'multiple_choice';
  const isComplete = (texts.it !== '' || texts.en !== '') && KEY.test(key) && !(isChoosing && (choices === null || choices.length === 0)) && !(kind === 'formula' && texts.formula === '');
  const path = `/v1/${ownerOf(place.entity)}/field-definitions`;
  const input = (name: keyof typeof texts) => ({
    value: texts[name],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => {
      const { value } = event.currentTarget;
      setTexts((before) => ({ ...before, [name]: value }));
    },
  });
  const write = async (more: Values = {}) => {
    setWaiting(true);
    try {
      const body = {
        kind,
        labels: Object.fromEntries([['it', texts.it], ['en', texts.en]].filter(([, text]) => text !== '')) as Values,
        required,
        minimum: LIMITED.has(kind) ? texts.minimum : '',
        maximum: LIMITED.has(kind) ? texts.maximum : '',
        pattern: kind === 'text' ? texts.pattern : '',
        formula: kind === 'formula' ? texts.formula : '',
        links_to: kind === 'link' ? texts.links_to : '',
        choices: isChoosing ? choices : [],
        position: Number.parseInt(texts.position, 10) || 0,
        ...more,
      };
      if (isNew) await online.post(path, { entity: place.entity, record_type: place.record_type, key, ...body });
      else await online.patch(`${path}/${field.id}`, body);
      await sync.now();
      toasts.done(t('saved', { name: texts.it || texts.en || key }));
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
        if (isComplete && !waiting) void write();
      }}
    >
      <Stack gap="md">
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" verticalSpacing="md">
          <TextInput label={t('label_it')} maxLength={200} data-autofocus {...input('it')} />
          <TextInput label={t('label_en')} maxLength={200} {...input('en')} />
          <TextInput label={t('key')} description={isNew && t('key_hint')} maxLength={40} {...input('key')} value={key} readOnly={!isNew} />
          <Select label={t('kind')} allowDeselect={false} data={enumValues('crm.field_definition', 'kind').map((value) => ({ value, label: textOf(t, shapesTexts, `kind_${value}`) }))} value={kind} onChange={(value) => setKind(value as FieldKind)} />
        </SimpleGrid>
        {!isNew && kind !== field.kind && <KindPreview key={kind} address={`${path}/${field.id}:preview_kind?kind=${kind}`} />}
        {LIMITED.has(kind) && (
          <SimpleGrid cols={2} spacing="md">
            <TextInput label={t('minimum')} maxLength={40} {...input('minimum')} />
            <TextInput label={t('maximum')} maxLength={40} {...input('maximum')} />
          </SimpleGrid>
        )}
        {kind === 'text' && <TextInput label={t('pattern')} description={t('pattern_hint')} maxLength={200} {...input('pattern')} />}
        {kind === 'formula' && <Textarea label={t('formula')} description={t('formula_hint')} required rows={2} maxLength={2000} {...input('formula')} />}
        {kind === 'link' && <Select label={t('links_to')} allowDeselect={false} data={entities.map((value) => ({ value, label: t(value) }))} value={texts.links_to} onChange={(value) => setTexts((before) => ({ ...before, links_to: value ?? '' }))} />}
        {isChoosing && <Textarea label={t('choices')} description={t('choices_hint')} required rows={4} error={choices === null && t('bad_choices')} {...input('choices')} />}
        <Group justify="space-between" align="flex-end">
          {kind === 'formula' ? <span /> : <Checkbox label={t('required')} checked={required} onChange={(event) => setRequired(event.currentTarget.checked)} />}
          <TextInput label={t('position')} inputMode="numeric" w={90} {...input('position')} />
        </Group>
        <Group justify="space-between">
          {isNew ? (
            <span />
          ) : (
            <Button variant="subtle" color="gray" disabled={waiting} onClick={() => void write({ inactive: !(field.inactive ?? false) })}>
              {t(field.inactive === true ? 'restore' : 'retire')}
            </Button>
          )}
          <Button type="submit" disabled={!isComplete || waiting}>
            {t('save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface Preview {
  readonly converted: string;
  readonly kept: string;
  readonly examples?: readonly { readonly value: string }[];
}

/** What another kind would make of the values that are there. */
function KindPreview({ address }: { readonly address: string }) {
  const t = useTexts(shapesTexts);
  const { online } = useReplica();
  const toasts = useToasts();
  const [preview, setPreview] = useState<Preview | null>(null);
  useEffect(() => {
    let isLatest = true;
    online
      .get(address)
      .then((found) => isLatest && setPreview(found as Preview))
      .catch((error: unknown) => isLatest && toasts.failed(error));
    return () => {
      isLatest = false;
    };
  }, [online, toasts, address]);
  if (preview === null) return null;
  const examples = (preview.examples ?? []).map((each) => each.value).join(', ');
  return (
    <Alert color={preview.kept === '0' ? 'gray' : 'yellow'} role="status">
      {t('preview', { converted: preview.converted, kept: preview.kept })} {examples !== '' && t('preview_examples', { examples })}
    </Alert>
  );
}
