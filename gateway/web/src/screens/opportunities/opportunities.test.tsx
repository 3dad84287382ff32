import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { violations, withSizes } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import type { Seed } from '../../replica/fixture';
import { forgetLists } from '../../ui/lists';
import Customer from '../customer/Customer';
import OpportunityScreen from '../opportunity/Opportunity';
import Opportunities from './Opportunities';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [ROSSI, PRESS, SAW, OLD, CONTACT, DEMO, QUOTE, PRICE] = [id(10), id(20), id(21), id(22), id(30), id(31), id(32), id(40)];
const stage = (n: string, code: string, state: 'open' | 'quoting', position: number) => ({ id: n, code, state, texts: { it: code, en: code }, probability: position, position });
const seed: Seed = {
  'crm.party': [{ id: ROSSI, name: 'Officine Rossi', state: 'customer' }],
  'crm.opportunity_stage': [stage(CONTACT, 'Contatto', 'open', 10), stage(DEMO, 'Dimostrazione', 'open', 20), stage(QUOTE, 'Preventivo', 'quoting', 30)],
  'crm.loss_reason': [
    { id: PRICE, code: 'PRICE', outcome: 'lost', texts: { it: 'Prezzo', en: 'Price' } },
    { id: id(41), code: 'STOPPED', outcome: 'dropped', texts: { it: 'Progetto fermo', en: 'Stopped' } },
  ],
  'crm.opportunity': [
    { id: PRESS, party_id: ROSSI, title: 'Pressa nuova', state: 'open', stage_id: CONTACT, value: '68500.50', currency: 'EUR', expected_close: '2026-12-20' },
    { id: SAW, party_id: ROSSI, title: 'Segatrice', state: 'quoting', stage_id: QUOTE, value: '31900', currency: 'EUR', expected_close: '2027-01-20' },
    { id: OLD, party_id: ROSSI, title: 'Calandra', state: 'lost', reason_id: PRICE, outcome_note: 'Troppo cara' },
  ],
  'offers.offer': [{ id: id(50), party_id: ROSSI, opportunity_id: PRESS, title: 'Offerta pressa', number: 'OFF-2026-00123', state: 'sent' }],
  'crm.activity': [{ id: id(60), party_id: ROSSI, subject_id: PRESS, subject_entity: 'crm.opportunity', subject: 'Sopralluogo', state: 'planned' }],
};
const press = <OpportunityScreen params={{ id: PRESS }} />;
const column = (name: string) => within(screen.getByRole('region', { name }));

beforeEach(() => {
  localStorage.clear();
  forgetLists();
  withSizes();
});

