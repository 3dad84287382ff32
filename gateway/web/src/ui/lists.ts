/** How a user left the lists: kept on this device for this user, like other preferences. Views under a name are records. */
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

/** A view as devices kept it before there were records of them. */
export interface OldView {
  readonly name: string;
  readonly state: Partial<ListState>;
}

interface Kept {
  /** As the list was left. */
  readonly last?: ListState;
  readonly views?: readonly OldView[];
}

const NOTHING: Kept = {};
const listeners = new Set<() => void>();
const known = new Map<string, Kept>();

const keyOf = (user: string, list: string) => `project-sales-list/${user}/${list}`;

function read(key: string): Kept {
  let found = known.get(key);
  if (found === undefined) known.set(key, (found = stored(key)));
  return found;
}

function stored(key: string): Kept {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? '{}') ?? NOTHING) as Kept;
  } catch {
    // Unreadable or forbidden storage: a list begins as it comes.
    return NOTHING;
  }
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

export interface KeptList {
  readonly last?: ListState | undefined;
  readonly leave: (state: ListState) => void;
}

/** What is kept of a user's list; of what another tab wrote meanwhile only where the list was left is overwritten. */
export function useKeptList(user: string, list: string): KeptList {
  const key = keyOf(user, list);
  const { last } = useSyncExternalStore(subscribe, () => read(key));
  return { last, leave: (left) => write(key, { ...stored(key), last: left }) };
}

/** Return the views that this device still keeps by itself, as the storage has them now: another tab may have been faster. */
export function oldViews(user: string, list: string): readonly OldView[] {
  const { views } = stored(keyOf(user, list));
  return Array.isArray(views) ? (views as readonly (Partial<OldView> | null)[]).filter(isView) : [];
}

const isView = (view: Partial<OldView> | null): view is OldView => typeof view?.name === 'string' && view.name.trim() !== '' && typeof view.state === 'object';

/** Forget the views that this device kept by itself. */
export function forgetOldViews(user: string, list: string): void {
  const { views: _, ...kept } = stored(keyOf(user, list));
  write(keyOf(user, list), kept);
}

/** Forget what was read of the storage (tests). */
export function forgetLists(): void {
  known.clear();
}
