import { Badge, Button, NativeSelect, TextInput } from '@mantine/core';
import { IconChartBar, IconPlus, IconPrinter } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useLanguage, useTexts } from '../../i18n/texts';
import { useRecords, type RecordOf } from '../../replica';
import { EmptyState } from '../../ui/EmptyState';
import { useFiles } from '../../ui/files';
import { PageHead } from '../../ui/PageHead';
import { Behind } from './Behind';
import { Builder, Saved } from './Builder';
import styles from './Dashboards.module.css';
import { textIn, type Applied } from './figures';
import { Tile, type Opened } from './Tile';
import { dashboardTexts } from './texts';

/** Places beside the dashboards' own. */
const BUILD = 'new';
const SAVED = 'saved';
const NOTHING: readonly Applied[] = [];

type Dashboard = RecordOf<'crm.dashboard'>;

/** Reports side by side. What stands where is here without a network too; the figures are the server's. */
export default function Dashboards({ params }: { readonly params?: Readonly<Record<string, string>> }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const fetched = useFiles();
  const found = [useRecords('crm.dashboard'), useRecords('offers.dashboard'), useRecords('aftersales.dashboard')];
  if (found.some((each) => !each.ready)) return null;
  const all = found
    .flatMap((each) => each.rows as readonly Dashboard[])
    .toSorted((a, b) => a.position - b.position || a.id.localeCompare(b.id));
  const place = params?.['id'];
  if (place === BUILD || place === SAVED) return <Own place={place} dashboards={all} />;
  const shown = all.find((each) => each.id === place) ?? all[0];
  if (shown === undefined) return <EmptyState icon={IconChartBar} title={t('none')} hint={t('none_hint')} isPage />;
  return (
    <>
      <PageHead title={textIn(shown.names, language)} note={textIn(shown.descriptions, language)}>
        <Badge variant="light" title={t('online_hint')}>
          {t('online')}
        </Badge>
        <Chooser value={shown.id} dashboards={all} />
        <Button variant="default" leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => fetched(`/v1/${serviceOf(shown.id, found)}/dashboards/${shown.id}:print`, `${textIn(shown.names, language)}.pdf`, {})}>
          {t('print')}
        </Button>
        <NewReport />
      </PageHead>
      <Grid key={shown.id} dashboard={shown} />
    </>
  );
}

const SERVICES = ['crm', 'offers', 'aftersales'] as const;

function serviceOf(id: string, found: readonly { readonly rows: readonly { readonly id: string }[] }[]): string {
  return SERVICES[found.findIndex((each) => each.rows.some((row) => row.id === id))] ?? 'crm';
}

/** Dashboards, and after them the reports that people have kept. */
function Chooser({ value, dashboards }: { readonly value: string; readonly dashboards: readonly Dashboard[] }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const [, go] = useLocation();
  return (
    <NativeSelect
      aria-label={t('choose')}
      value={value}
      onChange={(event) => go(`/dashboards/${event.currentTarget.value}`)}
      data={[...dashboards.map((each) => ({ value: each.id, label: textIn(each.names, language) })), { value: SAVED, label: t('own') }, ...(value === BUILD ? [{ value: BUILD, label: t('build') }] : [])]}
    />
  );
}

function NewReport() {
  const t = useTexts(dashboardTexts);
  return (
    <Button component={Link} href={`/dashboards/${BUILD}`} leftSection={<IconPlus size={16} aria-hidden />}>
      {t('build')}
    </Button>
  );
}

/** The reports that people have kept, or a new one. */
function Own({ place, dashboards }: { readonly place: string; readonly dashboards: readonly Dashboard[] }) {
  const t = useTexts(dashboardTexts);
  const [, go] = useLocation();
  const [opened, setOpened] = useState<Opened | null>(null);
  const isNew = place === BUILD;
  return (
    <>
      <PageHead title={t(isNew ? 'build' : 'own')} note={t(isNew ? 'online_hint' : 'own_hint')}>
        <Badge variant="light" title={t('online_hint')}>
          {t('online')}
        </Badge>
        <Chooser value={place} dashboards={dashboards} />
        {!isNew && <NewReport />}
      </PageHead>
      <div className={styles.own}>{isNew ? <Builder onOpen={setOpened} onSaved={() => go(`/dashboards/${SAVED}`)} /> : <Saved onOpen={setOpened} />}</div>
      <Behind opened={opened} applied={NOTHING} onClose={() => setOpened(null)} />
    </>
  );
}

function Grid({ dashboard }: { readonly dashboard: Dashboard }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const filters = dashboard.filters.map(({ field = '', labels = {}, value = '' }) => ({ field, labels, value }));
  const tiles = dashboard.tiles
    .map(({ service = '', report_id = '', x = 0, y = 0, w = 12 }) => ({ service, report_id, x, y, w }))
    .toSorted((a, b) => a.y - b.y || a.x - b.x);
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>(() => Object.fromEntries(filters.map((each) => [each.field, each.value])));
  const [opened, setOpened] = useState<Opened | null>(null);
  const applied: readonly Applied[] = Object.entries(typed)
    .filter(([, value]) => value !== '')
    .map(([field, value]) => ({ field, value }));
  return (
    <>
      {filters.length > 0 && (
        <div role="group" aria-label={t('filters')} className={styles.filters}>
          {filters.map((each) => (
            <Filter
              key={each.field}
              field={each.field}
              label={textIn(each.labels, language)}
              value={typed[each.field] ?? ''}
              onChange={(value) => setTyped({ ...typed, [each.field]: value })}
            />
          ))}
        </div>
      )}
      <div className={styles.grid}>
        {tiles.map((each) => (
          <div key={`${each.y}/${each.x}`} className={styles.tile} style={{ ['--w' as string]: each.w }}>
            <Tile service={each.service} reportId={each.report_id} applied={applied} onOpen={setOpened} />
          </div>
        ))}
      </div>
      <Behind opened={opened} applied={applied} onClose={() => setOpened(null)} />
    </>
  );
}

/** People are "all" or "mine"; territories are chosen; everything else is typed and asked for when it is left. */
function Filter({
  field,
  label,
  value,
  onChange,
}: {
  readonly field: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const t = useTexts(dashboardTexts);
  const territories = useRecords('identity.territory', { order: [['name', 'asc']] });
  if (field.endsWith('owner_id') || field.endsWith('assignee_id') || field.endsWith('territory_id')) {
    const choices = field.endsWith('territory_id')
      ? territories.rows.map((each) => ({ value: each.id, label: each.name }))
      : [{ value: 'me', label: t('mine') }];
    return (
      <NativeSelect
        label={label}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        data={[{ value: '', label: t('all') }, ...choices]}
      />
    );
  }
  return <TextInput label={label} defaultValue={value} onBlur={(event) => onChange(event.currentTarget.value.trim())} />;
}
