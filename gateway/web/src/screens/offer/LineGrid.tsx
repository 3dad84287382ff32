/**
 * The lines of an offer as a grid that is written like a spreadsheet.
 *
 * The grid has the focus and tells the current cell as its active descendant; a cell that is edited gets an input.
 * Below the last line there is always an empty row: what is typed there is a new line.
 */
// A cell is drawn and written in place: no table element.
/* oxlint-disable jsx-a11y/prefer-tag-over-role */
import { useCallback, useEffect, useId, useRef, useState, type CSSProperties, type ClipboardEvent, type KeyboardEvent } from 'react';
import { useFormat } from '../../i18n/format';
import type { LineFigures } from '../../kernel';
import { useLanguage, useTexts } from '../../i18n/texts';
import { keyOf } from '../../ui/keys';
import { areaOf, cellsOf, COLUMNS, isWritable, localised, parseCell, pasted, shownForEdit, UnfitCell, type Line, type Place } from './grid';
import { GridRow } from './GridRow';
import type { Editing } from './editing';
import styles from './LineGrid.module.css';
import { offerTexts } from './texts';

interface LineGridProps {
  readonly lines: readonly Line[];
  readonly currency: string;
  readonly readOnly: boolean;
  readonly editing: Editing;
  /** Amounts by line, decimal texts; '' while unknown. */
  readonly amountOf: (line: Line) => string;
  /** What the price lists gave a line without a price of its own. */
  readonly listedOf: (line: Line) => LineFigures | undefined;
  /** Id of a line -> why it has no figures. */
  readonly refused: ReadonlyMap<string, string>;
  /** Whether the amounts are those of an earlier draft. */
  readonly isLast: boolean;
  readonly onLookUp: (row: number) => void;
  /** A code was typed: more fields may follow from it. */
  readonly completed: (code: string) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly onFailed: (error: unknown) => void;
  readonly onUnfit: (cell: UnfitCell) => void;
  readonly onNothingToUndo: () => void;
}

const LAST = COLUMNS.length - 1;
const TRACKS = { '--tracks': `34px ${COLUMNS.map((column) => column.width).join(' ')}` } as CSSProperties;

