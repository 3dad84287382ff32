/** The empty hours of a day: a click adds at that half hour, a mouse or a pen drawn over them from when to when. */
import { useRef, useState, type PointerEvent } from 'react';
import { useFormat } from '../../i18n/format';
import styles from './Calendar.module.css';
import { momentOn } from './moving';

/** Minutes on the clock. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const STEP = 15;
const CLICK_STEP = 30;
const LAST = 1440 - STEP;
/** Less is a click. */
const FAR_PX = 4;

export function Slots({ day, label, onAdd }: { readonly day: string; readonly label: string; readonly onAdd: (begins: Date, ends?: Date) => void }) {
  const format = useFormat();
  const [span, setSpan] = useState<Span | null>(null);
  const begun = useRef<{ readonly y: number; readonly minutes: number } | null>(null);
  /** The click that follows belongs to what was drawn, or to what was given up. */
  const wasDrawn = useRef(false);
  const stop = () => {
    begun.current = null;
    setSpan(null);
  };
  const follow = (event: PointerEvent<HTMLButtonElement>) => {
    const { current } = begun;
    if (current === null || (!wasDrawn.current && Math.abs(event.clientY - current.y) < FAR_PX)) return;
    wasDrawn.current = true;
    setSpan(spanOf(current.minutes, minutesAt(event)));
  };
  return (
    <>
      <button
        type="button"
        className={styles.slots}
        tabIndex={-1}
        aria-label={label}
        onPointerDown={(event) => {
          wasDrawn.current = false;
          // A finger scrolls.
          if (event.button !== 0 || event.pointerType === 'touch') return;
          begun.current = { y: event.clientY, minutes: minutesAt(event) };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={follow}
        onPointerUp={() => {
          if (span !== null) onAdd(momentOn(day, span.from), momentOn(day, span.to));
          stop();
        }}
        onPointerCancel={stop}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || begun.current === null) return;
          event.stopPropagation();
          stop();
        }}
        onClick={(event) => {
          if (wasDrawn.current) return;
          const minutes = Math.floor(minutesAt(event) / CLICK_STEP) * CLICK_STEP;
          onAdd(momentOn(day, Math.min(minutes, 1440 - CLICK_STEP)));
        }}
      />
      {span !== null && (
        <div className={styles.landing} style={{ top: `${(span.from / 1440) * 100}%`, height: `${((span.to - span.from) / 1440) * 100}%` }} aria-hidden>
          {format.time(momentOn(day, span.from).toISOString())} – {format.time(momentOn(day, span.to).toISOString())}
        </div>
      )}
    </>
  );
}

/** The minute of the day beneath a pointer. */
function minutesAt({ currentTarget, clientY }: { readonly currentTarget: Element; readonly clientY: number }): number {
  const { top, height } = currentTarget.getBoundingClientRect();
  return Math.max(0, Math.min(((clientY - top) / height) * 1440, 1439));
}

/** The whole quarters of an hour that were drawn over, upwards or downwards. */
function spanOf(one: number, other: number): Span {
  const from = Math.min(Math.floor(Math.min(one, other) / STEP) * STEP, LAST - STEP);
  return { from, to: Math.min(Math.max(Math.ceil(Math.max(one, other) / STEP) * STEP, from + STEP), LAST) };
}
