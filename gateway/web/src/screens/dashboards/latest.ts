/**
 * What this page has written at an owner, until the copy shows it. Whoever goes on at once goes on from what they wrote,
 * and is not stale to themselves.
 */
import { useCallback, useSyncExternalStore } from 'react';
import { entity, type EntityName } from '../../replica';

interface Versioned {
  readonly id: string;
  readonly version: number;
}

const written = new Map<string, Versioned>();
const listeners = new Set<() => void>();
let changes = 0;

/** Remember a record as its owner answered a change of it. */
export function remember(name: EntityName, answer: unknown): void {
  const { id, version } = answer as Partial<Versioned>;
  if (id === undefined || version === undefined) return;
  // An answer leaves out what nobody filled in.
  written.set(id, { ...entity(name).defaults, ...(answer as Versioned) });
  changes += 1;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Return what gives a record of the copy as this page has written it since, if it has. */
export function useLatest(): <R extends Versioned>(record: R) => R {
  const state = useSyncExternalStore(subscribe, () => changes);
  return useCallback(
    <R extends Versioned>(record: R): R => {
      const own = written.get(record.id);
      return own !== undefined && own.version > record.version ? (own as R) : record;
    },
    // oxlint-disable-next-line react/exhaustive-deps -- another answer after each change
    [state],
  );
}