export function LineGrid(props: LineGridProps) {
  const { lines, readOnly, editing, onLookUp, onFailed } = props;
  const t = useTexts(offerTexts);
  const language = useLanguage();
  const format = useFormat();
  const id = useId();
  const grid = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<Place>({ row: 0, column: 0 });
  const [anchor, setAnchor] = useState<Place | null>(null);
  const [typing, setTyping] = useState<string | null>(null);
  const rows = lines.length + (readOnly ? 0 : 1);
  const row = Math.min(at.row, Math.max(0, rows - 1));
  const area = areaOf({ row, column: at.column }, anchor ?? { row, column: at.column });
  const run = (work: Promise<unknown>) => void work.catch(onFailed);

  useEffect(() => {
    document.getElementById(`${id}-${row}-${at.column}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [id, row, at.column]);

  const go = (place: Place, extend = false) => {
    setAnchor(extend ? (anchor ?? { row, column: at.column }) : null);
    setAt({ row: Math.max(0, Math.min(rows - 1, place.row)), column: Math.max(0, Math.min(LAST, place.column)) });
  };
  const begin = (text?: string) => {
    const column = COLUMNS[at.column];
    if (readOnly || column === undefined || !isWritable(lines[row], column)) return;
    setTyping(text ?? shownForEdit(lines[row], column.key, language));
  };
  const write = async (column: (typeof COLUMNS)[number], value: string) => {
    const more = column.key === 'code' && value !== '' ? await props.completed(value) : {};
    const fields = { ...more, [column.key]: value };
    const line = lines[row];
    if (line === undefined) await editing.change([], [fields]);
    else if (line[column.key] !== value) await editing.change([{ id: line.id, fields }]);
  };
  /** Keep what was typed and go on; false: it makes no sense. */
  const keep = (typed: string, next: Place): boolean => {
    const column = COLUMNS[at.column];
    const value = column && parseCell(column, typed, language);
    if (column === undefined || value === null || value === undefined) return false;
    setTyping(null);
    const isNew = lines[row] === undefined && value !== '';
    if (lines[row] !== undefined || isNew) run(write(column, value));
    // What was typed into the empty row is a line in a moment: the empty row is then the one below.
    if (isNew && next.row > row) {
      setAnchor(null);
      setAt({ row: next.row, column: next.column });
    } else {
      go(next);
    }
    grid.current?.focus();
    return true;
  };
  const chosen = lines.slice(area.top, area.bottom + 1);
  const empty = () => {
    const edits = chosen.map((line) => ({
      id: line.id,
      fields: Object.fromEntries(
        COLUMNS.slice(area.left, area.right + 1).filter((column) => isWritable(line, column)).map((column) => [column.key, '']),
      ),
    }));
    if (edits.length > 0) run(editing.change(edits));
  };
  const copyDown = () => {
    const source = lines[area.top === area.bottom ? area.top - 1 : area.top];
    const targets = area.top === area.bottom ? chosen : chosen.slice(1);
    if (source === undefined || targets.length === 0) return;
    const columns = COLUMNS.slice(area.left, area.right + 1);
    run(
      editing.change(
        targets.map((line) => ({
          id: line.id,
          fields: Object.fromEntries(
            columns.filter((column) => isWritable(line, column)).map((column) => [column.key, source[column.key]]),
          ),
        })),
      ),
    );
  };
  const takeBack = (step: () => Promise<boolean>) => run(step().then((was) => was || props.onNothingToUndo()));

  // Rows are drawn anew only when they change: a click asks for what holds now.
  const pointed = (index: number, column: number, extend: boolean) => {
    if (typing !== null) setTyping(null);
    go({ row: index, column }, extend);
    grid.current?.focus();
  };
  const latest = useRef(pointed);
  useEffect(() => {
    latest.current = pointed;
  });
  const onPoint = useCallback((index: number, column: number, extend: boolean) => latest.current(index, column, extend), []);

  const pressed = (event: KeyboardEvent<HTMLDivElement>) => {
    if (typing !== null || event.target !== event.currentTarget) return;
    const move = (down: number, right: number, extend = false) => () => go({ row: row + down, column: at.column + right }, extend);
    const actions: Record<string, (() => void) | undefined> = {
      arrowdown: move(1, 0),
      arrowup: move(-1, 0),
      arrowleft: move(0, -1),
      arrowright: move(0, 1),
      'shift+arrowdown': move(1, 0, true),
      'shift+arrowup': move(-1, 0, true),
      'shift+arrowleft': move(0, -1, true),
      'shift+arrowright': move(0, 1, true),
      pagedown: move(12, 0),
      pageup: move(-12, 0),
      home: () => go({ row, column: 0 }),
      end: () => go({ row, column: LAST }),
      'ctrl+home': () => go({ row: 0, column: 0 }),
      'ctrl+end': () => go({ row: rows - 1, column: LAST }),
      tab: at.column < LAST ? move(0, 1) : row < rows - 1 ? () => go({ row: row + 1, column: 0 }) : undefined,
      'shift+tab': at.column > 0 ? move(0, -1) : row > 0 ? () => go({ row: row - 1, column: LAST }) : undefined,
    };
    const writing: Record<string, (() => void) | undefined> = {
      enter: () => begin(),
      f2: () => begin(),
      delete: empty,
      backspace: empty,
      'ctrl+d': copyDown,
      'ctrl+z': () => takeBack(editing.undo),
      'ctrl+y': () => takeBack(editing.redo),
      'ctrl+space': () => onLookUp(row),
      insert: () => run(editing.insert(row, [{}])),
      'ctrl+delete': () => chosen.length > 0 && run(editing.remove(chosen.map((line) => line.id))),
      'alt+shift+arrowup': () => run(editing.move(row, -1).then(() => go({ row: row - 1, column: at.column }))),
      'alt+shift+arrowdown': () => run(editing.move(row, 1).then(() => go({ row: row + 1, column: at.column }))),
    };
    const key = keyOf(event);
    const action = actions[key] ?? (readOnly ? undefined : writing[key]);
    if (action !== undefined) {
      event.preventDefault();
      action();
    } else if (!readOnly && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      begin(event.key);
    }
  };

  const copied = (event: ClipboardEvent, cut: boolean) => {
    if (typing !== null) return;
    const columns = COLUMNS.slice(area.left, area.right + 1);
    const text = chosen.map((line) => columns.map((column) => (column.key === 'amount' ? localised(props.amountOf(line), language) : shownForEdit(line, column.key, language))).join('\t'));
    event.clipboardData.setData('text/plain', text.join('\n'));
    event.preventDefault();
    if (cut && !readOnly) empty();
  };
  const paste = (event: ClipboardEvent) => {
    if (typing !== null || readOnly) return;
    event.preventDefault();
    try {
      const { edits, created } = pasted(lines, { row: area.top, column: area.left }, cellsOf(event.clipboardData.getData('text/plain')), language);
      if (edits.length + created.length > 0) run(editing.change(edits, created));
    } catch (error) {
      if (error instanceof UnfitCell) props.onUnfit(error);
      else throw error;
    }
  };

  return (
    <div
      ref={grid}
      role="grid"
      tabIndex={0}
      aria-label={t('lines')}
      aria-rowcount={rows + 1}
      aria-colcount={COLUMNS.length}
      aria-readonly={readOnly}
      aria-multiselectable
      aria-activedescendant={rows === 0 ? undefined : `${id}-${row}-${at.column}`}
      className={styles.grid}
      style={TRACKS}
      data-keys
      data-last={props.isLast || undefined}
      onKeyDown={pressed}
      onCopy={(event) => copied(event, false)}
      onCut={(event) => copied(event, true)}
      onPaste={paste}
    >
      <div role="row" aria-rowindex={1} className={styles.head}>
        <span className={styles.number} aria-hidden />
        {COLUMNS.map((column) => (
          <div key={column.key} role="columnheader" className={styles.title} data-end={column.kind === 'decimal' || column.kind === 'figure' || undefined}>
            {t(`column_${column.key}`)}
          </div>
        ))}
      </div>
      {Array.from({ length: rows }, (_, index) => {
        const line = lines[index];
        const within = index >= area.top && index <= area.bottom;
        return (
          <GridRow
            key={line?.id ?? 'new'}
            id={id}
            index={index}
            line={line}
            amount={line === undefined ? '' : props.amountOf(line)}
            listed={line && props.listedOf(line)}
            refusal={line && props.refused.get(line.id)}
            currency={props.currency}
            format={format}
            active={index === row ? at.column : -1}
            area={within ? area : null}
            typing={index === row ? typing : null}
            labelOf={t}
            onPoint={onPoint}
            onBegin={() => begin()}
            onKeep={(typed, step) =>
              keep(typed, step === 'down' ? { row: row + 1, column: at.column } : step === 'right' ? { row, column: at.column + 1 } : step === 'left' ? { row, column: at.column - 1 } : { row, column: at.column })
            }
            onLeave={() => {
              setTyping(null);
              grid.current?.focus();
            }}
          />
        );
      })}
    </div>
  );
}
