/**
 * A long list as a grid: only the rows on view are drawn, and only the window around them is asked of the replica.
 *
 * The scroller is the grid itself and holds the focus; arrows move the current row, which is told to screen readers
 * as the active descendant. That row need not be drawn to be current.
 */
// A virtual grid cannot be a table: rows stand where they are scrolled to.
/* oxlint-disable jsx-a11y/prefer-tag-over-role */
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  memo, useCallback, useEffect, useId, useRef, type CSSProperties, type KeyboardEvent, type MouseEvent, type ReactNode,
} from 'react';
import { keyOf } from './keys';
import styles from './ListGrid.module.css';

export interface GridColumn<R> {
  readonly key: string;
  readonly title: string;
  /** As CSS grid tracks have it: "120px", "minmax(180px, 2fr)". */
  readonly width: string;
  readonly end?: boolean;
  readonly sortable?: boolean;
  readonly cell: (row: R) => ReactNode;
}

export interface Sorting {
  readonly by: string;
  readonly direction: 'asc' | 'desc';
}

export interface ListGridProps<R extends { readonly id: string }> {
  readonly label: string;
  readonly columns: readonly GridColumn<R>[];
  readonly total: number;
  /** The row at a place, undefined while its window is on its way. */
  readonly rowAt: (index: number) => R | undefined;
  readonly current: number;
  readonly onCurrent: (index: number) => void;
  readonly onRange: (first: number, last: number) => void;
  readonly onOpen: (row: R) => void;
  readonly sorting: Sorting;
  readonly onSort: (by: string) => void;
  readonly selected: ReadonlySet<string>;
  /** `range`: from the row that was chosen last to this one. */
  readonly onSelect?: (row: R, index: number, range: boolean) => void;
  readonly onSelectAll?: () => void;
  readonly selectLabel: string;
  readonly rowHeight: number;
  /** Two lines in each row and no head: a phone. */
  readonly narrow: boolean;
}

const HEAD = 34;

export function ListGrid<R extends { readonly id: string }>(props: ListGridProps<R>) {
  const { label, columns, total, rowAt, current, onCurrent, onRange, onOpen, rowHeight, narrow, onSelect, selected } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const head = narrow ? 0 : HEAD;
  // oxlint-disable-next-line react/incompatible-library -- its state is read while drawing, never kept
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollPaddingStart: head,
  });
  const drawn = virtualizer.getVirtualItems();
  const first = drawn[0]?.index ?? 0;
  const last = drawn.at(-1)?.index ?? 0;
  useEffect(() => onRange(first, last), [onRange, first, last]);
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  const go = useCallback(
    (index: number) => {
      const target = Math.max(0, Math.min(total - 1, index));
      onCurrent(target);
      virtualizer.scrollToIndex(target);
    },
    [total, onCurrent, virtualizer],
  );

  const pressed = (event: KeyboardEvent<HTMLDivElement>) => {
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - head) / rowHeight) - 1);
    const row = rowAt(current);
    const actions: Record<string, (() => void) | undefined> = {
      arrowdown: () => go(current + 1),
      arrowup: () => go(current - 1),
      j: () => go(current + 1),
      k: () => go(current - 1),
      pagedown: () => go(current + page),
      pageup: () => go(current - page),
      home: () => go(0),
      end: () => go(total - 1),
      'ctrl+home': () => go(0),
      'ctrl+end': () => go(total - 1),
      enter: row && (() => onOpen(row)),
      space: row && onSelect && (() => onSelect(row, current, false)),
      'shift+arrowdown': row && onSelect && (() => {
        onSelect(row, current, true);
        go(current + 1);
      }),
      'ctrl+a': props.onSelectAll,
    };
    const action = actions[keyOf(event)];
    if (action === undefined || event.target !== event.currentTarget) return;
    event.preventDefault();
    action();
  };

  const clicked = (event: MouseEvent<HTMLElement>) => {
    const target = event.target as HTMLElement;
    const index = indexOf(target);
    const row = rowAt(index);
    if (row === undefined) return;
    const isCheck = target instanceof HTMLInputElement;
    if (!isCheck) onCurrent(index);
    if (onSelect !== undefined && (isCheck || event.ctrlKey || event.metaKey || event.shiftKey)) onSelect(row, index, event.shiftKey);
    else if (target.closest('a, button, input, label') === null) onOpen(row);
  };

  const tracks = (onSelect !== undefined && !narrow ? '40px ' : '') + columns.map((column) => column.width).join(' ');
  const row = rowAt(current);
  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-multiselectable={onSelect !== undefined || undefined}
      aria-activedescendant={row && drawn.some((item) => item.index === current) ? `${id}-${current}` : undefined}
      className={styles.grid}
      data-narrow={narrow || undefined}
      onKeyDown={pressed}
      onClick={clicked}
      style={{ '--tracks': tracks } as CSSProperties}
    >
      <div role="rowgroup" className={styles.headGroup}>
        <Head {...props} />
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: virtualizer.getTotalSize() }}>
        {drawn.map((item) => (
          <Row
            key={item.key}
            id={`${id}-${item.index}`}
            index={item.index}
            row={rowAt(item.index)}
            columns={columns}
            isCurrent={item.index === current}
            isSelected={onSelect && selected.has(rowAt(item.index)?.id ?? '')}
            selectLabel={props.selectLabel}
            narrow={narrow}
            start={item.start}
            height={rowHeight}
          />
        ))}
      </div>
    </div>
  );
}

