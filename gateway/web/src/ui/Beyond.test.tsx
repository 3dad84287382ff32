import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { violations, withSizes } from '../../tests/layout';
import { mount } from '../../tests/render';
import { ReplicaError } from '../replica';
import { exactFilter, filtersOf } from '../replica/filters';
import { beyondReplica } from '../replica/beyond';
import type { Ask } from '../replica/fixture';
import Customer from '../screens/customer/Customer';
import Customers from '../screens/customers/Customers';
import { subject } from '../screens/quick-add/opening';
import { Beyond } from './Beyond';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [HERE, THERE] = [id(10), id(11)];
const seed = { 'crm.party': [{ id: HERE, name: 'Rossi' }] };
const customer = (of: string) => (
  <Beyond entity="crm.party" id={of} list="/customers">
    <Customer params={{ id: of }} />
  </Beyond>
);
/** A server that knows one customer more, with an activity; offers are not for this user. */
const answers: Ask = (_, path) => {
  if (path === `/v1/crm/parties/${THERE}`) return Promise.resolve({ id: THERE, name: 'Verdi', state: 'customer', website: 'https://verdi.example' });
  if (path.startsWith('/v1/crm/activities?')) return Promise.resolve({ records: [{ id: id(20), party_id: THERE, kind: 'call', subject: 'Richiamare', state: 'planned' }, { id: id(21), party_id: HERE, subject: 'Di un altro' }], next_page_token: '' });
  if (path.startsWith('/v1/offers/')) return Promise.reject(new ReplicaError('refused', 'FORBIDDEN'));
  if (path.startsWith('/v1/crm/parties?')) return Promise.resolve({ records: [{ id: HERE, name: 'Rossi' }, { id: THERE, name: 'Verdi', erp_code: 'C7' }], next_page_token: '' });
  if (path.includes('?')) return Promise.resolve({ records: [], next_page_token: '' });
  return Promise.reject(new ReplicaError('refused', 'NOT_FOUND'));
};

describe('a record beyond the copy', () => {
  it('is read from the server by the same screen, marked, with what belongs to it', async () => {
    const ask = vi.fn<Ask>(answers);
    await mount(customer(THERE), { seed, ask });
    expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe('Verdi');
    expect(screen.getByText('Solo online')).toBeDefined();
    await userEvent.click(screen.getByRole('tab', { name: /^Attività/ }));
    expect(await screen.findByText('Richiamare')).toBeDefined();
    expect(screen.queryByText('Di un altro')).toBeNull();
    expect(ask).toHaveBeenCalledWith('GET', `/v1/crm/activities?filter=${encodeURIComponent(`party_id = "${THERE}"`).replaceAll('%20', '+')}&page_size=500`);
    await userEvent.click(screen.getByRole('tab', { name: /^Offerte/ }));
    expect(await violations()).toEqual([]);
  });

  it('is not changed: what is added meanwhile is about nobody, and the key e begins nothing', async () => {
    const { unmount } = await mount(customer(THERE), { seed, ask: answers });
    expect(await screen.findByText(/letta dal server e qui si può solo guardare\.$/)).toBeDefined();
    expect(screen.getByText('verdi.example')).toBeDefined();
    expect(subject()).toEqual({});
    await userEvent.keyboard('e');
    expect(screen.queryByRole('textbox')).toBeNull();
    unmount();
    await mount(customer(HERE), { seed, ask: answers });
    expect(subject()).toEqual({ party_id: HERE });
  });

  it('refuses what is written all the same', async () => {
    const { replica, engine } = await mount(customer(THERE), { seed, ask: answers });
    const beyond = beyondReplica(replica, () => {});
    await expect(beyond.author.edit('crm.party', THERE, { name: 'Neri' })).rejects.toMatchObject({ reason: 'BEYOND_COPY' });
    expect(engine.queue()).toEqual([]);
  });

  it('needs a network: without one it says so, and is tried again', async () => {
    let isAway = true;
    const ask: Ask = (...given) => (isAway ? Promise.reject(new ReplicaError('server_away', 'SERVER_AWAY')) : answers(...given));
    await mount(customer(THERE), { seed, ask, language: 'en' });
    expect(await screen.findByText(/can be read with a network only/)).toBeDefined();
    expect(await violations()).toEqual([]);
    isAway = false;
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect((await screen.findByRole('heading', { level: 1, name: 'Verdi' })).textContent).toBe('Verdi');
  });

  it('that is nowhere is missing as before; one that is here asks nobody', async () => {
    const ask = vi.fn<Ask>(answers);
    const { unmount } = await mount(customer(id(99)), { seed, ask });
    expect(await screen.findByText('Questo cliente non è su questo dispositivo')).toBeDefined();
    unmount();
    ask.mockClear();
    await mount(customer(HERE), { seed, ask });
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Rossi');
    expect(screen.queryByText('Solo online')).toBeNull();
    expect(ask).not.toHaveBeenCalled();
  });

  it('is found from the list of customers, and told apart', async () => {
    withSizes();
    await mount(<Customers />, { seed, ask: answers });
    await userEvent.click(await screen.findByRole('button', { name: 'Cerca oltre la copia' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByRole('searchbox', { name: 'Nome, partita IVA o codice' }), 'er{Enter}');
    expect((await dialog.findByRole('link', { name: 'Verdi' })).getAttribute('href')).toBe(`/customers/${THERE}`);
    await waitFor(() => expect(dialog.getAllByText('Solo online')).toHaveLength(1));
    expect(dialog.getByText('C7')).toBeDefined();
    expect(await violations()).toEqual([]);
  });
});

describe('a question to the server', () => {
  it('names what its filters can say, a question for each alternative; never a whole list', () => {
    expect(filtersOf('crm.activity', { party_id: HERE, state: { not: 'done' } })).toEqual([`party_id = "${HERE}" AND state != "done"`]);
    expect(filtersOf('crm.relationship', { any: [{ party_id: HERE }, { other_id: HERE }] })).toEqual([`party_id = "${HERE}"`, `other_id = "${HERE}"`]);
    expect(filtersOf('crm.party', { name: { contains: 'a "b" \\' } })).toEqual(['name : "a \\"b\\" \\\\"']);
    expect(filtersOf('crm.party', { id: { in: [HERE, THERE] } })).toEqual([`id = "${HERE}"`, `id = "${THERE}"`]);
    expect(filtersOf('crm.party', { id: { in: [] } })).toEqual([]);
    expect(filtersOf('crm.party', {})).toBeNull();
    expect(filtersOf('crm.party', { text: 'rossi' })).toBeNull();
    expect(filtersOf('crm.party', { id: { in: Array.from({ length: 21 }, (_, n) => id(n)) } })).toBeNull();
  });

  it('is a print only if one filter says the same', () => {
    expect(exactFilter('crm.party', { text: 'rossi', state: { in: ['customer'] }, 'custom.zona': 'Nord' })).toBe('state = "customer" AND custom.zona = "Nord"');
    expect(exactFilter('crm.party', {})).toBe('');
    expect(exactFilter('crm.party', { state: { in: ['customer', 'prospect'] } })).toBeNull();
    expect(exactFilter('crm.party', { owner_id: { empty: true } })).toBeNull();
    expect(exactFilter('crm.party', { name: { starts: 'R' } })).toBeNull();
    expect(exactFilter('crm.party', { any: [{ state: 'customer' }, { roles: { has: 'dealer' } }] })).toBeNull();
    expect(exactFilter('crm.party', { any: [{ roles: { has: 'dealer' } }] })).toBe('roles : "dealer"');
  });
});
