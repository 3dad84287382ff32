/** Next and previous record: in the order of the list from which the user came, else in the given one. */
import { useSyncExternalStore } from 'react';
import { useRecords, type EntityName, type Query } from '../replica';

const left = new Map<string, Query<EntityName>>();
const listeners = new Set<() => void>();

/** The list that was just looked at shows this. */
export function leaveSequence<E extends EntityName>(entity: E, query: Pick<Query<E>, 'where' | 'order'>): void {
  if (JSON.stringify(left.get(entity)) === JSON.stringify(query)) return;
  left.set(entity, query as Query<EntityName>);
  for (const listener of listeners) listener();
}

export interface Neighbours {
  readonly previous: string | null;
  readonly next: string | null;
  /** From 1; 0 if the record is not in the list. */
  readonly position: number;
  readonly total: number;
}

/** The records before and after this one. */
export function useNeighbours<E extends EntityName>(entity: E, id: string, otherwise: Query<E>): Neighbours {
  const query = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => left.get(entity),
  ) as Query<E> | undefined;
  const { rows, total, offset } = useRecords(entity, { ...(query ?? otherwise), around: id, limit: 3 });
  const ids = rows.map((row) => (row as unknown as { id: string }).id);
  const at = ids.indexOf(id);
  if (at < 0) return { previous: null, next: null, position: 0, total };
  return { previous: ids[at - 1] ?? null, next: ids[at + 1] ?? null, position: offset + at + 1, total };
}
