/**
 * Every screen of the client: its address, its place in the navigation, and the code that is loaded for it.
 *
 * A screen with `nav` stands in the navigation in this order; those with `phone` in the bottom bar of a phone,
 * too. `key` is the second key after g.
 */
import type { Icon } from '@tabler/icons-react';
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import type { Pair } from '../i18n/texts';

export interface Screen {
  /** Address, with `:id` for the id of a record. */
  readonly path: string;
  readonly name: string;
  readonly title: Pair;
  readonly component: LazyExoticComponent<ComponentType<{ params: Readonly<Record<string, string>> }>>;
  readonly nav?: { readonly icon: Icon; readonly key?: string; readonly phone?: boolean };
}

export const screens: readonly Screen[] = [
  {
    path: '/sync',
    name: 'sync',
    title: ['Sincronizzazione', 'Synchronisation'],
    component: lazy(() => import('./sync/SyncCentre')),
  },
  {
    path: '/settings',
    name: 'settings',
    title: ['Impostazioni', 'Settings'],
    component: lazy(() => import('./settings/Settings')),
  },
];

/** Where `/` leads. */
export const HOME = '/sync';
