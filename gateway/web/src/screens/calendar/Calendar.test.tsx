import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import { USER_ID, type Seed } from '../../replica/fixture';
import { QuickAdd } from '../quick-add/QuickAdd';
import Calendar from './Calendar';
import { daysOf, step } from './span';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const ROSSI = id(10);
const COLLEAGUE = id(2);
// The zone of the machine, whatever it is: times are told as it shows them.
const local = (day: string, time: string) => new Date(`${day}T${time}`).toISOString().replace('.000Z', 'Z');
const seed: Seed = {
  'crm.party': [{ id: ROSSI, name: 'Officine Rossi' }],
  'identity.user': [{ id: COLLEAGUE, display_name: 'Marco Sud' }],
  'crm.activity': [
    { id: id(20), party_id: ROSSI, kind: 'visit', subject: 'Sopralluogo', state: 'planned', owner_id: USER_ID, starts_at: local('2026-03-24', '10:00'), ends_at: local('2026-03-24', '11:30') },
    { id: id(21), kind: 'meeting', subject: 'Riunione', state: 'planned', owner_id: USER_ID, starts_at: local('2026-03-23', '09:00'), ends_at: local('2026-03-23', '10:00'), recurrence: 'FREQ=WEEKLY;BYDAY=MO', time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone },
    { id: id(22), kind: 'call', subject: 'Annullata', state: 'cancelled', owner_id: USER_ID, starts_at: local('2026-03-24', '12:00') },
    { id: id(23), kind: 'call', subject: 'Del collega', state: 'planned', owner_id: COLLEAGUE, starts_at: local('2026-03-25', '09:00'), ends_at: local('2026-03-25', '09:30') },
  ],
  'crm.appointment': [{ id: id(30), subject: 'Ferie', owner_id: USER_ID, starts_on: '2026-03-26', ends_on: '2026-03-27' }],
};
const WEEK = { seed, path: '/calendar?view=week&on=2026-03-24' };
const on = (name: string) => within(screen.getByRole('region', { name }));

const visit = () => screen.getByRole('button', { name: /Sopralluogo/ });

