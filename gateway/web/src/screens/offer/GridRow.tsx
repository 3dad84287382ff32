/** One line of the grid, and the input of a cell that is written. */
// A cell is drawn and written in place: no table element.
/* oxlint-disable jsx-a11y/prefer-tag-over-role */
import { IconAlertTriangle, IconLock } from '@tabler/icons-react';
import { Fragment, memo, useEffect, useRef, useState } from 'react';
import type { Format } from '../../i18n/format';
import type { LineFigures } from '../../kernel';
import { COLUMNS, hasFigures, type Area, type ColumnKey, type Line, type LineColumn } from './grid';
import styles from './LineGrid.module.css';

interface GridRowProps {
  readonly id: string;
  readonly index: number;
  readonly line: Line | undefined;
  readonly amount: string;
  /** Price and discounts of the lists, where the line has none. */
  readonly listed: LineFigures | undefined;
  readonly refusal: string | undefined;
  readonly currency: string;
  readonly format: Format;
  /** Column of the current cell, -1 in other rows. */
  readonly active: number;
  readonly area: Area | null;
  readonly typing: string | null;
  readonly labelOf: (key: 'new_line' | 'invalid' | 'locked' | 'from_list' | 'option' | 'alternative' | 'trade_in' | `column_${ColumnKey}`) => string;
  readonly onPoint: (index: number, column: number, extend: boolean) => void;
  readonly onBegin: () => void;
  readonly onKeep: (typed: string, step: 'down' | 'right' | 'left' | 'stay') => boolean;
  readonly onLeave: () => void;
}

/** Drawn anew only when something of it changes; the handlers of a row matter only while it is the current one. */
export const GridRow = memo(
  function GridRow({ id, index, line, amount, listed, refusal, currency, format, active, area, typing, labelOf, onPoint, onBegin, onKeep, onLeave }: GridRowProps) {
    const figures = line === undefined || hasFigures(line);
    return (
      <div role="row" aria-rowindex={index + 2} className={styles.row} data-kind={line?.kind ?? 'new'} data-option={line?.presence === 'option' || line?.presence === 'alternative' || undefined}>
        <span className={styles.number} aria-hidden>
          {line === undefined ? '+' : line.lock === 'price' ? <IconLock size={13} stroke={1.8} /> : index + 1}
        </span>
        {COLUMNS.map((column, place) => {
          const isActive = place === active;
          const chosen = area !== null && place >= area.left && place <= area.right;
          return (
            // Keys reach cells through the grid, which has the focus.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={column.key}
              id={`${id}-${index}-${place}`}
              role="gridcell"
              aria-selected={chosen}
              className={styles.cell}
              data-active={isActive || undefined}
              data-figure={column.kind === 'figure' || undefined}
              data-end={column.kind === 'decimal' || column.kind === 'figure' || undefined}
              onClick={(event) => onPoint(index, place, event.shiftKey)}
              onDoubleClick={onBegin}
            >
              {isActive && typing !== null ? (
                <CellInput first={typing} label={labelOf(`column_${column.key}`)} invalid={labelOf('invalid')} maxLength={column.maxLength} onKeep={onKeep} onLeave={onLeave} />
              ) : line === undefined ? (
                column.key === 'description' ? <span className={styles.hint}>{labelOf('new_line')}</span> : ''
              ) : !figures && column.key !== 'description' ? (
                ''
              ) : column.key === 'amount' ? (
                format.money(amount, currency)
              ) : column.key === 'description' ? (
                <>
                  {line.description}
                  {marksOf(line).map((mark) => (
                    // The space between is the line's own: a mark that wraps stands at its beginning.
                    <Fragment key={mark}>
                      {' '}
                      <span className={styles.mark}>{labelOf(mark)}</span>
                    </Fragment>
                  ))}
                  {refusal !== undefined && (
                    <span className={styles.refusal}>
                      <IconAlertTriangle size={13} stroke={1.8} aria-hidden /> {refusal}
                    </span>
                  )}
                </>
              ) : (
                <Value currency={currency} column={column} line={line} listed={listed} format={format} fromList={labelOf('from_list')} />
              )}
            </div>
          );
        })}
      </div>
    );
  },
  (before, now) =>
    before.line === now.line &&
    before.index === now.index &&
    before.amount === now.amount &&
    before.listed?.unit_price === now.listed?.unit_price &&
    before.listed?.discounts === now.listed?.discounts &&
    before.refusal === now.refusal &&
    before.currency === now.currency &&
    before.format === now.format &&
    before.active === -1 &&
    now.active === -1 &&
    before.area === null &&
    now.area === null,
);

interface ValueProps {
  readonly column: LineColumn;
  readonly line: Line;
  readonly listed: LineFigures | undefined;
  readonly currency: string;
  readonly format: Format;
  readonly fromList: string;
}

/** A value of a line; what only the price lists say is told apart. */
function Value({ column, line, listed, currency, format, fromList }: ValueProps) {
  const own = column.key === 'amount' ? '' : line[column.key];
  const ofList = own === '' && (column.key === 'unit_price' || column.key === 'discounts') ? listed?.[column.key] : undefined;
  const value = ofList ?? own;
  const number = column.key === 'unit_price' ? format.price(value, currency) : format.decimal(value);
  const shown = column.kind === 'decimal' ? number : value;
  if (ofList === undefined || ofList === '') return shown;
  return (
    <em className={styles.listed} title={fromList}>
      {shown}
    </em>
  );
}

function CellInput({
  first,
  label,
  invalid,
  maxLength,
  onKeep,
  onLeave,
}: {
  readonly first: string;
  readonly label: string;
  readonly invalid: string;
  readonly maxLength: number;
  readonly onKeep: GridRowProps['onKeep'];
  readonly onLeave: () => void;
}) {
  const [typed, setTyped] = useState(first);
  const [wrong, setWrong] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    input.current?.setSelectionRange(first.length, first.length);
  }, [first]);
  const keep = (step: 'down' | 'right' | 'left' | 'stay') => setWrong(!onKeep(typed, step));
  return (
    <input
      ref={input}
      aria-label={label}
      aria-invalid={wrong || undefined}
      title={wrong ? invalid : undefined}
      className={styles.input}
      value={typed}
      maxLength={maxLength}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        setWrong(false);
      }}
      onKeyDown={(event) => {
        const steps: Record<string, () => void> = {
          Enter: () => keep('down'),
          Tab: () => keep(event.shiftKey ? 'left' : 'right'),
          Escape: onLeave,
        };
        const step = steps[event.key];
        if (step === undefined || event.nativeEvent.isComposing) return;
        event.preventDefault();
        event.stopPropagation();
        step();
      }}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
    />
  );
}

/** What is said beside the description of a line. */
function marksOf(line: Line): readonly ('option' | 'alternative' | 'trade_in' | 'locked')[] {
  const marks: ('option' | 'alternative' | 'trade_in' | 'locked')[] = [];
  if (line.presence === 'option' || line.presence === 'alternative') marks.push(line.presence);
  if (line.kind === 'trade_in') marks.push('trade_in');
  if (line.lock === 'price') marks.push('locked');
  return marks;
}
