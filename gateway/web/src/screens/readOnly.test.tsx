/** The screens of a record that can only be looked at: every control that is there does something. */
import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ComponentType } from 'react';
import { beforeEach, describe, expect, it } from 'vitest';
import { violations, withSizes } from '../../tests/layout';
import { mount } from '../../tests/render';
import { ReplicaError, type EntityName } from '../replica';
import { addressOf } from '../replica/beyond';
import { entity } from '../replica/contracts';
import type { Ask, Seed } from '../replica/fixture';
import { Beyond } from '../ui/Beyond';
import Customer from './customer/Customer';
import Machine from './machine/Machine';
import Offer from './offer/Offer';
import Opportunity from './opportunity/Opportunity';
import Request from './request/Request';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [PARTY, OFFER, REVISION, DEAL, STAGE, NEXT, REQUEST, MACHINE] = [id(10), id(11), id(12), id(13), id(14), id(15), id(16), id(17)];

/** Set-up is in every copy. */
const seed: Seed = {
  'crm.opportunity_stage': [
    { id: STAGE, code: 'new', texts: { it: 'Nuova' }, position: 1 },
    { id: NEXT, code: 'offer', texts: { it: 'Offerta' }, position: 2 },
  ],
  'crm.field_definition': [{ id: id(40), entity: 'crm.party', key: 'zona', kind: 'text', labels: { it: 'Zona di vendita' } }],
  'crm.record_type': [{ id: id(41), key: 'rivali', parent_entity: 'crm.party', labels: { it: 'Macchina rivale' }, plural_labels: { it: 'Macchine rivali' } }],
};
/** What only the server has: everything that a screen would let be changed. */
const there: Readonly<Partial<Record<EntityName, readonly Readonly<Record<string, unknown>>[]>>> = {
  'crm.party': [{ id: PARTY, name: 'Verdi', state: 'prospect', roles: ['customer'], custom: { zona: '"Nord"' } }],
  'crm.activity': [{ id: id(20), party_id: PARTY, subject_id: DEAL, kind: 'call', subject: 'Richiamare', state: 'planned', due_at: '2026-01-01T08:00:00Z' }],
  'crm.contact_point': [{ id: id(21), party_id: PARTY, kind: 'email', value: 'info@verdi.example', person_name: 'Anna' }],
  'crm.address': [{ id: id(22), party_id: PARTY, kind: 'legal', city: 'Verona' }],
  'crm.relationship': [{ id: id(23), party_id: PARTY, kind: 'subsidiary_of', other_id: id(50) }],
  'crm.custom_record': [{ id: id(24), type: 'rivali', parent_id: PARTY, name: 'Pressa X' }],
  'crm.opportunity': [{ id: DEAL, party_id: PARTY, title: 'Due presse', state: 'open', stage_id: STAGE, value: '10' }],
  'offers.offer': [{ id: OFFER, party_id: PARTY, title: 'Presse', state: 'in_work', opportunity_id: DEAL }],
  'offers.revision': [{ id: REVISION, offer_id: OFFER, ordinal: 1, state: 'draft', currency: 'EUR', stale_charge_ids: [id(26)], total: '10' }],
  'offers.line': [{ id: id(25), revision_id: REVISION, position: 10, kind: 'item', presence: 'standard', description: 'Pressa', quantity: '1', unit_price: '10' }],
  'offers.charge': [{ id: id(26), revision_id: REVISION, description: 'Trasporto', amount: '5', mode: 'shown', formula: 'fixed' }],
  'aftersales.request': [{ id: REQUEST, party_id: PARTY, title: 'Perde olio', state: 'open', priority: 'high' }],
  'aftersales.installed_product': [{ id: MACHINE, party_id: PARTY, description: 'Pressa P1', location: 'Reparto 2', state: 'active' }],
};
const ask: Ask = (_, path) => {
  for (const [name, records = []] of Object.entries(there)) {
    const { service, collection } = entity(name);
    if (path.startsWith(`/v1/${service}/${collection}?`)) return Promise.resolve({ records, next_page_token: '' });
    const found = records.find((record) => path === addressOf(name, record['id'] as string));
    if (found !== undefined) return Promise.resolve(found);
  }
  return path.includes('?') ? Promise.resolve({ records: [], next_page_token: '' }) : Promise.reject(new ReplicaError('refused', 'NOT_FOUND'));
};

