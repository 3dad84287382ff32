/**
 * A list of records as every list screen has it: search, filters, columns, views, selection, export, grid.
 *
 * A screen gives a definition; what is shown follows from it and from what the user chose. Rows are asked of the
 * replica window by window, so that 20,000 records cost what is on view.
 */
import { ActionIcon, Button, CloseButton, Group, Text, TextInput, Tooltip } from '@mantine/core';
import { IconDownload, IconPrinter, IconSearch } from '@tabler/icons-react';
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useShapedList } from '../fields/lists';
import { useFormat } from '../i18n/format';
import { useLanguage, useTexts } from '../i18n/texts';
import { askRecords, entity, useRecords, useReplica, useMe, type EntityName, type Where } from '../replica';
import { exactFilter } from '../replica/filters';
import { csvOf, download } from './csv';
import { useFiles } from './files';
import { fileTexts } from './fileTexts';
import { useToday } from './day';
import { EmptyState } from './EmptyState';
import { useKeys } from './keys';
import { ListGrid, type GridColumn } from './ListGrid';
import styles from './RecordList.module.css';
import { Columns, FilterChip } from './ListControls';
import { freshState, queryOf, type Cell, type ListDefinition, type Row } from './listDefinition';
import { useKeptList, type ListState } from './lists';
import { stateOf, useListViews } from './listViews';
import { listTexts } from './listTexts';
import { PageHead } from './PageHead';
import { useIsPhone } from './phone';
import { askRelated, useRelated, type Find } from './related';
import { leaveSequence } from './sequence';
import { useToasts } from './toast';
import { Views } from './Views';
import { useWords } from './words';

export type { ListDefinition, Row } from './listDefinition';

/** What may be done with the rows that are chosen. */
export type Bulk<E extends EntityName> = (rows: readonly Row<E>[], done: () => void) => ReactNode;

const PAGE = 100;

