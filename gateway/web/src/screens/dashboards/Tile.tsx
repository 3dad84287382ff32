import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { useFormat } from '../../i18n/format';
import { textOf, useLanguage, useTexts } from '../../i18n/texts';
import { ReplicaError, useReplica, type Values } from '../../replica';
import { reasonTexts } from '../../shell/reasons';
import { useFiles } from '../../ui/files';
import { Quiet, Section } from '../../ui/Section';
import styles from './Dashboards.module.css';
import { bars, cellText, isOneCurrency, keyOf, keyOfTotal, textIn, type Applied, type Definition, type Figures, type Row } from './figures';
import { dashboardTexts } from './texts';

/** Fetched when the first chart is drawn; without it the table has bars. */
const Chart = lazy(() => import('./Chart').catch(() => ({ default: NoChart })));
const NoChart = () => null;

export interface Opened {
  readonly path: string;
  /** Sent with each question about a report that is not kept. */
  readonly definition?: Definition | undefined;
  readonly title: string;
  /** What the figures mean. */
  readonly description: string;
  /** The row and the measure that were opened. */
  readonly of: string;
  readonly source: string;
  readonly counted: Figures['definition'];
  /** Filters of the dashboard that its source lacks. */
  readonly ignored: readonly string[];
  readonly key: Readonly<Record<string, string>>;
  /** From 1 on; 0: whatever its row counts. */
  readonly measure: number;
}

interface State {
  readonly asked: string;
  readonly figures?: Figures;
  readonly problem?: ReplicaError;
}

/** One report of a dashboard: its figures as a table with bars; a row opens the records behind it. */
export function Tile({
  service,
  reportId = '',
  version = 0,
  definition,
  applied,
  actions,
  note,
  onOpen,
}: {
  readonly service: string;
  /** A kept report; absent: a definition. */
  readonly reportId?: string;
  /** Of the kept report: a new one may count something else. */
  readonly version?: number;
  readonly definition?: Definition;
  readonly actions?: ReactNode;
  /** Stands under the title. */
  readonly note?: ReactNode;
  readonly applied: readonly Applied[];
  readonly onOpen: (opened: Opened) => void;
}) {
  const t = useTexts(dashboardTexts);
  const reasons = useTexts(reasonTexts);
  const language = useLanguage();
  const { online } = useReplica();
  const [state, setState] = useState<State>({ asked: '' });
  const [turn, setTurn] = useState(0);
  const path = `/v1/${service}/reports${reportId === '' ? '' : `/${reportId}`}`;
  const question = JSON.stringify({ applied, definition });
  const asked = JSON.stringify([path, version, question, language, turn]);
  useEffect(() => {
    let isCurrent = true;
    online.post(`${path}:run`, JSON.parse(question) as Values).then(
      (found) => isCurrent && setState({ asked, figures: found as Figures }),
      (error: unknown) => {
        const problem = error instanceof ReplicaError ? error : new ReplicaError('damaged', 'UNKNOWN', String(error));
        if (isCurrent) setState({ asked, problem });
      },
    );
    return () => {
      isCurrent = false;
    };
    // oxlint-disable-next-line react/exhaustive-deps -- the same question has the same text
  }, [asked]);
  const { figures, problem } = state;
  if (problem !== undefined) {
    const isAway = problem.kind === 'server_away';
    return (
      <Section title={figures?.title ?? t('title')} actions={actions}>
        <Quiet>{isAway ? t('online') : problem.detail || textOf(reasons, reasonTexts, problem.reason)}</Quiet>
        {isAway && (
          <Button variant="default" size="xs" onClick={() => setTurn(turn + 1)}>
            {t('again')}
          </Button>
        )}
      </Section>
    );
  }
  if (figures === undefined) return <Section title={t('waiting')}>{null}</Section>;
  return (
    <Section
      title={figures.title || t('unsaved')}
      actions={
        <Group gap={4} wrap="nowrap">
          <Export path={path} title={figures.title} question={question} />
          {actions}
        </Group>
      }
    >
      {note}
      <p className={styles.note}>{figures.description}</p>
      {figures.ignored.length > 0 && <p className={styles.note}>{t('ignored', { fields: figures.ignored.join(', ') })}</p>}
      <Table
        figures={figures}
        onOpen={(key, measure, of) => onOpen({ path, definition, title: figures.title || t('unsaved'), description: figures.description, of, source: figures.definition.source, counted: figures.definition, ignored: figures.ignored, key, measure })}
      />
    </Section>
  );
}

