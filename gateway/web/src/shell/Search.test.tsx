import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../tests/layout';
import { mount } from '../../tests/render';
import { ReplicaError } from '../replica';
import type { Ask } from '../replica/fixture';
import { Keys } from './Keys';

const party = (id: string, name: string, state: 'customer' | 'prospect') => ({ id, name, state, kind: 'company' as const });

describe('the keys that hold everywhere', () => {
  it('Ctrl+K finds a page by its name, and Enter goes there', async () => {
    const { history, settled } = await mount(<Keys />, { language: 'it' });
    await userEvent.keyboard('{Control>}k{/Control}');
    await userEvent.type(await screen.findByRole('combobox'), 'impost');
    expect(screen.getByRole('dialog', { name: 'Cerca' })).toBeDefined();
    await settled();
    expect(screen.getByRole('option', { name: /Impostazioni/ }).getAttribute('aria-selected')).toBe('true');
    await userEvent.keyboard('{Enter}');
    expect(history.at(-1)).toBe('/settings');
  });

  it('Ctrl+K says of a company whether it is a customer already', async () => {
    const seed = { 'crm.party': [party('01900001-0000-7000-8000-000000000001', 'Rossi', 'customer'), party('01900001-0000-7000-8000-000000000002', 'Rossini', 'prospect')] };
    const { settled } = await mount(<Keys />, { language: 'en', seed });
    await userEvent.keyboard('{Control>}k{/Control}');
    await userEvent.type(await screen.findByRole('combobox'), 'rossi');
    await settled();
    expect(screen.getAllByRole('option').map((each) => each.textContent)).toEqual(['RossiCustomer', 'RossiniProspect']);
  });

  it('? lists the keys', async () => {
    await mount(<Keys />, { language: 'en' });
    await userEvent.keyboard('?');
    expect(await screen.findByText('Next and previous')).toBeDefined();
  });
});

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [HERE, THERE, DEAL, OFFER] = [id(10), id(11), id(12), id(13)];
const seed = { 'crm.party': [{ id: HERE, name: 'Rossi Presse' }] };
const away = () => Promise.reject(new ReplicaError('server_away', 'SERVER_AWAY'));
const box = [
  { entity: 'crm.party', id: HERE, party_id: HERE, title: 'Rossi Presse', detail: '' },
  { entity: 'crm.party', id: THERE, party_id: THERE, title: 'Verdi Presse', detail: 'IT123' },
  { entity: 'crm.contact_point', id: id(30), party_id: THERE, title: 'Anna Verdi', detail: 'anna@presse.example' },
  { entity: 'crm.contact_point', id: id(31), party_id: HERE, title: 'Ugo Rossi', detail: 'ugo@presse.example' },
  { entity: 'crm.activity', id: id(32), party_id: '', title: 'Di nessuno', detail: '' },
  { entity: 'crm.opportunity', id: DEAL, party_id: THERE, title: 'Due presse', detail: 'open' },
];
const answers: Ask = (_, path) => {
  if (path.startsWith('/v1/crm/search?')) return Promise.resolve({ found: box });
  if (path.startsWith('/v1/offers/offers?')) return Promise.resolve({ records: [{ id: OFFER, number: 'OFF-7', title: 'Presse' }], next_page_token: '' });
  return Promise.reject(new ReplicaError('refused', 'NOT_GRANTED'));
};
const crmIsAway: Ask = (method, path) => (path.startsWith('/v1/crm/') ? away() : answers(method, path));
const options = () => screen.getAllByRole('option').map((each) => each.textContent);
const look = async (words: string) => {
  await userEvent.keyboard('{Control>}k{/Control}');
  await userEvent.type(await screen.findByRole('combobox'), words);
};

describe('what the server has and the copy has not', () => {
  it('comes behind what is here, once each, and is opened by the keyboard', async () => {
    const ask = vi.fn<Ask>(answers);
    const { history } = await mount(<Keys />, { seed, ask });
    await look('presse');
    const group = within(await screen.findByRole('group', { name: 'Solo online' }));
    expect(group.getAllByRole('option').map((each) => each.textContent)).toEqual(['Verdi PresseIT123 · Cliente o potenziale', 'Due presseOpportunità', 'OFF-7 · PresseOfferta']);
    expect(options()[0]).toBe('Rossi PressePotenziale cliente');
    expect(options()).toHaveLength(4);
    expect(screen.getByRole('status').textContent).toBe('');
    expect(await violations()).toEqual([]);
    // One question for the whole word: nobody is asked for what was half typed and is gone.
    expect(ask.mock.calls.map(([, path]) => path)).toContain('/v1/crm/search?q=presse');
    await userEvent.keyboard('{ArrowDown}{ArrowDown}');
    expect(group.getByRole('option', { selected: true }).textContent).toBe('Due presseOpportunità');
    await userEvent.keyboard('{ArrowDown}{ArrowDown}{ArrowUp}{Enter}');
    expect(history.at(-1)).toBe(`/opportunities/${DEAL}`);
  });

  it('is not waited for: what is here can be opened while the server thinks', async () => {
    const { history } = await mount(<Keys />, { seed, ask: () => new Promise(() => {}) });
    await look('presse');
    expect(await screen.findByText('Si cerca anche sul server…')).toBeDefined();
    expect(await screen.findByRole('option', { name: /^Rossi Presse/ })).toBeDefined();
    await userEvent.keyboard('{Enter}');
    expect(history.at(-1)).toBe(`/customers/${HERE}`);
  });

  it('is forgotten with the words that it answers', async () => {
    const waiting: (() => void)[] = [];
    const ask: Ask = (method, path) =>
      path === '/v1/crm/search?q=presse' ? new Promise((resolve) => waiting.push(() => resolve(answers(method, path)))) : path.startsWith('/v1/crm/search?') ? Promise.resolve({ found: [] }) : answers('GET', '/none');
    await mount(<Keys />, { seed, ask });
    await look('presse');
    await waitFor(() => expect(waiting).toHaveLength(1));
    await userEvent.type(screen.getByRole('combobox'), 'xx');
    expect(await screen.findByText('Nulla, né su questo dispositivo né sul server')).toBeDefined();
    waiting[0]?.();
    await new Promise((resolve) => setTimeout(resolve));
    expect(screen.queryByRole('group')).toBeNull();
    expect(screen.getByText('Nulla, né su questo dispositivo né sul server')).toBeDefined();
  });

  it('that could not be asked for is said, beside what could', async () => {
    await mount(<Keys />, { seed, ask: crmIsAway, language: 'en' });
    await look('presse');
    expect(await screen.findByText('The server did not answer everything: there may be more')).toBeDefined();
    expect(within(screen.getByRole('group', { name: 'Online only' })).getAllByRole('option')).toHaveLength(1);
  });

  it('without a network nobody is asked, and nothing is said of a server', async () => {
    const ask = vi.fn<Ask>(answers);
    const { settled } = await mount(<Keys />, { seed, ask, facts: { offline_since: '2026-11-30T09:00:00Z' } });
    await look('presse');
    await settled();
    expect(options()).toEqual(['Rossi PressePotenziale cliente']);
    expect(screen.getByRole('status').textContent).toBe('');
    await userEvent.type(screen.getByRole('combobox'), 'xx');
    expect(await screen.findByText('Nulla su questo dispositivo')).toBeDefined();
    expect(ask).not.toHaveBeenCalled();
  });
});