interface Shown {
  readonly name: EntityName;
  readonly id: string;
  readonly title: string;
  readonly Screen: ComponentType<{ readonly params: Readonly<Record<string, string>> }>;
  /** Controls that are there: they lead somewhere, or print. */
  readonly buttons: readonly string[];
  /** Something of the record below it, by which one sees that all has come. */
  readonly told: string;
}

const HEAD = ['Precedente', 'Successivo', 'Stampa in PDF'];
const SCREENS: readonly Shown[] = [
  { name: 'crm.opportunity', id: DEAL, title: 'Due presse', Screen: Opportunity, buttons: HEAD, told: 'Richiamare' },
  { name: 'aftersales.request', id: REQUEST, title: 'Perde olio', Screen: Request, buttons: HEAD, told: 'Solo online' },
  { name: 'aftersales.installed_product', id: MACHINE, title: 'Pressa P1', Screen: Machine, buttons: HEAD, told: 'Reparto 2' },
  { name: 'offers.offer', id: OFFER, title: 'Presse', Screen: Offer, buttons: ['Stampa la bozza in PDF'], told: 'Trasporto' },
];
const shown = ({ name, id: of, Screen }: Pick<Shown, 'name' | 'id' | 'Screen'>) => (
  <Beyond entity={name} id={of} list="/">
    <Screen params={{ id: of }} />
  </Beyond>
);
const buttons = () => screen.queryAllByRole('button').map((button) => button.getAttribute('aria-label') ?? button.textContent);
const inputs = () => ['textbox', 'checkbox', 'combobox', 'switch'].flatMap((role) => screen.queryAllByRole(role));

beforeEach(() => withSizes());

describe('a record that can only be looked at', () => {
  for (const each of SCREENS) {
    it(`has no control that cannot work: ${each.name}`, async () => {
      await mount(shown(each), { seed, ask });
      expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe(each.title);
      expect((await screen.findAllByText(each.told)).length).toBeGreaterThan(0);
      await waitFor(() => expect(buttons()).toEqual(each.buttons));
      expect(inputs()).toEqual([]);
      await userEvent.keyboard('e');
      expect(inputs()).toEqual([]);
      expect(screen.getByText(/qui si può solo guardare/)).toBeDefined();
      expect(await violations()).toEqual([]);
    });
  }

  it('has none in any tab of a customer', async () => {
    await mount(shown({ name: 'crm.party', id: PARTY, Screen: Customer }), { seed, ask });
    expect(await screen.findByText('Pressa X')).toBeDefined();
    expect(screen.getByText('Nord')).toBeDefined();
    const told: Readonly<Record<string, string | RegExp>> = { Attività: 'Richiamare', Opportunità: 'Due presse', Offerte: 'Presse', Contatti: 'Anna', Macchine: 'Pressa P1' };
    for (const [tab, text] of Object.entries(told)) {
      await userEvent.click(screen.getByRole('tab', { name: new RegExp(`^${tab}`) }));
      expect(await screen.findByText(text)).toBeDefined();
      expect(buttons()).toEqual(['Cliente precedente', 'Cliente successivo', 'Stampa in PDF']);
      expect(inputs()).toEqual([]);
    }
    expect(await violations()).toEqual([]);
  });
});

describe('a cell of an offer that can only be looked at', () => {
  it('is not written by typing', async () => {
    await mount(shown({ name: 'offers.offer', id: OFFER, Screen: Offer }), { seed, ask });
    const grid = await screen.findByRole('grid');
    expect(grid.getAttribute('aria-readonly')).toBe('true');
    grid.focus();
    await userEvent.keyboard('x');
    expect(inputs()).toEqual([]);
  });
});
