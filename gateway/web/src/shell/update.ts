/** Whether a new version of the client waits: told by the service worker, shown by the pill. */
import { useSyncExternalStore } from 'react';

let apply: (() => void) | null = null;
const listeners = new Set<() => void>();

/** A new version is here; `applyUpdate` starts it. */
export function updateIsReady(start: () => void): void {
  apply = start;
  for (const listener of listeners) listener();
}

/** Start the new version, which reloads the page. */
export function applyUpdate(): void {
  apply?.();
}

export function useUpdateReady(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => apply !== null,
  );
}