describe('the calendar', () => {
  it('shows a week: what has times, whole days, occurrences; not what was cancelled nor what is of others', async () => {
    await mount(<Calendar />, WEEK);
    expect(on('martedì 24 marzo').getByRole('button', { name: /Sopralluogo.*10:00 – 11:30 · Officine Rossi.*Visita/ })).toBeDefined();
    expect(on('lunedì 23 marzo').getByRole('button', { name: /Riunione.*09:00 – 10:00.*si ripete/ })).toBeDefined();
    for (const day of ['giovedì 26 marzo', 'venerdì 27 marzo']) expect(on(`Tutto il giorno, ${day}`).getByText('Ferie')).toBeDefined();
    expect(screen.queryByText('Annullata')).toBeNull();
    expect(screen.queryByText('Del collega')).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it('shows colleagues beside, with their initials, and lets nobody move what is theirs', async () => {
    const { engine } = await mount(<Calendar />, { ...WEEK, path: `${WEEK.path}&with=${COLLEAGUE}` });
    const theirs = screen.getByRole('button', { name: /MS.*Del collega/ });
    fireEvent.keyDown(theirs, { key: 'ArrowDown', shiftKey: true });
    await userEvent.click(theirs);
    expect(within(screen.getByRole('dialog')).getByText('Di Marco Sud')).toBeDefined();
    expect(screen.queryByRole('button', { name: 'Sposta' })).toBeNull();
    expect(engine.queue()).toEqual([]);
    expect(screen.getByText(/solo con la rete/)).toBeDefined();
  });

  it('moves an entry by a key, the end with it', async () => {
    const { engine } = await mount(<Calendar />, WEEK);
    fireEvent.keyDown(screen.getByRole('button', { name: /Sopralluogo/ }), { key: 'ArrowRight', shiftKey: true });
    await screen.findByText('Spostato: Sopralluogo');
    expect(engine.queue()[0]?.body.fields).toEqual({ starts_at: local('2026-03-25', '10:00'), ends_at: local('2026-03-25', '11:30') });
    expect(on('mercoledì 25 marzo').getByText('Sopralluogo')).toBeDefined();
  });

  it('moves whole days by days', async () => {
    const { engine } = await mount(<Calendar />, WEEK);
    fireEvent.keyDown(screen.getAllByRole('button', { name: /Ferie/ })[0] as HTMLElement, { key: 'ArrowLeft', shiftKey: true });
    await screen.findByText('Spostato: Ferie');
    expect(engine.queue()[0]?.body.fields).toEqual({ starts_on: '2026-03-25', ends_on: '2026-03-26' });
  });

  it('moves one of a series by making it a record of its own, in one transaction', async () => {
    const { engine } = await mount(<Calendar />, WEEK);
    fireEvent.keyDown(screen.getByRole('button', { name: /Riunione/ }), { key: 'ArrowRight', shiftKey: true });
    expect(screen.getByRole('button', { name: 'Tutta la serie' })).toHaveProperty('disabled', true);
    await userEvent.click(await screen.findByRole('button', { name: 'Solo questo' }));
    await screen.findByText('Spostato: Riunione');
    const [detach, edit] = engine.queue();
    const name = local('2026-03-23', '09:00');
    expect(detach?.body).toMatchObject({ command: 'detach', record_id: id(21), request: { recurrence_id: name } });
    expect(edit?.body).toMatchObject({ op: 'update', group: detach?.body.group, base: { starts_at: name }, fields: { starts_at: local('2026-03-24', '09:00') } });
    expect(on('martedì 24 marzo').getByText('Riunione')).toBeDefined();
    expect(on('lunedì 23 marzo').queryByText('Riunione')).toBeNull();
  });

  it('moves an occurrence and those after it, by cutting the series in two', async () => {
    const override = { id: id(24), kind: 'meeting' as const, subject: 'Riunione spostata', state: 'planned' as const, owner_id: USER_ID, series_id: id(21), recurrence_id: local('2026-04-06', '09:00'), starts_at: local('2026-04-07', '09:00'), ends_at: local('2026-04-07', '10:00') };
    const { engine, settled } = await mount(<Calendar />, { seed: { ...seed, 'crm.activity': [...(seed['crm.activity'] ?? []), override] }, path: '/calendar?view=month&on=2026-04-06' });
    const cut = () => on('lunedì 30 marzo').getByRole('button', { name: /Riunione/ });
    fireEvent.keyDown(cut(), { key: 'ArrowDown', shiftKey: true });
    expect(await violations()).toEqual([]);
    await userEvent.click(await screen.findByRole('button', { name: 'Questo e i seguenti' }));
    await waitFor(() => expect(engine.queue()).toHaveLength(2));
    const [split, edit] = engine.queue();
    expect(split?.body).toMatchObject({ command: 'split', record_id: id(21), request: { recurrence_id: local('2026-03-30', '09:00') } });
    expect(edit?.body).toMatchObject({ op: 'update', group: split?.body.group, fields: { starts_at: local('2026-03-30', '09:15'), ends_at: local('2026-03-30', '10:15') } });
    expect(split?.body.request).toMatchObject({ new_id: edit?.record_id });
    await settled();
    expect(cut().textContent).toContain('09:15');
    expect(on('lunedì 13 aprile').getByRole('button', { name: /Riunione/ }).textContent).toContain('09:15');
    expect(on('lunedì 6 aprile').queryByText('Riunione'), 'that one had moved to another day before').toBeNull();
    await userEvent.keyboard('k');
    expect(on('lunedì 23 marzo').getByRole('button', { name: /Riunione/ }).textContent).toContain('09:00');
  });

  it('ends a series before one of it; the first has nothing before it', async () => {
    const { engine } = await mount(<Calendar />, { seed, path: '/calendar?view=month&on=2026-03-24' });
    const open = async (day: string) => userEvent.click(on(day).getByRole('button', { name: /Riunione/ }));
    await open('lunedì 23 marzo');
    expect(screen.queryByRole('button', { name: 'Finisci la serie prima di questo' })).toBeNull();
    await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Chiudi' }));
    await open('lunedì 30 marzo');
    await userEvent.click(screen.getByRole('button', { name: 'Finisci la serie prima di questo' }));
    await screen.findByText('La serie finisce prima: Riunione');
    expect(engine.queue().map((item) => item.body.fields)).toEqual([{ recurrence: `FREQ=WEEKLY;BYDAY=MO;UNTIL=${local('2026-03-23', '09:00').replace(/[-:]/g, '')}` }]);
    expect(on('lunedì 23 marzo').getByText('Riunione')).toBeDefined();
    await waitFor(() => expect(on('lunedì 30 marzo').queryByText('Riunione')).toBeNull());
  });

  it('makes an entry longer or shorter by keys, not shorter than a quarter of an hour', async () => {
    const { engine, settled } = await mount(<Calendar />, WEEK);
    fireEvent.keyDown(visit(), { key: 'ArrowUp', shiftKey: true, ctrlKey: true });
    await settled();
    expect(visit().textContent).toContain('10:00 – 11:15');
    fireEvent.keyDown(visit(), { key: 'ArrowRight', shiftKey: true, ctrlKey: true });
    fireEvent.keyDown(screen.getAllByRole('button', { name: /Ferie/ })[0] as HTMLElement, { key: 'ArrowRight', shiftKey: true, ctrlKey: true });
    await screen.findByText('Durata cambiata: Ferie');
    expect(engine.queue().map((item) => item.body.fields)).toEqual([
      { ends_at: local('2026-03-24', '11:15') },
      { ends_on: '2026-03-28' },
    ]);
    for (let presses = 0; presses < 8; presses += 1) {
      fireEvent.keyDown(visit(), { key: 'ArrowUp', shiftKey: true, ctrlKey: true });
      await settled();
    }
    expect(visit().textContent).toContain('10:15');
    expect(engine.queue().at(-1)?.body.fields).toMatchObject({ ends_at: local('2026-03-24', '10:15') });
  });

  it('ends when its lower edge is dropped; what was only pulled at is not opened', async () => {
    const { engine } = await mount(<Calendar />, WEEK);
    const day = screen.getByRole('region', { name: 'martedì 24 marzo' });
    day.getBoundingClientRect = () => ({ top: 0, height: 1440 }) as DOMRect;
    document.elementsFromPoint = () => [day];
    const pulled = visit();
    pulled.getBoundingClientRect = () => ({ top: 600, bottom: 690 }) as DOMRect;
    const edge = pulled.querySelector('[data-edge]') as HTMLElement;
    fireEvent.pointerDown(edge, { button: 0, clientX: 10, clientY: 688 });
    fireEvent.pointerMove(document, { clientX: 10, clientY: 778 });
    expect(day.textContent).toContain('13:00 Sopralluogo');
    fireEvent.pointerUp(document, { clientX: 10, clientY: 778 });
    fireEvent.click(pulled);
    await screen.findByText('Durata cambiata: Sopralluogo');
    expect(engine.queue()[0]?.body.fields).toEqual({ ends_at: local('2026-03-24', '13:00') });
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('moves a series to another time, whatever the clocks do', async () => {
    const { engine } = await mount(<Calendar />, { ...WEEK, path: '/calendar?view=week&on=2026-03-30' });
    fireEvent.keyDown(screen.getByRole('button', { name: /Riunione/ }), { key: 'ArrowDown', shiftKey: true });
    await userEvent.click(await screen.findByRole('button', { name: 'Tutta la serie' }));
    await waitFor(() => expect(engine.queue()).toHaveLength(1));
    expect(engine.queue()[0]?.body.fields).toEqual({ starts_at: local('2026-03-23', '09:15'), ends_at: local('2026-03-23', '10:15') });
  });

  it('leaves out one of a series', async () => {
    const { engine } = await mount(<Calendar />, WEEK);
    await userEvent.click(screen.getByRole('button', { name: /Riunione/ }));
    await userEvent.click(screen.getByRole('button', { name: 'Salta solo questo' }));
    await screen.findByText('Saltato: Riunione');
    expect(engine.queue()[0]?.body.fields).toEqual({ excluded: { add: [local('2026-03-23', '09:00')], remove: [] } });
    expect(screen.queryByRole('button', { name: /Riunione/ })).toBeNull();
  });

  it('adds by a click on an hour, with that hour; what repeats begins on a day of its rule', async () => {
    const { engine } = await mount(<><Calendar /><QuickAdd /></>, WEEK);
    const column = on('sabato 28 marzo').getByRole('button', { name: /Nuovo impegno/ });
    column.getBoundingClientRect = () => ({ top: 0, height: 1440 }) as DOMRect;
    fireEvent.click(column, { clientY: 14 * 60 + 10 });
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByLabelText(/Oggetto/), 'Dal notaio');
    await userEvent.click(dialog.getByRole('combobox', { name: 'Tipo' }));
    await userEvent.click(await screen.findByRole('option', { name: 'Impegno personale' }));
    await userEvent.click(dialog.getByRole('combobox', { name: 'Si ripete' }));
    await userEvent.click(await screen.findByRole('option', { name: 'Da lunedì a venerdì' }));
    expect(dialog.getByRole('button', { name: 'Salva' })).toHaveProperty('disabled', true);
    fireEvent.change(dialog.getByLabelText(/Giorno/), { target: { value: '2026-03-27' } });
    await userEvent.click(dialog.getByRole('button', { name: 'Salva' }));
    await screen.findByText('In agenda: Dal notaio');
    expect(engine.queue()[0]?.body).toMatchObject({
      entity: 'crm.appointment',
      fields: { subject: 'Dal notaio', starts_at: local('2026-03-27', '14:00'), ends_at: local('2026-03-27', '15:00'), recurrence: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR' },
    });
    expect(on('venerdì 27 marzo').getByText('Dal notaio')).toBeDefined();
  });

  it('adds by drawing over empty hours, from when to when; what was given up adds nothing', async () => {
    await mount(<><Calendar /><QuickAdd /></>, WEEK);
    const column = on('sabato 28 marzo').getByRole('button', { name: /Nuovo impegno/ });
    column.getBoundingClientRect = () => ({ top: 0, height: 1440 }) as DOMRect;
    column.setPointerCapture = () => {};
    const draw = (from: number, to: number) => {
      fireEvent.pointerDown(column, { button: 0, clientY: from });
      fireEvent.pointerMove(column, { clientY: to });
    };
    draw(600, 660);
    fireEvent.keyDown(column, { key: 'Escape' });
    fireEvent.pointerUp(column, { clientY: 660 });
    fireEvent.click(column, { clientY: 660 });
    expect(screen.queryByRole('dialog')).toBeNull();
    // Upwards too.
    draw(14 * 60 + 40, 13 * 60 + 5);
    expect(on('sabato 28 marzo').getByText('13:00 – 14:45')).toBeDefined();
    fireEvent.pointerUp(column, { clientY: 13 * 60 + 5 });
    fireEvent.click(column, { clientY: 13 * 60 + 5 });
    const dialog = within(await screen.findByRole('dialog'));
    expect(['Giorno', 'Dalle', 'Alle'].map((name) => dialog.getByLabelText<HTMLInputElement>(new RegExp(`^${name}`)).value)).toEqual(['28/03/2026', '13:00', '14:45']);
  });

  it('goes by keys: month, next, today', async () => {
    const { history } = await mount(<Calendar />, { ...WEEK, language: 'en' });
    await userEvent.keyboard('3');
    expect(screen.getByText('March 2026')).toBeDefined();
    expect(on('Monday 30 March').getByText('Riunione')).toBeDefined();
    expect(await violations()).toEqual([]);
    await userEvent.keyboard('j');
    expect(screen.getByText('April 2026')).toBeDefined();
    await userEvent.keyboard('1');
    expect(history.at(-1)).toBe('/calendar?view=day&on=2026-04-01');
  });
});

describe('days on view', () => {
  it('are whole weeks from Monday, and the weeks that a month touches', () => {
    expect(daysOf('week', '2026-03-29')).toEqual(['2026-03-23', '2026-03-24', '2026-03-25', '2026-03-26', '2026-03-27', '2026-03-28', '2026-03-29']);
    const march = daysOf('month', '2026-03-15');
    expect([march[0], march.at(-1), march.length]).toEqual(['2026-02-23', '2026-04-05', 42]);
    expect(daysOf('month', '2027-02-01')).toHaveLength(28);
    expect(step('month', '2026-01-31', 1)).toBe('2026-02-01');
  });
});
