/** What the quick-add dialog is open for; any screen may open it. */
import { useSyncExternalStore } from 'react';
import { useKeys } from '../../ui/keys';

export interface Opening {
  readonly kind: 'activity' | 'entry' | 'party' | 'offer';
  /** The customer that it is about. */
  readonly party_id?: string;
  readonly name?: string;
  /** Of a calendar's entry: when it begins, or only the day. */
  readonly begins?: Date;
  /** An hour later if nothing is said. */
  readonly ends?: Date;
  readonly on?: string;
}

let opening: Opening | null = null;
const listeners = new Set<() => void>();

function set(next: Opening | null): void {
  opening = next;
  for (const listener of listeners) listener();
}

export const openQuickAdd = (next: Opening) => set(next);
export const closeQuickAdd = () => set(null);

export function useOpening(): Opening | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => opening,
  );
}

let current: Pick<Opening, 'party_id'> = {};

/** The customer on view, which what is added is about; none by an empty id. */
export function setSubject(partyId: string): void {
  current = partyId === '' ? {} : { party_id: partyId };
}

export const subject = () => current;

/** The key n. It is the frame's, not the dialog's: pressed before the dialog's code has come it opens it all the same. */
export function useQuickAddKey(): void {
  useKeys({ n: () => openQuickAdd({ kind: 'activity', ...subject() }) });
}
