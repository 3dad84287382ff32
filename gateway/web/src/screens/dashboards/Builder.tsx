import { ActionIcon, Alert, Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { useLabels } from '../../fields/labels';
import { textOf, useLanguage, useTexts } from '../../i18n/texts';
import { entity, isKind, useRecord, useRecords, useReplica, useMe, type Values } from '../../replica';
import { Section } from '../../ui/Section';
import { useToasts } from '../../ui/toast';
import { CHARTS, comparisons, definitionOf, draftOf, EMPTY, filterable, groupable, isTime, measurable, MEASURES, MOST, sourceKey, STEPS, type Draft, type Source, type SourceField } from './building';
import { reasonTexts } from '../../shell/reasons';
import { textIn, type Definition } from './figures';
import styles from './Dashboards.module.css';
import { FilterInWords } from './InWords';
import { addressOfReport, entityOf, SERVICES, type KeptReport } from './kept';
import { remember } from './latest';
import { Tile, type Opened } from './Tile';
import { dashboardTexts } from './texts';

const NOTHING: readonly never[] = [];

/** A report put together: what is counted, of which of them, by what, how it is drawn; seen while it is built. */
export function Builder({ kept, onOpen, onSaved }: { /** A report that is changed; absent: a new one. */ readonly kept?: KeptReport | undefined; readonly onOpen: (opened: Opened) => void; readonly onSaved: () => void }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const sources = useSources();
  const [draft, setDraft] = useState(() => (kept?.report.definition == null ? EMPTY : draftOf(kept.report.definition)));
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const source = sources.find((each) => sourceKey(each) === draft.source);
  const definition = definitionOf(draft, source);
  return (
    <Stack gap="md">
      <Section title={t(kept === undefined ? 'build' : 'edit')}>
        <Stack gap="sm">
          <NativeSelect
            label={t('source')}
            value={draft.source}
            disabled={kept !== undefined}
            onChange={(event) => setDraft({ ...EMPTY, source: event.currentTarget.value })}
            data={[{ value: '', label: '—' }, ...sources.map((each) => ({ value: sourceKey(each), label: textIn(each.labels, language) || sourceKey(each) }))]}
          />
          {source !== undefined && <Parts source={source} draft={draft} set={set} />}
        </Stack>
      </Section>
      {definition !== null && source !== undefined && (
        <>
          <Tile service={entity(source.entity).service} definition={definition} applied={NOTHING} onOpen={onOpen} />
          <Keep service={entity(source.entity).service} kept={kept} definition={definition} onSaved={onSaved} />
        </>
      )}
    </Stack>
  );
}

/** What reports may name, of all who answer: somebody without the right to one still has the others. */
function useSources(): readonly Source[] {
  const { online } = useReplica();
  const toasts = useToasts();
  const [sources, setSources] = useState<readonly Source[]>(NOTHING);
  useEffect(() => {
    let isCurrent = true;
    const ask = async (service: string) => ((await online.get(`/v1/${service}/reports:sources`)) as { readonly sources?: readonly Source[] }).sources ?? [];
    void Promise.allSettled(SERVICES.map(ask)).then((answers) => {
      if (!isCurrent) return;
      setSources(answers.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])));
      const failed = answers.find((each) => each.status === 'rejected');
      if (failed !== undefined && answers.every((each) => each.status === 'rejected')) toasts.failed(failed.reason);
    });
    return () => {
      isCurrent = false;
    };
    // oxlint-disable-next-line react/exhaustive-deps -- asked once for each copy
  }, [online]);
  return sources;
}

