import { ActionIcon, Badge, Button, NativeSelect, TextInput } from '@mantine/core';
import { IconArrowLeft, IconArrowRight, IconArrowsMaximize, IconArrowsMinimize, IconChartBar, IconPlus, IconPrinter, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { useLanguage, useTexts } from '../../i18n/texts';
import { useRecords, useMe } from '../../replica';
import { EmptyState } from '../../ui/EmptyState';
import { useFiles } from '../../ui/files';
import { PageHead } from '../../ui/PageHead';
import { Behind } from './Behind';
import { Builder } from './Builder';
import { DashboardActions } from './DashboardActions';
import styles from './Dashboards.module.css';
import { textIn, type Applied } from './figures';
import { SERVICES, useKeptReports, type Dashboard } from './kept';
import { useLatest } from './latest';
import { inOrder, usePutting, WIDTHS, type OwnedDashboard, type TileRecord } from './putting';
import { Saved } from './Saved';
import { Tile, type Opened } from './Tile';
import { dashboardTexts } from './texts';

/** Places beside the dashboards' own. */
const BUILD = 'new';
const SAVED = 'saved';
const EDIT = 'edit';
const NOTHING: readonly Applied[] = [];

/** Reports side by side. What stands where is here without a network too; the figures are the server's. */
export default function Dashboards({ params }: { readonly params?: Readonly<Record<string, string>> }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const latest = useLatest();
  const found = [useRecords('crm.dashboard'), useRecords('offers.dashboard'), useRecords('aftersales.dashboard')];
  if (found.some((each) => !each.ready)) return null;
  const owned: readonly OwnedDashboard[] = found
    .flatMap((each, at) => (each.rows as readonly Dashboard[]).map((dashboard) => ({ service: SERVICES[at] ?? 'crm', dashboard: latest(dashboard) })))
    .toSorted(({ dashboard: a }, { dashboard: b }) => a.position - b.position || a.id.localeCompare(b.id));
  const place = params?.['id'];
  if (place === BUILD || place === SAVED || place === EDIT) return <Own place={place} dashboards={owned} />;
  const chosen = owned.find(({ dashboard }) => dashboard.id === place) ?? owned[0];
  if (chosen === undefined) return <EmptyState icon={IconChartBar} title={t('none')} hint={t('none_hint')} isPage />;
  const { dashboard: shown } = chosen;
  return (
    <>
      <PageHead title={textIn(shown.names, language)} note={textIn(shown.descriptions, language)}>
        <Badge variant="light" title={t('online_hint')}>
          {t('online')}
        </Badge>
        <Chooser value={shown.id} dashboards={owned} />
        <NewReport />
      </PageHead>
      <Grid key={shown.id} owned={chosen} />
    </>
  );
}

/** Dashboards, and after them the reports that people have kept. */
function Chooser({ value, dashboards }: { readonly value: string; readonly dashboards: readonly OwnedDashboard[] }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const [, go] = useLocation();
  return (
    <NativeSelect
      aria-label={t('choose')}
      value={value}
      onChange={(event) => go(`/dashboards/${event.currentTarget.value}`)}
      data={[...dashboards.map(({ dashboard }) => ({ value: dashboard.id, label: textIn(dashboard.names, language) })), { value: SAVED, label: t('own') }, ...(value === BUILD || value === EDIT ? [{ value, label: t(value === BUILD ? 'build' : 'edit') }] : [])]}
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
function Own({ place, dashboards }: { readonly place: string; readonly dashboards: readonly OwnedDashboard[] }) {
  const t = useTexts(dashboardTexts);
  const [, go] = useLocation();
  const [opened, setOpened] = useState<Opened | null>(null);
  const isNew = place === BUILD;
  const title = isNew ? 'build' : place === EDIT ? 'edit' : 'own';
  const saved = () => go(`/dashboards/${SAVED}`);
  return (
    <>
      <PageHead title={t(title)} note={t(place === SAVED ? 'own_hint' : 'online_hint')}>
        <Badge variant="light" title={t('online_hint')}>
          {t('online')}
        </Badge>
        <Chooser value={place} dashboards={dashboards} />
        {!isNew && <NewReport />}
      </PageHead>
      <div className={styles.own}>{isNew && <Builder onOpen={setOpened} onSaved={saved} />}
        {place === EDIT && <Changed onOpen={setOpened} onSaved={saved} />}
        {place === SAVED && <Saved dashboards={dashboards} onOpen={setOpened} />}
      </div>
      <Behind opened={opened} applied={NOTHING} onClose={() => setOpened(null)} />
    </>
  );
}

/** The report of the address, in the builder. */
function Changed({ onOpen, onSaved }: { readonly onOpen: (opened: Opened) => void; readonly onSaved: () => void }) {
  const t = useTexts(dashboardTexts);
  const { ready, all } = useKeptReports();
  const [service, id] = (new URLSearchParams(useSearch()).get('of') ?? '').split('/');
  if (!ready) return null;
  const kept = all.find((each) => each.service === service && each.report.id === id);
  if (kept === undefined) return <EmptyState icon={IconChartBar} title={t('edit_missing')} />;
  return <Builder key={kept.report.id} kept={kept} onOpen={onOpen} onSaved={onSaved} />;
}

function Grid({ owned }: { readonly owned: OwnedDashboard }) {
  const { service, dashboard } = owned;
  const fetched = useFiles();
  const me = useMe();
  const [arranging, setArranging] = useState(false);
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const filters = dashboard.filters.map(({ field = '', labels = {}, value = '' }) => ({ field, labels, value }));
  const tiles = inOrder(dashboard.tiles);
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>(() => Object.fromEntries(filters.map((each) => [each.field, each.value])));
  const [opened, setOpened] = useState<Opened | null>(null);
  const applied: readonly Applied[] = Object.entries(typed)
    .filter(([, value]) => value !== '')
    .map(([field, value]) => ({ field, value }));
  return (
    <>
      <div className={styles.tools}>
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
        <div className={styles.bar_of_tiles}>
          <Button variant="default" leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => fetched(`/v1/${service}/dashboards/${dashboard.id}:print`, `${textIn(dashboard.names, language)}.pdf`, applied.length > 0 ? { applied: applied.map((each) => ({ ...each })) } : {})}>
            {t('print')}
          </Button>
          {dashboard.owner_id === me && me !== '' && (
            <Button variant="subtle" aria-pressed={arranging} onClick={() => setArranging(!arranging)}>
              {t(arranging ? 'arranged' : 'arrange')}
            </Button>
          )}
          <DashboardActions owned={owned} />
        </div>
      </div>
      <div className={styles.grid}>
        {tiles.map((each, at) => (
          <div key={`${each.report_id ?? ''}/${each.y ?? 0}/${each.x ?? 0}`} className={styles.tile} style={{ ['--w' as string]: each.w ?? 12 }}>
            {arranging && <Arranging owned={owned} tiles={tiles} at={at} />}
            <Tile service={each.service ?? ''} reportId={each.report_id ?? ''} applied={applied} onOpen={setOpened} />
          </div>
        ))}
      </div>
      <Behind opened={opened} applied={applied} onClose={() => setOpened(null)} />
    </>
  );
}

/** Where a tile stands and how wide it is, by buttons: the same for keyboard, finger and mouse. */
function Arranging({ owned, tiles, at }: { readonly owned: OwnedDashboard; readonly tiles: readonly TileRecord[]; readonly at: number }) {
  const t = useTexts(dashboardTexts);
  const { arrange } = usePutting();
  const [waiting, setWaiting] = useState(false);
  const tile = tiles[at];
  if (tile === undefined) return null;
  const report = String(at + 1);
  const write = async (wanted: readonly TileRecord[]) => {
    setWaiting(true);
    await arrange(owned, wanted);
    setWaiting(false);
  };
  const moved = (to: number) => {
    const others = tiles.filter((_, n) => n !== at);
    return [...others.slice(0, to), tile, ...others.slice(to)];
  };
  const width = tile.w ?? 12;
  const resized = (w: number | undefined) => (w === undefined ? null : tiles.map((each, n) => (n === at ? { ...each, w } : each)));
  const buttons = [
    ['tile_earlier', IconArrowLeft, at > 0 ? moved(at - 1) : null],
    ['tile_later', IconArrowRight, at < tiles.length - 1 ? moved(at + 1) : null],
    ['tile_narrower', IconArrowsMinimize, resized(WIDTHS.findLast((each) => each < width))],
    ['tile_wider', IconArrowsMaximize, resized(WIDTHS.find((each) => each > width))],
    ['tile_off', IconX, tiles.filter((_, n) => n !== at)],
  ] as const;
  return (
    <div className={styles.arranging}>
      {buttons.map(([name, Icon, wanted]) => (
        <ActionIcon key={name} variant="subtle" color="gray" size={28} aria-label={t(name, { report })} title={t(name, { report })} disabled={wanted === null || waiting} onClick={() => wanted !== null && void write(wanted)}>
          <Icon size={16} stroke={1.7} />
        </ActionIcon>
      ))}
    </div>
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
