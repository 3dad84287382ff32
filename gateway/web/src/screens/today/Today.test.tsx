import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import { put, USER_ID, type Seed } from '../../replica/fixture';
import { dayOf } from '../../ui/day';
import { forgetReminding } from './due';
import { Bell } from '../../shell/Bell';
import { Reminders } from './Reminders';
import Today from './Today';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
const ROSSI = id(10);
const seed: Seed = {
  'crm.party': [{ id: ROSSI, name: 'Officine Rossi' }],
  'crm.activity': [
    { id: id(20), party_id: ROSSI, kind: 'call', subject: 'Richiamare', state: 'planned', due_at: inDays(-2).toISOString(), owner_id: USER_ID },
    { id: id(21), party_id: ROSSI, kind: 'visit', subject: 'Di un collega', state: 'planned', due_at: inDays(-2).toISOString(), owner_id: id(2) },
    { id: id(22), party_id: ROSSI, kind: 'visit', subject: 'Lontana', state: 'planned', due_at: inDays(40).toISOString(), owner_id: USER_ID },
  ],
  'crm.timeline_entry': [
    { id: id(30), party_id: ROSSI, root_id: ROSSI, what: 'order_registered', title: 'ORD-55012', happened_at: inDays(-1).toISOString() },
  ],
  'offers.offer': [
    { id: id(40), party_id: ROSSI, number: 'OFF-2026-00123', title: 'Pressa', state: 'sent' },
    { id: id(41), party_id: ROSSI, number: 'OFF-2026-00124', title: 'Già persa', state: 'lost' },
  ],
  'offers.revision': [
    { id: id(50), offer_id: id(40), state: 'sent', valid_until: dayOf(inDays(3)), taxable: '98000.00', currency: 'EUR' },
    { id: id(51), offer_id: id(41), state: 'sent', valid_until: dayOf(inDays(3)), taxable: '1.00', currency: 'EUR' },
  ],
  'aftersales.request': [
    { id: id(60), party_id: ROSSI, number: 'RA-2026-0042', title: 'Perdita d’olio', state: 'in_progress', priority: 'critical', response_due_at: inDays(-3).toISOString(), responded_at: inDays(-4).toISOString(), resolution_due_at: inDays(-1).toISOString() },
    { id: id(61), party_id: ROSSI, number: 'RA-2026-0043', title: 'Chiusa', state: 'closed', resolution_due_at: inDays(-1).toISOString() },
  ],
};
const reminder = { id: id(70), text: 'Auguri a Rossi', due_at: inDays(-1).toISOString(), owner_id: USER_ID };
const part = (name: string) => within(screen.getByRole('region', { name }));

beforeEach(() => {
  sessionStorage.clear();
  forgetReminding();
});

describe('today', () => {
  it('shows my activities that are late or near, not those of others nor later ones', async () => {
    await mount(<Today />, { seed });
    expect(part('Da fare').getByText('Richiamare')).toBeDefined();
    expect(part('Da fare').getByText(/^in ritardo/)).toBeDefined();
    expect(screen.queryByText('Di un collega')).toBeNull();
    expect(screen.queryByText('Lontana')).toBeNull();
  });

  it('shows what happened in the portfolio, offers about to expire, requests out of time', async () => {
    await mount(<Today />, { seed });
    expect(part('Ultime dal portafoglio').getByText('Ordine registrato')).toBeDefined();
    expect(part('Offerte in scadenza').getByText('Pressa').getAttribute('href')).toBe(`/offers/${id(40)}`);
    expect(part('Offerte in scadenza').queryByText('Già persa')).toBeNull();
    expect(part('Offerte in scadenza').getByText(/98\.000,00/)).toBeDefined();
    expect(part('Richieste di assistenza').getByText(/^fuori tempo/)).toBeDefined();
    expect(screen.queryByText('Chiusa')).toBeNull();
  });

  it('says in each part that there is nothing', async () => {
    await mount(<Today />, { language: 'en' });
    expect(screen.getByText('Nothing overdue, nothing for the next days.')).toBeDefined();
    expect(screen.getByText('No offer expires in the next 14 days.')).toBeDefined();
    expect(screen.getByText('No service request is due.')).toBeDefined();
  });

  it('is accessible, full and empty', async () => {
    const { unmount } = await mount(<Today />, { seed });
    expect(await violations()).toEqual([]);
    unmount();
    await mount(<Today />);
    expect(await violations()).toEqual([]);
  });
});