function Parts({ source, draft, set }: { readonly source: Source; readonly draft: Draft; readonly set: (change: Partial<Draft>) => void }) {
  const t = useTexts(dashboardTexts);
  const next = () => Math.max(0, ...[...draft.conditions, ...draft.groups, ...draft.measures].map((each) => each.key)) + 1;
  const fieldOf = (name: string) => source.fields.find((field) => field.name === name);
  return (
    <>
      <PartList title={t('conditions')} add={draft.conditions.length < MOST.conditions && t('condition_add')} onAdd={() => set({ conditions: [...draft.conditions, { key: next(), field: '', operator: 'equal', value: '' }] })}>
        {draft.fixed !== undefined && (
          <Part onRemove={() => set({ fixed: undefined })}>
            <div className={styles.fixed}>
              <strong>{t('fixed')}</strong>
              <FilterInWords filter={draft.fixed} what={{ source: source.entity, recordType: source.record_type ?? '' }} />
            </div>
          </Part>
        )}
        {draft.conditions.map((each) => {
          const change = (to: Partial<typeof each>) => set({ conditions: draft.conditions.map((other) => (other.key === each.key ? { ...other, ...to } : other)) });
          const field = fieldOf(each.field);
          return (
            <Part key={each.key} onRemove={() => set({ conditions: draft.conditions.filter((other) => other.key !== each.key) })}>
              <FieldSelect label={t('field')} fields={filterable(source)} value={each.field} onChange={(name) => change({ field: name, operator: comparisons(fieldOf(name))[0] ?? 'equal', value: '' })} />
              <NativeSelect label={t('operator')} value={each.operator} onChange={(event) => change({ operator: comparisons(field).find((one) => one === event.currentTarget.value) ?? 'equal' })} data={comparisons(field).map((value) => ({ value, label: t(`op_${value}`) }))} />
              <ValueInput source={source} field={field} value={each.value} onChange={(value) => change({ value })} />
            </Part>
          );
        })}
      </PartList>
      <PartList title={t('groups')} add={draft.groups.length < MOST.groups && t('group_add')} onAdd={() => set({ groups: [...draft.groups, { key: next(), field: '', step: 'month' }] })}>
        {draft.groups.map((each) => {
          const change = (to: Partial<typeof each>) => set({ groups: draft.groups.map((other) => (other.key === each.key ? { ...other, ...to } : other)) });
          return (
            <Part key={each.key} onRemove={() => set({ groups: draft.groups.filter((other) => other.key !== each.key) })}>
              <FieldSelect label={t('field')} fields={groupable(source)} value={each.field} onChange={(name) => change({ field: name, more: {} })} />
              {isTime(fieldOf(each.field)) && (
                <NativeSelect label={t('step')} value={each.step} onChange={(event) => change({ step: STEPS.find((one) => one === event.currentTarget.value) ?? 'month' })} data={STEPS.map((value) => ({ value, label: t(`step_${value}`) }))} />
              )}
            </Part>
          );
        })}
      </PartList>
      <PartList title={t('measures')} add={draft.measures.length < MOST.measures && t('measure_add')} onAdd={() => set({ measures: [...draft.measures, { key: next(), field: '', kind: 'count' }] })}>
        {draft.measures.map((each) => {
          const change = (to: Partial<typeof each>) => set({ measures: draft.measures.map((other) => (other.key === each.key ? { ...other, ...to } : other)) });
          return (
            <Part key={each.key} onRemove={draft.measures.length === 1 ? undefined : () => set({ measures: draft.measures.filter((other) => other.key !== each.key) })}>
              <NativeSelect label={t('measure')} value={each.kind} onChange={(event) => change({ kind: MEASURES.find((one) => one === event.currentTarget.value) ?? 'count', field: '', more: {} })} data={MEASURES.map((value) => ({ value, label: t(`measure_${value}`) }))} />
              {each.kind !== 'count' && <FieldSelect label={t('of_field')} fields={measurable(source, each.kind)} value={each.field} onChange={(name) => change({ field: name, more: {} })} />}
            </Part>
          );
        })}
      </PartList>
      <NativeSelect label={t('chart')} value={draft.chart} onChange={(event) => set({ chart: CHARTS.find((one) => one === event.currentTarget.value) ?? (event.currentTarget.value === 'own' ? 'own' : 'table') })} data={(draft.chart === 'own' ? [...CHARTS, 'own' as const] : CHARTS).map((value) => ({ value, label: t(`chart_${value}`) }))} />
    </>
  );
}

/** Parts of one kind; `add` is false where there may be no more. */
function PartList({ title, add, onAdd, children }: { readonly title: string; readonly add: string | false; readonly onAdd: () => void; readonly children: ReactNode }) {
  return (
    <Stack gap={6} role="group" aria-label={title}>
      <strong>{title}</strong>
      {children}
      {add !== false && (
        <Button variant="subtle" size="compact-sm" w="fit-content" leftSection={<IconPlus size={14} aria-hidden />} onClick={onAdd}>
          {add}
        </Button>
      )}
    </Stack>
  );
}

function Part({ onRemove, children }: { readonly onRemove: (() => void) | undefined; readonly children: ReactNode }) {
  const t = useTexts(dashboardTexts);
  return (
    <Group gap="sm" align="flex-end">
      {children}
      {onRemove !== undefined && (
        <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('remove')} title={t('remove')} onClick={onRemove}>
          <IconX size={16} />
        </ActionIcon>
      )}
    </Group>
  );
}

