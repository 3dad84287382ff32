import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { violations, withSizes } from '../../tests/layout';
import { mount } from '../../tests/render';
import { USER_ID, type Fixture, type Seed } from '../replica/fixture';
import Customers from '../screens/customers/Customers';
import { forgetLists, oldViews } from './lists';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [MINE, OTHERS, ROLE] = [id(30), id(31), id(90)];
const mine = { id: MINE, entity: 'crm.party', name: 'Solo Rossi', search: 'rossi', owner_id: USER_ID, visibility: 'mine' as const };
const seed: Seed = {
  'crm.party': [
    { id: id(10), name: 'Rossi', state: 'customer', country: 'IT', erp_code: 'C1' },
    { id: id(11), name: 'Bianchi', state: 'prospect', country: 'IT' },
    { id: id(12), name: 'Verdi', state: 'customer', country: 'IT' },
  ],
  'identity.user': [{ id: USER_ID, user_name: 'sales.north', role_ids: [ROLE] }],
  'crm.list_view': [
    mine,
    { id: OTHERS, entity: 'crm.party', name: 'Del capo', filters: [{ name: 'state', values: ['customer'] }, { name: 'luna', values: ['piena'] }], sort_by: 'name', descending: true, columns: ['name', 'erp_code', 'gone'], owner_id: id(2), visibility: 'everybody' },
    { id: id(32), entity: 'crm.activity', name: 'Di un altro elenco', owner_id: USER_ID },
  ],
};
const STORED = `project-sales-list/${USER_ID}/customers`;

beforeEach(() => {
  localStorage.clear();
  forgetLists();
  withSizes();
});

const open = () => userEvent.click(screen.getByRole('button', { name: 'Viste' }));
const item = (name: string) => screen.findByRole('menuitem', { name });
const names = () => within(screen.getByRole('grid')).getAllByRole('row').slice(1).map((row) => within(row).getAllByRole('gridcell')[1]?.textContent);
const queued = ({ engine }: Pick<Fixture, 'engine'>) => engine.queue().map(({ body }) => body);
const keepAs = async (name: string) => {
  await open();
  await userEvent.click(await item('Salva come vista…'));
  await userEvent.type(await screen.findByRole('textbox', { name: /Nome della vista/ }), name);
};

