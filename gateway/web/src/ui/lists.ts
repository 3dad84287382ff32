/** How a user has set up the lists: kept on this device for this user, like other preferences. */
import { useSyncExternalStore } from 'react';
import type { Sorting } from './ListGrid';

/** What a list shows. */
export interface ListState {
  readonly text: string;
  /** Filter -> chosen values. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly sorting: Sorting;
  /** Columns on view, in order. */
  readonly columns: readonly string[];
}

export interface SavedView {
  readonly name: string;
  readonly state: ListState;
}

interface Kept {
  /** As the list was left. */
  readonly last?: ListState;
  readonly views: readonly SavedView[];
}

const NOTHING: Kept = { views: [] };
const listeners = new Set<() => void>();
const known = new Map<string, Kept>();

const keyOf = (user: string, list: string) => `project-sales-list/${user}/${list}`;

function read(key: string): Kept {
  let found = known.get(key);
  if (found === undefined) {
    try {
      found = { ...NOTHING, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Kept>) };
    } catch {
      // Unreadable or forbidden storage: a list begins as it comes.
      found = NOTHING;
    }
    known.set(key, found);
  }
  return found;
}

function write(key: string, kept: Kept): void {
  known.set(key, kept);
  try {
    localStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // Kept for this visit only.
  }
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export interface KeptList extends Kept {
  readonly leave: (state: ListState) => void;
  readonly save: (view: SavedView) => void;
  readonly forget: (name: string) => void;
}

/** What is kept of a user's list. */
export function useKeptList(user: string, list: string): KeptList {
  const key = keyOf(user, list);
  const kept = useSyncExternalStore(subscribe, () => read(key));
  return {
    ...kept,
    leave: (last) => write(key, { ...read(key), last }),
    save: (view) =>
      write(key, { ...read(key), views: [...read(key).views.filter((each) => each.name !== view.name), view] }),
    forget: (name) => write(key, { ...read(key), views: read(key).views.filter((each) => each.name !== name) }),
  };
}

/** Forget what was read of the storage (tests). */
export function forgetLists(): void {
  known.clear();
}