describe('opportunities', () => {
  it('stand in the list with stage and value, and a row opens its record', async () => {
    const { history } = await mount(<Opportunities />, { seed });
    const row = screen.getByText('Pressa nuova').closest('[role="row"]') as HTMLElement;
    for (const text of ['Officine Rossi', 'Contatto', 'Aperta', '68.500,50', '20/12/2026']) expect(row.textContent).toContain(text);
    expect(await violations()).toEqual([]);
    await userEvent.click(row);
    expect(history.at(-1)).toBe(`/opportunities/${PRESS}`);
  });

  it('stand on the board by stage, and are moved from card to card', async () => {
    const { engine, settled } = await mount(<Opportunities />, { seed, path: '/opportunities?as=board' });
    expect(column('Contatto').getByText('Pressa nuova')).toBeDefined();
    expect(column('Persa').getByText('Calandra')).toBeDefined();
    await userEvent.click(screen.getByRole('button', { name: 'Sposta Pressa nuova' }));
    expect(await violations()).toEqual([]);
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Preventivo' }));
    await waitFor(() => expect(engine.queue()[0]?.body).toMatchObject({ command: 'move', request: { stage_id: QUOTE } }));
    await settled();
    expect(column('Preventivo').getByText('Pressa nuova')).toBeDefined();
    // What is being quoted does not go back to being open.
    expect(screen.queryByRole('button', { name: 'Sposta Pressa nuova' })).toBeNull();
  });

  it('one is made for a customer, from its record', async () => {
    const { engine } = await mount(<Customer params={{ id: ROSSI }} />, { seed });
    await userEvent.click(screen.getByRole('tab', { name: /Opportunità/ }));
    expect(await screen.findByText('Pressa nuova')).toBeDefined();
    await userEvent.click(screen.getByRole('button', { name: 'Nuova opportunità' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByRole('textbox', { name: 'Titolo' }), 'Linea di taglio');
    await userEvent.type(dialog.getByRole('textbox', { name: 'Valore' }), '120.000');
    expect(await violations()).toEqual([]);
    await userEvent.click(dialog.getByRole('button', { name: 'Crea' }));
    await waitFor(() => expect(engine.queue()[0]?.body.fields).toMatchObject({ party_id: ROSSI, title: 'Linea di taglio', value: '120000' }));
  });

  it('none yet: one action', async () => {
    await mount(<Opportunities />, { seed: {}, language: 'en' });
    expect(screen.getByText('No opportunities yet')).toBeDefined();
    expect(await violations()).toEqual([]);
  });
});

describe('the record of an opportunity', () => {
  it('shows how it stands, its offers and activities', async () => {
    await mount(press, { seed });
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Pressa nuova');
    expect(screen.getByRole('link', { name: 'Offerta pressa' }).getAttribute('href')).toBe(`/offers/${id(50)}`);
    expect(screen.getByText('Sopralluogo')).toBeDefined();
    expect(screen.getByText('10 (della fase)')).toBeDefined();
    expect(await violations()).toEqual([]);
  });

  it('goes to another stage, and its value is written with an Italian comma', async () => {
    const { engine } = await mount(press, { seed });
    await userEvent.click(screen.getByRole('button', { name: /^Fase/ }));
    await userEvent.click(await screen.findByRole('option', { name: 'Dimostrazione' }));
    await waitFor(() => expect(engine.queue()[0]?.body).toMatchObject({ command: 'move', request: { stage_id: DEMO } }));
    await userEvent.click(screen.getByRole('button', { name: /^Valore/ }));
    await userEvent.clear(screen.getByRole('textbox', { name: 'Valore' }));
    await userEvent.keyboard('70.000,5{Enter}');
    await waitFor(() => expect(engine.queue()[1]?.body.fields).toEqual({ value: '70000.5' }));
  });

  it('is lost with reason and competitor, and opened again', async () => {
    const { engine } = await mount(press, { seed });
    await userEvent.click(screen.getByRole('button', { name: 'Persa' }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByRole('button', { name: 'Persa' })).toHaveProperty('disabled', true);
    await userEvent.click(dialog.getByRole('combobox', { name: 'Motivo' }));
    expect(screen.queryByRole('option', { name: 'Progetto fermo' })).toBeNull();
    await userEvent.click(await screen.findByRole('option', { name: 'Prezzo' }));
    await userEvent.type(dialog.getByRole('textbox', { name: 'Concorrente' }), 'Norlam');
    await userEvent.click(dialog.getByRole('button', { name: 'Persa' }));
    await waitFor(() => expect(engine.queue()[0]?.body).toMatchObject({ command: 'lose', request: { reason_id: PRICE, note: '', competitor: 'Norlam' } }));
    await userEvent.click(await screen.findByRole('button', { name: 'Riapri' }));
    await waitFor(() => expect(engine.queue()[1]?.body.command).toBe('reopen'));
    expect(await screen.findByRole('button', { name: 'Vinta' })).toBeDefined();
  });

  it('is won with one click', async () => {
    const { engine } = await mount(press, { seed });
    await userEvent.click(screen.getByRole('button', { name: 'Vinta' }));
    await waitFor(() => expect(engine.queue()[0]?.body.command).toBe('win'));
    expect(screen.queryByRole('button', { name: 'Persa' })).toBeNull();
  });
});