function FieldSelect({ label, fields, value, onChange }: { readonly label: string; readonly fields: readonly SourceField[]; readonly value: string; readonly onChange: (name: string) => void }) {
  const language = useLanguage();
  // A field of a named record, from a report that was made elsewhere, stays what it is.
  const isForeign = value !== '' && fields.every((field) => field.name !== value);
  const options = [...fields.map((field) => ({ value: field.name, label: textIn(field.labels, language) || field.name })), ...(isForeign ? [{ value, label: value }] : [])];
  return <NativeSelect label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)} data={[{ value: '', label: '—' }, ...options.toSorted((a, b) => a.label.localeCompare(b.label))]} />;
}

/** What a field is compared with: one of its values, a person, a territory, or what is typed. */
function ValueInput({ source, field, value, onChange }: { readonly source: Source; readonly field: SourceField | undefined; readonly value: string; readonly onChange: (value: string) => void }) {
  const t = useTexts(dashboardTexts);
  const labels = useLabels();
  const people = useRecords('identity.user', { order: [['display_name', 'asc']], limit: 500 });
  const territories = useRecords('identity.territory', { order: [['name', 'asc']] });
  const choices = () => {
    if (field?.references === 'identity.user') return [{ value: 'me', label: t('mine') }, ...people.rows.map((each) => ({ value: each.id, label: each.display_name || each.user_name }))];
    if (field?.references === 'identity.territory') return territories.rows.map((each) => ({ value: each.id, label: each.name }));
    if (field?.kind === 'boolean') return [{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }];
    return (field?.choices ?? []).map((each) => ({ value: each, label: labels.value(source.entity, field?.name ?? '', each) || each }));
  };
  const data = choices();
  if (data.length > 0) return <NativeSelect label={t('value')} value={value} onChange={(event) => onChange(event.currentTarget.value)} data={[{ value: '', label: '—' }, ...data]} />;
  return <TextInput label={t('value')} maxLength={200} type={field?.kind === 'date' ? 'date' : 'text'} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}

/** The report under a name, for its author or for others. */
function Keep({ service, kept, definition, onSaved }: { readonly service: string; readonly kept: KeptReport | undefined; readonly definition: Definition; readonly onSaved: () => void }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const { online, sync } = useReplica();
  const toasts = useToasts();
  const me = useMe();
  const roles = useRecord('identity.user', me).record?.role_ids ?? NOTHING;
  const reasons = useTexts(reasonTexts);
  const [typed, setTyped] = useState(kept === undefined ? '' : textIn(kept.report.names, language));
  const [visibility, setVisibility] = useState<'mine' | 'roles' | 'everybody'>(() => (kept === undefined || kept.report.visibility === 'unspecified' ? 'mine' : kept.report.visibility));
  // What is changed is what was opened: an older version than the one that is there is refused.
  const [version] = useState(kept?.report.version ?? 0);
  const [problem, setProblem] = useState<Error | null>(null);
  const name = typed.trim();
  const save = async () => {
    const names = { ...kept?.report.names, [language]: name };
    const body: Values = { names, definition, visibility, ...(visibility === 'roles' && kept?.report.visibility !== 'roles' && { role_ids: roles }) };
    if (kept === undefined) await online.post(`/v1/${service}/reports`, body);
    else remember(entityOf(kept), await online.patch(addressOfReport(kept), body, version));
    setProblem(null);
    toasts.done(t('saved', { name }));
    await sync.now();
    onSaved();
  };
  const visible = (['mine', 'roles', 'everybody'] as const).filter((each) => each !== 'roles' || roles.length > 0);
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (name !== '') void save().catch((error: unknown) => setProblem(error instanceof Error ? error : new Error(JSON.stringify(error))));
      }}
    >
      {problem !== null && (
        <Alert color="red" variant="light" mb="sm" role="alert" title={isKind(problem) ? textOf(reasons, reasonTexts, problem.reason) : reasons('INTERNAL')}>
          {isKind(problem) ? problem.detail : problem.message} {isKind(problem) && t(problem.reason === 'STALE' ? 'stale_remedy' : 'refused_remedy')}
        </Alert>
      )}
      <Group gap="sm" align="flex-end">
        <TextInput label={t('report_name')} required maxLength={100} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
        <NativeSelect label={t('visible_to')} value={visibility} onChange={(event) => setVisibility(visible.find((each) => each === event.currentTarget.value) ?? 'mine')} data={visible.map((value) => ({ value, label: t(`visible_${value}`) }))} />
        <Button type="submit" disabled={name === ''}>
          {t('save')}
        </Button>
      </Group>
    </form>
  );
}
