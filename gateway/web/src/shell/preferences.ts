/** What a user prefers on this device: language and density. The colour scheme is kept by Mantine. */
import { useSyncExternalStore } from 'react';
import type { Language } from '../i18n/texts';

export type Density = 'compact' | 'normal' | 'roomy';
export interface Preferences {
  readonly language: Language;
  readonly density: Density;
  /** Whether the navigation is folded to its icons. */
  readonly folded: boolean;
}

const KEY = 'project-sales-preferences';
const listeners = new Set<() => void>();
let current = read();

function read(): Preferences {
  const browser: Language = navigator.language.startsWith('it') ? 'it' : 'en';
  const fresh: Preferences = { language: browser, density: 'normal', folded: false };
  try {
    return { ...fresh, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>) };
  } catch {
    // Unreadable or forbidden storage: preferences are not worth an error.
    return fresh;
  }
}

export function preferences(): Preferences {
  return current;
}

export function setPreference<K extends keyof Preferences>(name: K, value: Preferences[K]): void {
  current = { ...current, [name]: value };
  document.documentElement.dataset['density'] = current.density;
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Kept for this visit only.
  }
  for (const listener of listeners) listener();
}

export function usePreference<K extends keyof Preferences>(name: K): Preferences[K] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current[name],
  );
}