describe('views of a list', () => {
  it('are chosen: own ones first, then what others share; what the list has no more is left out', async () => {
    const { settled } = await mount(<Customers />, { seed });
    await open();
    await userEvent.click(await item('Solo Rossi'));
    await settled();
    expect(names()).toEqual(['Rossi']);
    await open();
    expect(screen.getByText('Condivise con te')).toBeDefined();
    expect(screen.queryByRole('menuitem', { name: 'Di un altro elenco' })).toBeNull();
    expect(screen.queryByRole('menuitem', { name: 'Modifica la vista Del capo' })).toBeNull();
    expect(await violations()).toEqual([]);
    await userEvent.click(await item('Del capo'));
    await settled();
    expect(names()).toEqual(['Verdi', 'Rossi']);
    expect(screen.getByRole<HTMLInputElement>('searchbox').value).toBe('');
    expect(screen.getAllByRole('columnheader').map((each) => each.textContent.trim()).filter(Boolean)).toEqual(['Nome ↓', 'Codice gestionale']);
  });

  it('are kept as records: on every device, without a network too', async () => {
    const made = await mount(<Customers />, { seed, facts: { offline_since: '2026-11-30T09:00:00Z' } });
    await userEvent.type(screen.getByRole('searchbox'), 'verdi');
    await keepAs('Solo Verdi');
    expect(await violations()).toEqual([]);
    await userEvent.keyboard('{Enter}');
    expect(await screen.findByText('Vista «Solo Verdi» salvata')).toBeDefined();
    const [body] = queued(made);
    expect(body).toMatchObject({ op: 'create', entity: 'crm.list_view', fields: { entity: 'crm.party', name: 'Solo Verdi', search: 'verdi', filters: [], sort_by: 'name', descending: false, owner_id: USER_ID, visibility: 'mine' } });
    await userEvent.clear(screen.getByRole('searchbox'));
    await open();
    await userEvent.click(await item('Solo Verdi'));
    await made.settled();
    expect(names()).toEqual(['Verdi']);
  });

  it('show something else from now on when they are saved again under their name', async () => {
    const made = await mount(<Customers />, { seed });
    await userEvent.type(screen.getByRole('searchbox'), 'bianchi');
    await keepAs('Solo Rossi');
    expect(screen.getByText('C’è già: da ora mostrerà ciò che si vede adesso')).toBeDefined();
    await userEvent.keyboard('{Enter}');
    expect(await screen.findByText('Vista «Solo Rossi» salvata')).toBeDefined();
    const [body] = queued(made);
    expect(body).toMatchObject({ op: 'update', entity: 'crm.list_view', record_id: MINE, fields: { search: 'bianchi' } });
  });

  it('are renamed and shared; what was not touched is not written', async () => {
    const made = await mount(<Customers />, { seed, language: 'it' });
    await open();
    await userEvent.click(await item('Modifica la vista Solo Rossi'));
    const form = within(await screen.findByRole('dialog', { name: 'Modifica la vista' }));
    const name = form.getByRole('textbox', { name: /Nome della vista/ });
    expect(await violations()).toEqual([]);
    await userEvent.clear(name);
    await userEvent.type(name, 'I Rossi');
    await userEvent.selectOptions(form.getByLabelText('La vede'), 'roles');
    await userEvent.click(form.getByRole('button', { name: 'Salva' }));
    expect(await screen.findByText('Vista «I Rossi» modificata')).toBeDefined();
    expect(queued(made)).toMatchObject([{ op: 'update', entity: 'crm.list_view', record_id: MINE }]);
    expect(queued(made)[0]?.fields).toEqual({ name: 'I Rossi', visibility: 'roles', role_ids: { add: [ROLE], remove: [] } });
    await open();
    expect(await item('I Rossi')).toBeDefined();
  });

  it('do not take the name of another, and are as they were after nothing was changed', async () => {
    const made = await mount(<Customers />, { seed: { ...seed, 'crm.list_view': [mine, { ...mine, id: id(33), name: 'Altra' }] } });
    await open();
    await userEvent.click(await item('Modifica la vista Altra'));
    const form = within(await screen.findByRole('dialog'));
    const name = form.getByRole('textbox', { name: /Nome della vista/ });
    await userEvent.clear(name);
    await userEvent.type(name, 'Solo Rossi');
    expect(form.getByText('C’è già una vista con questo nome')).toBeDefined();
    expect(form.getByRole('button', { name: 'Salva' })).toHaveProperty('disabled', true);
    await userEvent.clear(name);
    await userEvent.type(name, 'Altra{Enter}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(queued(made)).toEqual([]);
  });

  it('are deleted, and taken back', async () => {
    const made = await mount(<Customers />, { seed });
    await open();
    await userEvent.click(await item('Elimina la vista Solo Rossi'));
    expect(await screen.findByText('Vista «Solo Rossi» eliminata')).toBeDefined();
    expect(queued(made).map(({ op }) => op)).toEqual(['delete']);
    await open();
    expect(await item('Del capo')).toBeDefined();
    await waitFor(() => expect(screen.queryByRole('menuitem', { name: 'Solo Rossi' })).toBeNull());
    await userEvent.keyboard('{Escape}');
    await userEvent.click(screen.getByRole('button', { name: 'Annulla' }));
    await waitFor(() => expect(queued(made)).toEqual([]));
    await open();
    expect(await item('Solo Rossi')).toBeDefined();
  });
});

describe('views that a device kept before there were records of them', () => {
  const last = { text: '', filters: {}, sorting: { by: 'name', direction: 'desc' }, columns: ['name'] };
  const old = { last, views: [{ name: 'Solo Rossi', state: last }, { name: 'Clienti', state: { ...last, filters: { state: ['customer'], owner: [] } } }] };

  it('become records once, and how the list was left stays', async () => {
    localStorage.setItem(STORED, JSON.stringify(old));
    const made = await mount(<Customers />, { seed });
    await waitFor(() => expect(oldViews(USER_ID, 'customers')).toEqual([]));
    // The one that is a record already is not made twice.
    const bodies = queued(made);
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).toMatchObject({ op: 'create', entity: 'crm.list_view', fields: { name: 'Clienti', filters: [{ name: 'state', values: ['customer'] }], sort_by: 'name', descending: true, columns: ['name'], owner_id: USER_ID } });
    expect(JSON.parse(localStorage.getItem(STORED) ?? '')).toEqual({ last });
    expect(names()).toEqual(['Verdi', 'Rossi', 'Bianchi']);
    await open();
    expect(await item('Clienti')).toBeDefined();
  });

  it('wait for a complete copy, which knows what is a record already', async () => {
    localStorage.setItem(STORED, JSON.stringify(old));
    const made = await mount(<Customers />, { seed, facts: { complete: false } });
    expect(oldViews(USER_ID, 'customers')).toHaveLength(2);
    made.engine.setFacts({ complete: true });
    await waitFor(() => expect(oldViews(USER_ID, 'customers')).toEqual([]));
    expect(queued(made)).toHaveLength(1);
  });

  it('that nobody can read are none', () => {
    localStorage.setItem(STORED, '{"views": [null, {"name": 7}, {"name": " ", "state": {}}]}');
    expect(oldViews(USER_ID, 'customers')).toEqual([]);
    localStorage.setItem(STORED, 'broken');
    expect(oldViews(USER_ID, 'customers')).toEqual([]);
  });
});
