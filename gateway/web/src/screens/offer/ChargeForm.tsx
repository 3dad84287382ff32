/** A charge with its spreading, and what they come to while they are typed. */
import { Button, Group, MultiSelect, SegmentedControl, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useId, useMemo, useState, type FormEvent } from 'react';
import { textOf, useLanguage, useTexts } from '../../i18n/texts';
import { KernelRefusal, useKernel, type Draft, type Figures } from '../../kernel';
import { enumValues, isKind, useAuthor, type RecordOf } from '../../replica';
import { newUuid } from '../../replica/ids';
import { useToasts } from '../../ui/toast';
import { ChargePreview, type Preview } from './ChargePreview';
import { draftWith, fieldsOf, spreadingOf, spreadOf, typedOf, usedNumbers, wrongNumbers, writeCharge, type Charge, type TypedCharge } from './charging';
import { hasFigures, type Line } from './grid';
import { mistakesOf, PAUSE_MS } from './pricing';
import { offerTexts } from './texts';

interface ChargeFormProps {
  readonly revision: RecordOf<'offers.revision'>;
  readonly charge: Partial<Charge>;
  /** Position of the last charge. */
  readonly last: number;
  readonly lines: readonly Line[];
  /** What the preview is made of; null without a kernel. */
  readonly draft: Draft | null;
  readonly onDone: () => void;
}

const MODES = ['shown', 'spread', 'absorbed'] as const;

