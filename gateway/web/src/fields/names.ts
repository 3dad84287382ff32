/** What people call a record of any entity, and where its screen is. */
import contracts from '../contracts/entities.json';
import type { EntityName, Values } from '../replica';

const NAMES = ['name', 'title', 'display_name', 'number', 'subject', 'description', 'code', 'user_name'];

/** What a record without a name is called. */
export const NAMELESS = '—';

/** Return the name of a record: of the fields that name things the first that is there. */
export function nameOf(record: object): string {
  const values = record as Values;
  for (const name of NAMES) {
    const value = values[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return NAMELESS;
}

/** Return an entity that a definition names; null for one that this program does not know. */
export function entityOf(name: string): EntityName | null {
  return Object.hasOwn(contracts.entities, name) ? (name as EntityName) : null;
}

const SCREENS: Readonly<Record<string, string>> = {
  'crm.party': '/customers',
  'crm.opportunity': '/opportunities',
  'offers.offer': '/offers',
  'aftersales.installed_product': '/installed',
  'aftersales.request': '/requests',
};

/** Return the address of a record's screen; null where it has none. */
export function addressOf(entityName: string, id: string): string | null {
  const path = SCREENS[entityName];
  return path === undefined || id === '' ? null : `${path}/${id}`;
}
