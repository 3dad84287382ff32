/** What the quick-add dialog is open for; any screen may open it. */
import { useSyncExternalStore } from 'react';

export interface Opening {
  readonly kind: 'activity' | 'entry' | 'party' | 'offer';
  /** The customer that it is about. */
  readonly party_id?: string;
  readonly name?: string;
  /** Of a calendar's entry: when it begins, or only the day. */
  readonly begins?: Date;
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