export function ChargeForm({ revision, charge, last, lines, draft, onDone }: ChargeFormProps) {
  const t = useTexts(offerTexts);
  const language = useLanguage();
  const author = useAuthor();
  const toasts = useToasts();
  const modeLabel = useId();
  const [id] = useState(() => charge.id ?? newUuid(new Date()));
  const [typed, setTyped] = useState(() => typedOf(charge, language));
  const set = (fields: Partial<TypedCharge>) => setTyped((before) => ({ ...before, ...fields }));
  const wrong = wrongNumbers(typed, language);
  const used = usedNumbers(typed);
  const priced = lines.filter(hasFigures);
  const nameOf = (line: Line) => [line.code, line.description].filter(Boolean).join(' · ') || t('new_line');
  const seesCosts = lines.some((line) => line.unit_cost != null);
  const preview = usePreview(draft, id, typed);
  const isComplete = typed.description.trim() !== '' && wrong.size === 0 && (preview?.of !== typed || preview.refusal === undefined);
  const save = async () => {
    const written = await writeCharge({
      author,
      charge,
      revisionId: revision.id,
      position: last + 10,
      fields: { ...fieldsOf(typed, language), ...(charge.id === undefined && { id }) },
      mode: typed.mode,
      spreading: spreadingOf(typed, language),
      // A preview of what was typed before says nothing of what is saved.
      found: preview?.of === typed ? (preview.spread ?? null) : null,
    });
    toasts.done(t('charge_saved', { name: typed.description.trim() }), written);
    onDone();
  };
  const remove = async () => {
    toasts.done(t('charge_removed', { name: typed.description }), await author.remove('offers.charge', id));
    onDone();
  };
  const number = (name: 'amount' | 'rate' | 'units' | 'vat_rate', label: string, hint?: string) => (
    <TextInput
      label={label}
      description={hint}
      inputMode="decimal"
      maxLength={30}
      value={typed[name]}
      error={wrong.has(name) && typed[name] !== '' && t('not_a_number')}
      required={hint === undefined}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
  const options = (field: 'formula' | 'base' | 'vat') => enumValues('offers.charge', field).map((value) => ({ value, label: textOf(t, offerTexts, `${field}_${value}`) }));
  return (
    <form
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (isComplete) void save().catch(toasts.failed);
      }}
    >
      <Stack gap="md">
        <TextInput label={t('charge_description')} required maxLength={500} data-autofocus value={typed.description} onChange={(event) => set({ description: event.currentTarget.value })} />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" verticalSpacing="md">
          <Select label={t('charge_formula')} allowDeselect={false} data={options('formula')} value={typed.formula} onChange={(value) => set({ formula: value as Charge['formula'] })} />
          {used.has('amount') && number('amount', t('charge_amount'))}
          {used.has('rate') && number('rate', t(typed.formula === 'percent' ? 'charge_percent' : 'charge_rate'))}
          {typed.formula === 'percent' && <Select label={t('charge_base')} allowDeselect={false} data={options('base')} value={typed.base} onChange={(value) => set({ base: value as Charge['base'] })} />}
          {used.has('units') &&
            number(
              'units',
              t(`units_${typed.formula as 'per_km'}`),
              typed.formula === 'per_kg' || typed.formula === 'per_piece' ? t('units_hint') : undefined,
            )}
          <Select label={t('charge_vat')} allowDeselect={false} data={options('vat')} value={typed.vat} onChange={(value) => set({ vat: value as Charge['vat'] })} />
          {typed.vat === 'own_rate' && number('vat_rate', t('charge_vat_rate'))}
          {typed.vat === 'own_rate' && <TextInput label={t('charge_natura')} maxLength={4} value={typed.natura} onChange={(event) => set({ natura: event.currentTarget.value })} />}
        </SimpleGrid>
        <MultiSelect
          label={t('charge_serves')}
          placeholder={typed.serves.length === 0 ? t('charge_serves_all') : ''}
          data={priced.map((line) => ({ value: line.id, label: nameOf(line) }))}
          value={[...typed.serves]}
          onChange={(serves) => set({ serves })}
          searchable
          clearable
          clearButtonProps={{ 'aria-label': t('charge_serves_all') }}
        />
        <div>
          <Text id={modeLabel} size="sm" fw={500} mb={4}>
            {t('charge_mode')}
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby={modeLabel}
            value={typed.mode}
            onChange={(mode) => set({ mode })}
            data={MODES.map((mode) => ({ value: mode, label: t(`as_${mode}`) }))}
          />
        </div>
        {typed.mode === 'spread' && (
          <Select
            label={t('charge_method')}
            allowDeselect={false}
            data={enumValues('offers.charge', 'spread_method')
              .filter((method) => method !== 'cost' || seesCosts)
              .map((value) => ({ value, label: capital(textOf(t, offerTexts, `method_${value}`)) }))}
            value={typed.method}
            onChange={(value) => set({ method: value as Charge['spread_method'] })}
          />
        )}
        {typed.mode === 'spread' && typed.method === 'manual' && (
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" verticalSpacing="xs" component="fieldset" style={{ border: 0, margin: 0, padding: 0 }} aria-label={t('charge_weights')}>
            {priced
              .filter((line) => typed.serves.length === 0 || typed.serves.includes(line.id))
              .map((line) => (
                <TextInput
                  key={line.id}
                  label={nameOf(line)}
                  size="xs"
                  inputMode="decimal"
                  value={typed.weights[line.id] ?? ''}
                  onChange={(event) => set({ weights: { ...typed.weights, [line.id]: event.currentTarget.value } })}
                />
              ))}
          </SimpleGrid>
        )}
        <ChargePreview preview={preview} lines={lines} currency={revision.currency} isReady={wrong.size === 0} hasKernel={draft !== null} />
        <Group justify="space-between">
          {charge.id === undefined ? (
            <span />
          ) : (
            <Button variant="subtle" color="red" onClick={() => void remove().catch(toasts.failed)}>
              {t('charge_remove')}
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

const totalIn = ({ revision: { total } }: Figures) => (typeof total === 'string' ? total : '');

/** What the kernel says of the charge as it is typed; null while it has not been asked. */
function usePreview(draft: Draft | null, id: string, typed: TypedCharge): Preview | null {
  const kernel = useKernel();
  const language = useLanguage();
  const [preview, setPreview] = useState<Preview | null>(null);
  const isReady = wrongNumbers(typed, language).size === 0;
  const asked = useMemo(() => (draft === null || !isReady ? null : draftWith(draft, id, typed, language)), [draft, id, typed, language, isReady]);
  useEffect(() => {
    if (asked === null) return undefined;
    let isLatest = true;
    const ask = async () => {
      try {
        const spread = typed.mode === 'spread' ? await spreadOf(kernel, asked, id, spreadingOf(typed, language)) : undefined;
        const charges = spread === undefined ? asked.charges : asked.charges.map((each) => (each.id === id ? { ...each, ...spread.fields } : each));
        const figures = await kernel.price({ ...asked, charges });
        if (isLatest) setPreview({ of: typed, net: figures.charges[id]?.net ?? '', total: totalIn(figures), spread });
      } catch (error) {
        if (!isLatest || !isKind(error)) return;
        setPreview(error instanceof KernelRefusal ? { of: typed, net: '', total: '', refusal: mistakesOf(error, asked) } : null);
      }
    };
    const timer = setTimeout(() => void ask(), PAUSE_MS);
    return () => {
      isLatest = false;
      clearTimeout(timer);
    };
  }, [kernel, asked, id, typed, language]);
  return asked === null ? null : preview;
}

/** A word that stands within sentences elsewhere, as an option. */
const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