function Head<R extends { readonly id: string }>(props: ListGridProps<R>) {
  const { columns, sorting, onSort, onSelect, onSelectAll, selected, total, selectLabel } = props;
  return (
    <div role="row" aria-rowindex={1} className={styles.head}>
      {onSelect !== undefined && !props.narrow && (
        <div role="columnheader" className={styles.check}>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={selectLabel}
            checked={selected.size > 0 && selected.size >= total}
            ref={(box) => {
              if (box !== null) box.indeterminate = selected.size > 0 && selected.size < total;
            }}
            onChange={onSelectAll}
          />
        </div>
      )}
      {columns.map((column) => {
        const direction = sorting.by === column.key ? sorting.direction : undefined;
        return (
          <div
            key={column.key}
            role="columnheader"
            className={styles.title}
            data-end={column.end || undefined}
            aria-sort={direction && (direction === 'asc' ? 'ascending' : 'descending')}
          >
            {column.sortable === true ? (
              <button type="button" tabIndex={-1} className={styles.sort} onClick={() => onSort(column.key)}>
                {column.title}
                <span aria-hidden>{direction === 'asc' ? ' ↑' : direction === 'desc' ? ' ↓' : ''}</span>
              </button>
            ) : (
              column.title
            )}
          </div>
        );
      })}
    </div>
  );
}

interface RowProps<R extends { readonly id: string }> {
  readonly id: string;
  readonly index: number;
  readonly row: R | undefined;
  readonly columns: readonly GridColumn<R>[];
  readonly isCurrent: boolean;
  /** undefined: rows are not chosen here. */
  readonly isSelected: boolean | undefined;
  readonly selectLabel: string;
  readonly narrow: boolean;
  readonly start: number;
  readonly height: number;
}

/** Drawn anew only when something of it changes: a key moves the current row and draws two of them. */
const Row = memo(function Row<R extends { readonly id: string }>(props: RowProps<R>) {
  const { id, index, row, columns, isCurrent, isSelected, selectLabel, narrow, start, height } = props;
  const style = { height, transform: `translateY(${start}px)` };
  if (row === undefined) {
    return (
      <div role="row" aria-rowindex={index + 2} className={styles.row} style={style}>
        <div role="gridcell" className={styles.cell}>
          …
        </div>
      </div>
    );
  }
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-current={isCurrent || undefined}
      className={styles.row}
      style={style}
    >
      {isSelected !== undefined && !narrow && (
        <div role="gridcell" className={styles.check}>
          {/* A plain one: forty of Mantine's, each drawn twice, were half of what the first rows cost. */}
          <input type="checkbox" tabIndex={-1} aria-label={selectLabel} checked={isSelected} readOnly />
        </div>
      )}
      {columns.map((column) => (
        <div key={column.key} role="gridcell" className={styles.cell} data-end={column.end || undefined}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}) as <R extends { readonly id: string }>(props: RowProps<R>) => ReactNode;

/** Place among the records of the row in which something happened. */
function indexOf(target: EventTarget): number {
  return Number((target as HTMLElement).closest('[role="row"]')?.getAttribute('aria-rowindex')) - 2;
}
