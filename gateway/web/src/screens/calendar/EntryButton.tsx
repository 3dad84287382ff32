import { VisuallyHidden } from '@mantine/core';
import { IconMapPin, IconPhone, IconRepeat, IconSquareCheck, IconUser, IconUsers, type Icon } from '@tabler/icons-react';
import type { CSSProperties, KeyboardEvent, PointerEvent } from 'react';
import { useFormat, type Format } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useWords } from '../../ui/words';
import styles from './Calendar.module.css';
import type { Entry } from './entries';
import { repeats } from './moving';
import { calendarTexts } from './texts';

const ICONS: Readonly<Record<string, Icon>> = { call: IconPhone, visit: IconMapPin, meeting: IconUsers, task: IconSquareCheck };

/** What entries are drawn with, the same in each view. */
export interface Drawing {
  readonly names: ReadonlyMap<string, string>;
  /** Initials of a colleague, '' for the user. */
  readonly initials: (entry: Entry) => string;
  /** Number of a calendar among those on view: its colour. */
  readonly tone: (entry: Entry) => number;
  readonly grip: (entry: Entry) => (event: PointerEvent<HTMLElement>) => void;
  readonly open: (entry: Entry) => void;
  /** Days and minutes that a key moves an entry. */
  readonly nudge: (entry: Entry, days: number, minutes: number) => void;
  /** Days and minutes that a key makes an entry longer. */
  readonly stretch: (entry: Entry, days: number, minutes: number) => void;
}

const NUDGES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [0, -15],
  ArrowDown: [0, 15],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

/** An entry in a view. Enter opens it; Shift and an arrow move it, Ctrl too stretch it; its lower edge is dragged. */
export function EntryButton({ entry, drawing, style, short = false, tall = false, hasEdge = false }: { readonly entry: Entry; readonly drawing: Drawing; readonly style?: CSSProperties; readonly short?: boolean; readonly tall?: boolean; readonly hasEdge?: boolean }) {
  const t = useTexts(calendarTexts);
  const word = useWords();
  const format = useFormat();
  const { record } = entry.source;
  const Picture = entry.source.entity === 'crm.activity' ? ICONS[entry.source.record.kind] : IconUser;
  const when = whenOf(entry, format, t);
  const party = partyOf(entry, drawing.names);
  const initials = drawing.initials(entry);
  const kind = entry.source.entity === 'crm.activity' ? word('activity', entry.source.record.kind) : t('private');
  // What a reader hears beside what is written.
  const more = [short && when, kind, short && party, record.location, repeats(entry) && t('repeats')].filter(Boolean).join(', ');
  const pressed = (event: KeyboardEvent) => {
    const by = event.shiftKey ? NUDGES[event.key] : undefined;
    if (by === undefined || !entry.isMine) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.ctrlKey && !event.metaKey) drawing.nudge(entry, ...by);
    else if (!entry.isDue && by[entry.days === null ? 1 : 0] !== 0) drawing.stretch(entry, ...by);
  };
  return (
    <button
      type="button"
      className={styles.entry}
      style={style}
      data-tone={drawing.tone(entry)}
      data-due={entry.isDue || undefined}
      data-done={(entry.source.entity === 'crm.activity' && entry.source.record.state === 'done') || undefined}
      data-fixed={!entry.isMine || undefined}
      data-short={short || undefined}
      data-tall={tall || undefined}
      onPointerDown={drawing.grip(entry)}
      onKeyDown={pressed}
      onClick={() => drawing.open(entry)}
    >
      <span className={styles.what}>
        {Picture !== undefined && <Picture size={13} stroke={1.8} aria-hidden />}
        {initials !== '' && <span className={styles.initials}>{initials}</span>}
        {entry.days === null && short && <span className={styles.clock}>{format.time(entry.begins.toISOString())}</span>}
        <span className={styles.subject}>{record.subject}</span>
        {repeats(entry) && <IconRepeat size={12} stroke={1.8} aria-hidden className={styles.mark} />}
      </span>
      {!short && (
        <span className={styles.detail}>
          {when}
          {party !== '' && ` · ${party}`}
        </span>
      )}
      <VisuallyHidden>, {more}</VisuallyHidden>
      {hasEdge && <span className={styles.edge} data-edge="" aria-hidden />}
    </button>
  );
}

export function partyOf(entry: Entry, names: ReadonlyMap<string, string>): string {
  return entry.source.entity === 'crm.activity' ? (names.get(entry.source.record.party_id) ?? '') : '';
}

/** "09:00 – 10:00", "by 12:00", "all day". */
export function whenOf(entry: Entry, format: Format, t: (key: 'all_day' | 'due_by', values?: Record<string, string>) => string): string {
  if (entry.days !== null) return t('all_day');
  const begins = format.time(entry.begins.toISOString());
  if (entry.isDue) return t('due_by', { time: begins });
  return entry.ends > entry.begins ? `${begins} – ${format.time(entry.ends.toISOString())}` : begins;
}
