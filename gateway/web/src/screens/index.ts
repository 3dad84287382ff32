/**
 * Every screen of the client: its address, its place in the navigation, and the code that is loaded for it.
 *
 * A screen with `nav` stands in the navigation in this order; those with `phone` in the bottom bar of a phone,
 * too. `key` is the second key after g.
 */
import { IconCalendar, IconChartBar, IconChecklist, IconFileInvoice, IconHeadset, IconSun, IconTargetArrow, IconTool, IconUsers, type Icon } from '@tabler/icons-react';
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
    path: '/today',
    name: 'today',
    title: ['Oggi', 'Today'],
    component: lazy(() => import('./today/Today')),
    nav: { icon: IconSun, key: 't', phone: true },
  },
  {
    path: '/customers',
    name: 'customers',
    title: ['Clienti', 'Customers'],
    component: lazy(() => import('./customers/Customers')),
    nav: { icon: IconUsers, key: 'c', phone: true },
  },
  {
    path: '/customers/:id',
    name: 'customer',
    title: ['Cliente', 'Customer'],
    component: lazy(() => import('./customer/Customer')),
  },
  {
    path: '/activities',
    name: 'activities',
    title: ['Attività', 'Activities'],
    component: lazy(() => import('./activities/Activities')),
    nav: { icon: IconChecklist, key: 'v', phone: true },
  },
  {
    path: '/calendar',
    name: 'calendar',
    title: ['Agenda', 'Calendar'],
    component: lazy(() => import('./calendar/Calendar')),
    nav: { icon: IconCalendar, key: 'a', phone: true },
  },
  {
    path: '/opportunities',
    name: 'opportunities',
    title: ['Opportunità', 'Opportunities'],
    component: lazy(() => import('./opportunities/Opportunities')),
    nav: { icon: IconTargetArrow, key: 'p' },
  },
  {
    path: '/opportunities/:id',
    name: 'opportunity',
    title: ['Opportunità', 'Opportunity'],
    component: lazy(() => import('./opportunity/Opportunity')),
  },
  {
    path: '/offers',
    name: 'offers',
    title: ['Offerte', 'Offers'],
    component: lazy(() => import('./offers/Offers')),
    nav: { icon: IconFileInvoice, key: 'o', phone: true },
  },
  {
    path: '/offers/:id',
    name: 'offer',
    title: ['Offerta', 'Offer'],
    component: lazy(() => import('./offer/Offer')),
  },
  {
    path: '/installed',
    name: 'installed',
    title: ['Macchine', 'Machines'],
    component: lazy(() => import('./installed/Installed')),
    nav: { icon: IconTool, key: 'i' },
  },
  {
    path: '/installed/:id',
    name: 'machine',
    title: ['Macchina', 'Machine'],
    component: lazy(() => import('./machine/Machine')),
  },
  {
    path: '/requests',
    name: 'requests',
    title: ['Assistenza', 'Service'],
    component: lazy(() => import('./requests/Requests')),
    nav: { icon: IconHeadset, key: 'r' },
  },
  {
    path: '/requests/:id',
    name: 'request',
    title: ['Richiesta', 'Request'],
    component: lazy(() => import('./request/Request')),
  },
  {
    path: '/dashboards',
    name: 'dashboards',
    title: ['Cruscotti', 'Dashboards'],
    component: lazy(() => import('./dashboards/Dashboards')),
    nav: { icon: IconChartBar, key: 'd' },
  },
  {
    path: '/dashboards/:id',
    name: 'dashboard',
    title: ['Cruscotto', 'Dashboard'],
    component: lazy(() => import('./dashboards/Dashboards')),
  },
  {
    path: '/sync',
    name: 'sync',
    title: ['Sincronizzazione', 'Synchronisation'],
    component: lazy(() => import('./sync/SyncCentre')),
  },
  {
    path: '/shapes',
    name: 'shapes',
    title: ['Campi e schede', 'Fields and forms'],
    component: lazy(() => import('./shapes/Shapes')),
  },
  {
    path: '/settings',
    name: 'settings',
    title: ['Impostazioni', 'Settings'],
    component: lazy(() => import('./settings/Settings')),
  },
];

/** Where `/` leads. */
export const HOME = '/today';
