/**
 * Every screen of the client: its address, its place in the navigation, and the code that is loaded for it.
 *
 * A screen with `nav` stands in the navigation in this order; those with `phone` in the bottom bar of a phone,
 * too. `key` is the second key after g.
 */
import { IconCalendar, IconChartBar, IconChecklist, IconFileInvoice, IconHeadset, IconSun, IconTargetArrow, IconTool, IconUsers, type Icon } from '@tabler/icons-react';
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import type { Pair } from '../i18n/texts';
import type { EntityName } from '../replica';

interface Params {
  readonly params: Readonly<Record<string, string>>;
}
type Load = () => Promise<{ readonly default: ComponentType<Params> }>;

export interface Screen {
  /** Address, with `:id` for the id of a record. */
  readonly path: string;
  readonly name: string;
  readonly title: Pair;
  readonly component: LazyExoticComponent<ComponentType<Params>>;
  /** Fetches its code. */
  readonly load: Load;
  /** What the record of the address is: one that is not in the copy is read from the server. */
  readonly record?: EntityName;
  readonly nav?: { readonly icon: Icon; readonly key?: string; readonly phone?: boolean };
}

const shown = (load: Load) => ({ load, component: lazy(load) });

export const screens: readonly Screen[] = [
  {
    path: '/today',
    name: 'today',
    title: ['Oggi', 'Today'],
    ...shown(() => import('./today/Today')),
    nav: { icon: IconSun, key: 't', phone: true },
  },
  {
    path: '/customers',
    name: 'customers',
    title: ['Clienti', 'Customers'],
    ...shown(() => import('./customers/Customers')),
    nav: { icon: IconUsers, key: 'c', phone: true },
  },
  {
    path: '/customers/:id',
    name: 'customer',
    record: 'crm.party',
    title: ['Cliente', 'Customer'],
    ...shown(() => import('./customer/Customer')),
  },
  {
    path: '/activities',
    name: 'activities',
    title: ['Attività', 'Activities'],
    ...shown(() => import('./activities/Activities')),
    nav: { icon: IconChecklist, key: 'v', phone: true },
  },
  {
    path: '/calendar',
    name: 'calendar',
    title: ['Agenda', 'Calendar'],
    ...shown(() => import('./calendar/Calendar')),
    nav: { icon: IconCalendar, key: 'a', phone: true },
  },
  {
    path: '/opportunities',
    name: 'opportunities',
    title: ['Opportunità', 'Opportunities'],
    ...shown(() => import('./opportunities/Opportunities')),
    nav: { icon: IconTargetArrow, key: 'p' },
  },
  {
    path: '/opportunities/:id',
    name: 'opportunity',
    record: 'crm.opportunity',
    title: ['Opportunità', 'Opportunity'],
    ...shown(() => import('./opportunity/Opportunity')),
  },
  {
    path: '/offers',
    name: 'offers',
    title: ['Offerte', 'Offers'],
    ...shown(() => import('./offers/Offers')),
    nav: { icon: IconFileInvoice, key: 'o', phone: true },
  },
  {
    path: '/offers/:id',
    name: 'offer',
    record: 'offers.offer',
    title: ['Offerta', 'Offer'],
    ...shown(() => import('./offer/Offer')),
  },
  {
    path: '/installed',
    name: 'installed',
    title: ['Macchine', 'Machines'],
    ...shown(() => import('./installed/Installed')),
    nav: { icon: IconTool, key: 'i' },
  },
  {
    path: '/installed/:id',
    name: 'machine',
    record: 'aftersales.installed_product',
    title: ['Macchina', 'Machine'],
    ...shown(() => import('./machine/Machine')),
  },
  {
    path: '/requests',
    name: 'requests',
    title: ['Assistenza', 'Service'],
    ...shown(() => import('./requests/Requests')),
    nav: { icon: IconHeadset, key: 'r' },
  },
  {
    path: '/requests/:id',
    name: 'request',
    record: 'aftersales.request',
    title: ['Richiesta', 'Request'],
    ...shown(() => import('./request/Request')),
  },
  {
    path: '/dashboards',
    name: 'dashboards',
    title: ['Cruscotti', 'Dashboards'],
    ...shown(() => import('./dashboards/Dashboards')),
    nav: { icon: IconChartBar, key: 'd' },
  },
  {
    path: '/dashboards/:id',
    name: 'dashboard',
    title: ['Cruscotto', 'Dashboard'],
    ...shown(() => import('./dashboards/Dashboards')),
  },
  {
    path: '/sync',
    name: 'sync',
    title: ['Sincronizzazione', 'Synchronisation'],
    ...shown(() => import('./sync/SyncCentre')),
  },
  {
    path: '/shapes',
    name: 'shapes',
    title: ['Campi e schede', 'Fields and forms'],
    ...shown(() => import('./shapes/Shapes')),
  },
  {
    path: '/settings',
    name: 'settings',
    title: ['Impostazioni', 'Settings'],
    ...shown(() => import('./settings/Settings')),
  },
];

/** Where `/` leads. */
export const HOME = '/today';

/** Fetch the code of the screen at an address before it is drawn; what fails is fetched again, and told, when it is. */
export function fetchScreen(address: string): void {
  const parts = (address === '/' ? HOME : address).split('/');
  const isAt = ({ path }: Screen) => {
    const own = path.split('/');
    return own.length === parts.length && own.every((part, at) => part.startsWith(':') || part === parts[at]);
  };
  void screens.find(isAt)?.load().catch(() => undefined);
}
