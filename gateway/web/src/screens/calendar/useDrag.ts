/** Entries dragged with a mouse, a pen or a finger: where one would land, and where it was dropped. */
import { useEffect, useRef, useState, type PointerEvent } from 'react';
import type { Entry } from './entries';

export interface Landing {
  /** Whether only the end was dragged, by the lower edge. */
  readonly isEnd: boolean;
  readonly day: string;
  /** Minutes on the clock; null where a day has no hours. */
  readonly minutes: number | null;
}

const STEP = 15;
/** Less is a click. */
const FAR_PX = 4;

/** `[data-day]` marks where an entry may land, `[data-hours]` one that is a whole day high, `[data-edge]` an entry's end. */
export function useDrag(drop: (entry: Entry, landing: Landing) => void) {
  const [dragged, setDragged] = useState<{ entry: Entry; landing: Landing | null } | null>(null);
  const [begun, setBegun] = useState<{ entry: Entry; x: number; y: number; grip: Grip } | null>(null);
  const latest = useRef(drop);
  const moved = useRef(false);
  useEffect(() => {
    latest.current = drop;
  });
  useEffect(() => {
    if (begun === null) return undefined;
    const { entry, grip } = begun;
    const follow = (event: globalThis.PointerEvent) => {
      if (!moved.current && Math.hypot(event.clientX - begun.x, event.clientY - begun.y) < FAR_PX) return;
      moved.current = true;
      setDragged({ entry, landing: landingAt(event.clientX, event.clientY, grip) });
    };
    const end = (event: globalThis.PointerEvent) => {
      const landing = landingAt(event.clientX, event.clientY, grip);
      if (moved.current && landing !== null) latest.current(entry, landing);
      stop();
    };
    const stop = () => {
      setDragged(null);
      setBegun(null);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key === 'Escape') stop();
    };
    document.addEventListener('pointermove', follow);
    document.addEventListener('pointerup', end);
    document.addEventListener('pointercancel', stop);
    document.addEventListener('keydown', escape);
    return () => {
      document.removeEventListener('pointermove', follow);
      document.removeEventListener('pointerup', end);
      document.removeEventListener('pointercancel', stop);
      document.removeEventListener('keydown', escape);
    };
  }, [begun]);
  return {
    dragged,
    /** Whether the click that follows belongs to a drag. */
    wasDragged: () => moved.current,
    grip: (entry: Entry) => (event: PointerEvent<HTMLElement>) => {
      moved.current = false;
      if (event.button !== 0 || !entry.isMine) return;
      const hours = event.currentTarget.closest('[data-hours]');
      const isEnd = event.target instanceof HTMLElement && event.target.dataset['edge'] !== undefined;
      const { top, bottom } = event.currentTarget.getBoundingClientRect();
      const below = hours === null ? 0 : event.clientY - (isEnd ? bottom : top);
      setBegun({ entry, x: event.clientX, y: event.clientY, grip: { below, isEnd } });
    },
  };
}

/** Where an entry was taken hold of: so many pixels below what is dragged of it. */
interface Grip {
  readonly below: number;
  readonly isEnd: boolean;
}

function landingAt(x: number, y: number, { below, isEnd }: Grip): Landing | null {
  const place = document.elementsFromPoint(x, y).find((each): each is HTMLElement => each instanceof HTMLElement && each.dataset['day'] !== undefined);
  const day = place?.dataset['day'];
  if (place === undefined || day === undefined) return null;
  if (place.dataset['hours'] === undefined) return isEnd ? null : { day, minutes: null, isEnd };
  const { top, height } = place.getBoundingClientRect();
  const minutes = Math.round((((y - below - top) / height) * 1440) / STEP) * STEP;
  return { day, minutes: Math.max(0, Math.min(minutes, isEnd ? 1440 : 1440 - STEP)), isEnd };
}