export function RecordList<E extends EntityName>({
  list: given,
  actions,
  emptyAction,
  renderBulk,
  renderInstead,
}: {
  readonly list: ListDefinition<E>;
  readonly actions?: ReactNode;
  readonly emptyAction?: ReactNode;
  readonly renderBulk?: Bulk<E>;
  /** Another way to show the same records takes the grid's place. */
  readonly renderInstead?: ((query: { readonly where: Where<E> }) => ReactNode) | undefined;
}) {
  const t = useTexts(listTexts);
  const files = useTexts(fileTexts);
  const fetched = useFiles();
  const list = useShapedList(given);
  const language = useLanguage();
  const at = language === 'it' ? 0 : 1;
  const replica = useReplica();
  const toasts = useToasts();
  const user = useMe();
  const kept = useKeptList(user, list.name);
  const views = useListViews(list, toasts.failed);
  const fresh = useMemo(() => freshState(list), [list]);
  const [state, setStateOnly] = useState<ListState>(() => ({ ...fresh, ...kept.last }));
  const search = useRef<HTMLInputElement>(null);
  const setState = useCallback(
    (change: Partial<ListState>) => setStateOnly((before) => ({ ...before, ...change })),
    [],
  );
  const { leave } = kept;
  const leaveRef = useRef(leave);
  useEffect(() => {
    leaveRef.current(state);
  }, [state]);
  useKeys({ '/': () => search.current?.focus() });

  const today = useToday();
  const query = useMemo(() => queryOf(list, state, { user, today }), [list, state, user, today]);
  useEffect(() => leaveSequence(list.entity, query), [list.entity, query]);

  const [windowAt, setWindowAt] = useState(0);
  const { ready, rows, total, offset } = useRecords(list.entity, {
    ...query,
    offset: windowAt,
    limit: 3 * PAGE,
  }) as { ready: boolean; rows: readonly Row<E>[]; total: number; offset: number };
  const find = useRelated(list.related, rows);
  const cell = useCell(find);
  const onRange = useCallback((first: number) => {
    setWindowAt(Math.max(0, (Math.floor(first / PAGE) - 1) * PAGE));
  }, []);

  // The grid measures itself when it comes: by then what stands above it has its place.
  const headStands = useDeferredValue(true, false);
  const [current, setCurrent] = useState(0);
  const selection = useSelection<E>();
  const [, navigate] = useLocation();
  const narrow = useIsPhone();
  const rowAt = useCallback((index: number) => rows[index - offset], [rows, offset]);
  const columns = useMemo(() => gridColumns(list, state, cell, at, narrow), [list, state, cell, at, narrow]);
  const rowHeight = useRowHeight(narrow);

  const everything = () => askRecords(replica, list.entity, query) as Promise<readonly Row<E>[]>;
  const exportShown = async () => {
    const chosen = selection.rows.length > 0 ? selection.rows : await everything();
    const found = await askRelated(replica, list.related, chosen);
    const shown = state.columns.flatMap((key) => list.columns.find((column) => column.key === key) ?? []);
    const table = chosen.map((row) => shown.map((column) => column.text(row, { ...cell, find: found })));
    download(`${list.name}-${today}.csv`, csvOf([shown.map((column) => column.title[at]), ...table], language));
    toasts.done(t('exported', { count: chosen.length }));
  };
  const print = () => {
    const filter = exactFilter(list.entity, query.where);
    if (filter === null) {
      toasts.done(files('not_printable'));
      return;
    }
    const { service, collection, fields } = entity(list.entity);
    const order = (query.order ?? []).filter(([name]) => name in fields).map(([name, direction]) => (direction === 'desc' ? `${name} desc` : name));
    const printed = state.columns.filter((key) => key in fields || key.startsWith('custom.'));
    const asked = { filter, search: state.text.trim(), order_by: order.join(','), columns: printed.join(','), title: list.title[at], language };
    const told = Object.entries(asked).filter(([, value]) => value !== '');
    fetched(`/v1/${service}/${collection}:print?${new URLSearchParams(told).toString()}`, `${list.name}.pdf`);
  };
  const select = (row: Row<E>, index: number, range: boolean) => {
    const from = range && selection.anchor !== null ? selection.anchor : index;
    const between = Array.from({ length: Math.abs(index - from) + 1 }, (_, step) => rowAt(Math.min(index, from) + step));
    if (range) selection.add(between.filter((each) => each !== undefined), index);
    else selection.toggle(row, index);
  };
  const selectAll = async () => {
    if (selection.rows.length >= total) selection.clear();
    else selection.set(await everything());
  };
  const isFiltered = state.text !== '' || Object.values(state.filters).some((values) => values.length > 0);
  // A space that keeps its line: nothing jumps when the number comes.
  const note = ready ? t('records', { count: total }) : '\u00a0';

  return (
    <div className={styles.page}>
      <PageHead title={list.title[at]} note={note}>
        {actions}
      </PageHead>
      <div className={styles.controls}>
        <TextInput
          ref={search}
          type="search"
          aria-label={list.search[at]}
          placeholder={list.search[at]}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={state.text}
          onChange={(event) => setState({ text: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
            event.preventDefault();
            document.querySelector<HTMLElement>('[role="grid"]')?.focus();
          }}
          rightSection={state.text !== '' && <CloseButton size="sm" aria-label={t('clear')} onClick={() => setState({ text: '' })} />}
          className={styles.search}
        />
        <div className={styles.chips}>
          {list.filters.map((filter) => (
            <FilterChip
              key={filter.key}
              filter={filter}
              chosen={state.filters[filter.key] ?? []}
              onChoose={(values) => setState({ filters: { ...state.filters, [filter.key]: values } })}
            />
          ))}
          {isFiltered && (
            <Button variant="subtle" size="compact-sm" color="gray" onClick={() => setState({ text: '', filters: {} })}>
              {t('clear_all')}
            </Button>
          )}
        </div>
        <div className={styles.tools}>
          <Views
            narrow={narrow}
            list={list}
            views={views}
            state={state}
            onChoose={(view) => setStateOnly({ ...fresh, ...stateOf(list, view) })}
            onChooseOwn={(filters) => setStateOnly({ ...fresh, ...(filters && { filters }) })}
          />
          {!narrow && <Columns list={list} shown={state.columns} onShow={(shown) => setState({ columns: shown })} />}
          <Tooltip label={files('print')}>
            <ActionIcon variant="default" size={34} aria-label={files('print')} onClick={print}>
              <IconPrinter size={17} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('export')}>
            <ActionIcon variant="default" size={34} aria-label={t('export')} onClick={() => void exportShown().catch(toasts.failed)}>
              <IconDownload size={17} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
      {renderBulk !== undefined && selection.rows.length > 0 && (
        <Group className={styles.bulk} gap="sm" role="toolbar" aria-label={t('chosen_actions')}>
          <Text size="sm" fw={550}>
            {t('chosen', { count: selection.rows.length })}
          </Text>
          {renderBulk(selection.rows, selection.clear)}
          <Button variant="subtle" color="gray" size="compact-sm" onClick={selection.clear}>
            {t('choose_none')}
          </Button>
        </Group>
      )}
      {headStands && (renderInstead?.(query) ??
        (ready && total === 0 ? (
          <div className={styles.empty}>
            {isFiltered ? (
              <EmptyState
                icon={IconSearch}
                title={t('nothing_found')}
                hint={t('nothing_found_hint')}
                action={
                  <Button variant="default" onClick={() => setState({ text: '', filters: {} })}>
                    {t('clear_all')}
                  </Button>
                }
              />
            ) : (
              <EmptyState icon={list.icon} title={list.empty[at]} hint={list.emptyHint[at]} action={emptyAction} />
            )}
          </div>
        ) : (
          <ListGrid<Row<E>>
            label={list.title[at]}
            columns={columns}
            total={total}
            rowAt={rowAt}
            current={Math.min(current, Math.max(0, total - 1))}
            onCurrent={setCurrent}
            onRange={onRange}
            onOpen={(row) => navigate(list.path(row))}
            sorting={state.sorting}
            onSort={(by) => setState({ sorting: { by, direction: state.sorting.by === by && state.sorting.direction === 'asc' ? 'desc' : 'asc' } })}
            selected={selection.ids}
            {...(renderBulk !== undefined && { onSelect: select, onSelectAll: () => void selectAll().catch(toasts.failed) })}
            selectLabel={t('choose')}
            rowHeight={rowHeight}
            narrow={narrow}
          />
        )))}
    </div>
  );
}