const FORMATS = ['csv', 'xlsx', 'pdf'] as const;

/** The figures as a file. */
function Export({ path, title, question }: { readonly path: string; readonly title: string; readonly question: string }) {
  const t = useTexts(dashboardTexts);
  const fetched = useFiles();
  return (
    <Menu position="bottom-end" shadow="sm">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={28} aria-label={t('export_of', { report: title })} title={t('export')}>
          <IconDownload size={16} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map((format) => (
          <Menu.Item key={format} onClick={() => fetched(`${path}:export`, `${title || t('unsaved')}.${format}`, { ...(JSON.parse(question) as Values), format })}>
            {t(`as_${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Table({ figures, onOpen }: { readonly figures: Figures; readonly onOpen: (key: Readonly<Record<string, string>>, measure: number, of: string) => void }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const format = useFormat();
  const reading = { figures, format };
  const lengths = bars(figures);
  const hasGroups = figures.columns.some((each) => each.role === 'group');
  const hasChart = figures.chart !== '' && figures.rows.length > 1;
  const hasBars = hasGroups && !hasChart && figures.rows.length > 1;
  const one = isOneCurrency(figures);
  const shown = figures.columns.flatMap((each, at) =>
    one && each.role === 'currency' ? [] : [{ name: each.name, at, labels: each.labels, style: each.role === 'measure' ? styles.number : undefined }],
  );
  if (figures.rows.length === 0) return <Quiet>{t('empty')}</Quiet>;
  const opens = (row: Row) => cellText(reading, row, shown[0]?.at ?? 0) || t('none_behind');
  const measures = figures.columns.filter((each) => each.role === 'measure').map((each) => each.name);
  /** A figure opens what it counts: of a row of its groups, of a total what is of its currency. */
  const cell = (row: Row, at: number, name: string, key: Readonly<Record<string, string>>, said: string) => {
    const text = cellText(reading, row, at);
    const measure = measures.indexOf(name) + 1;
    if (measure === 0 || text === '') return text;
    const of = [said, textIn(figures.columns[at]?.labels ?? {}, language)].filter((each) => each !== '').join(', ');
    return (
      <button type="button" className={styles.open} aria-label={t('behind', { row: `${of}: ${text}` })} onClick={() => onOpen(key, measure, of)}>
        {text}
      </button>
    );
  };
  return (
    <div className={styles.scroll}>
      {hasChart && (
        <Suspense fallback={<div className={styles.chart} />}>
          <Chart
            reading={reading}
            onOpen={(at) => {
              const row = figures.rows[at];
              if (row !== undefined) onOpen(keyOf(figures, row), 0, opens(row));
            }}
          />
        </Suspense>
      )}
      <table className={styles.table}>
        <thead>
          <tr>
            {shown.map((each) => (
              <th key={each.name} scope="col" className={each.style}>
                {textIn(each.labels, language)}
              </th>
            ))}
            {hasBars && <td aria-hidden />}
          </tr>
        </thead>
        <tbody>
          {figures.rows.map((row, n) => (
            <tr key={JSON.stringify(keyOf(figures, row))}>
              {shown.map((each, place) => (
                <td key={each.name} className={each.style}>
                  {place === 0 ? (
                    <button type="button" className={styles.open} aria-label={t('behind', { row: opens(row) })} onClick={() => onOpen(keyOf(figures, row), 0, opens(row))}>
                      {opens(row)}
                    </button>
                  ) : (
                    cell(row, each.at, each.name, keyOf(figures, row), opens(row))
                  )}
                </td>
              ))}
              {hasBars && (
                <td className={styles.bar} aria-hidden>
                  <div style={{ width: `${lengths[n] ?? 0}%` }} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
        {hasGroups && figures.totals.length > 0 && (
          <tfoot>
            {figures.totals.map((row) => (
              <tr key={JSON.stringify(keyOf(figures, row))}>
                {shown.map((each, place) => (
                  <td key={each.name} className={each.style}>
                    {place === 0 ? (
                      <button type="button" className={styles.open} aria-label={t('behind', { row: t('total') })} onClick={() => onOpen(keyOfTotal(figures, row), 0, t('total'))}>
                        {t('total')}
                      </button>
                    ) : (
                      cell(row, each.at, each.name, keyOfTotal(figures, row), t('total'))
                    )}
                  </td>
                ))}
                {hasBars && <td aria-hidden />}
              </tr>
            ))}
          </tfoot>
        )}
      </table>
      {figures.truncated && <Quiet>{t('more')}</Quiet>}
    </div>
  );
}