describe('the popup at opening', () => {
  it('shows what is due once, and postpones all of it in one change', async () => {
    const { engine, settled, unmount } = await mount(<Reminders />, { seed: { ...seed, 'crm.reminder': [reminder] } });
    const popup = within(await screen.findByRole('dialog'));
    expect(popup.getByText('2 cose da guardare adesso')).toBeDefined();
    expect(await violations()).toEqual([]);
    await userEvent.click(popup.getByRole('button', { name: 'Rimanda tutto a domani' }));
    await screen.findByText('2 cose rimandate a domani');
    expect(engine.queue().map((item) => item.body.command ?? Object.keys(item.body.fields ?? {}))).toEqual(['snooze', ['due_at']]);
    unmount();
    const again = await mount(<Reminders />, { seed });
    await again.settled();
    await settled();
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('takes what was seen, until then, out of the popup', async () => {
    const { engine } = await mount(<Reminders />, { seed: { 'crm.reminder': [reminder] }, language: 'en' });
    await userEvent.click(await screen.findByRole('button', { name: 'Seen: Auguri a Rossi' }));
    await screen.findByText('Seen: Auguri a Rossi');
    expect(engine.queue()[0]?.body).toMatchObject({ command: 'dismiss', request: { due_at: reminder.due_at } });
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('stays away while nothing is due', async () => {
    await mount(<Reminders />, { seed: { 'crm.party': seed['crm.party'] ?? [] } });
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('tells what is of today from what was missed, and takes all reminders as seen in one change', async () => {
    const today = { id: id(71), text: 'Di oggi', due_at: new Date().toISOString(), owner_id: USER_ID };
    const { engine } = await mount(<Reminders />, { seed: { 'crm.reminder': [reminder, today] } });
    expect(part('Adesso').getByText('Di oggi')).toBeDefined();
    expect(part('Nei giorni scorsi').getByText('Auguri a Rossi')).toBeDefined();
    await userEvent.click(screen.getByRole('button', { name: 'Visti tutti' }));
    await screen.findByText('2 promemoria visti');
    expect(engine.queue().map((item) => item.body.command)).toEqual(['dismiss', 'dismiss']);
    expect(new Set(engine.queue().map((item) => item.group)).size).toBe(1);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('opens again when something becomes due, and closes when another device has answered', async () => {
    const later = new Date(Date.now() + 60_000).toISOString();
    const seeds = { 'crm.reminder': [{ id: id(72), text: 'Tra poco', next_at: later, owner_id: USER_ID }] };
    const { engine, store, settled } = await mount(<Reminders />, { seed: seeds });
    expect(screen.queryByRole('dialog')).toBeNull();
    const arrives = async (values: Seed['crm.reminder']) => {
      await put(store, { 'crm.reminder': values ?? [] });
      await engine.rowsChanged([`crm.reminder/${id(72)}`]);
      await settled();
    };
    await arrives([{ id: id(72), version: 2, text: 'Tra poco', due_at: inDays(-1).toISOString(), owner_id: USER_ID }]);
    expect(within(screen.getByRole('dialog')).getByText('Tra poco')).toBeDefined();
    await arrives([{ id: id(72), version: 3, text: 'Tra poco', acknowledged_at: new Date().toISOString(), owner_id: USER_ID }]);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('waits until nobody is typing', async () => {
    const { engine, store, settled } = await mount(<><input aria-label="Note" /><Reminders /></>);
    await userEvent.click(screen.getByRole('textbox', { name: 'Note' }));
    await put(store, { 'crm.reminder': [reminder] });
    await engine.rowsChanged([`crm.reminder/${reminder.id}`]);
    await settled();
    expect(screen.queryByRole('dialog')).toBeNull();
    await userEvent.tab();
    expect(within(await screen.findByRole('dialog')).getByText('Auguri a Rossi')).toBeDefined();
  });
});

describe('the bell', () => {
  it('counts what waits, and opens the popup on any screen', async () => {
    sessionStorage.setItem('project-sales-reminded', 'yes');
    await mount(<><Bell /><Reminders /></>, { seed: { ...seed, 'crm.reminder': [reminder] }, path: `/offers/${id(40)}` });
    expect(screen.queryByRole('dialog')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: '2 promemoria da guardare' }));
    expect(within(screen.getByRole('dialog')).getByText('Auguri a Rossi')).toBeDefined();
  });

  it('is quiet while nothing is due', async () => {
    await mount(<Bell />);
    expect(screen.getByRole('button', { name: 'Nessun promemoria' })).toHaveProperty('disabled', true);
  });
});