/** What cells draw with, the same object until something of it changes. */
export function useCell(find: Find): Cell {
  const format = useFormat();
  const word = useWords();
  const language = useLanguage();
  const [now] = useState(() => new Date());
  return useMemo(() => ({ format, word, find, language, now }), [format, word, find, language, now]);
}

function gridColumns<E extends EntityName>(
  list: ListDefinition<E>,
  state: ListState,
  cell: Cell,
  at: 0 | 1,
  narrow: boolean,
): readonly GridColumn<Row<E>>[] {
  const keys = narrow ? list.phone : state.columns;
  return keys
    .flatMap((key) => list.columns.find((column) => column.key === key) ?? [])
    .map((column) => ({
      key: column.key,
      title: column.title[at],
      width: column.width,
      ...(column.end && { end: true }),
      sortable: column.sort !== undefined,
      cell: (row: Row<E>) => column.draw?.(row, cell) ?? column.text(row, cell),
    }));
}

/** Height of a row as the user's density has it. */
function useRowHeight(narrow: boolean): number {
  const [height] = useState(
    () => Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue('--s-row'), 10) || 34,
  );
  return narrow ? 60 : height;
}

function useSelection<E extends EntityName>() {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Row<E>>>(new Map());
  const [anchor, setAnchor] = useState<number | null>(null);
  const ids = useMemo(() => new Set(chosen.keys()), [chosen]);
  const rows = useMemo(() => [...chosen.values()], [chosen]);
  const set = (all: readonly Row<E>[]) => setChosen(new Map(all.map((row) => [row.id, row])));
  return {
    ids,
    rows,
    anchor,
    set,
    clear: () => set([]),
    add: (more: readonly Row<E>[], index: number) => {
      set([...chosen.values(), ...more]);
      setAnchor(index);
    },
    toggle: (row: Row<E>, index: number) => {
      set(chosen.has(row.id) ? rows.filter((each) => each.id !== row.id) : [...rows, row]);
      setAnchor(index);
    },
  };
}

