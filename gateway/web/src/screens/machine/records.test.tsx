import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import type { Seed } from '../../replica/fixture';
import RequestScreen from '../request/Request';
import Machine from './Machine';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [PARTY, PRESS, SAW, REQUEST] = [id(10), id(20), id(21), id(30)];
const seed: Seed = {
  'crm.party': [{ id: PARTY, name: 'Officine Rossi' }],
  'aftersales.installed_product': [
    { id: PRESS, party_id: PARTY, description: 'Pressa PX-200', serial_number: '10233', model: 'PX-200', state: 'in_service', delivered_on: '2026-03-27', offer_number: 'OFF-2026-00123', offer_id: id(70) },
    { id: SAW, party_id: PARTY, description: 'Segatrice', delivered_on: '2020-01-01' },
  ],
  'aftersales.warranty': [
    { id: id(40), installed_product_id: PRESS, name: 'Garanzia di legge', starts_on: '2026-03-27', ends_on: '2999-03-27' },
    { id: id(41), installed_product_id: PRESS, name: 'Garanzia breve', starts_on: '2020-01-01', ends_on: '2021-01-01' },
  ],
  'aftersales.component': [
    { id: id(50), installed_product_id: PRESS, party_id: PARTY, description: 'Controllo numerico', quantity: '1', unit: 'pz' },
    { id: id(51), installed_product_id: PRESS, party_id: PARTY, description: 'Pompa vecchia', removed_on: '2026-05-01' },
  ],
  'aftersales.request': [
    { id: REQUEST, party_id: PARTY, installed_product_id: PRESS, number: 'RA-2026-0042', title: 'Perdita d’olio', description: 'Dal cilindro destro', state: 'in_progress', priority: 'high', reported_at: '2026-03-28T09:00:00Z', response_due_at: '2026-03-28T12:00:00Z', responded_at: '2026-03-28T10:00:00Z', resolution_due_at: '2026-03-30T12:00:00Z' },
  ],
  'aftersales.task': [{ id: id(60), request_id: REQUEST, title: 'Cambiare la guarnizione', state: 'open', position: 1 }],
  'aftersales.field_definition': [
    { id: id(80), entity: 'aftersales.installed_product', key: 'foro', kind: 'number', labels: { it: 'Foro', en: 'Bore' } },
    { id: id(81), entity: 'aftersales.request', key: 'urgente', kind: 'boolean', labels: { it: 'Fermo macchina' } },
  ],
  'crm.activity': [{ id: id(90), party_id: PARTY, subject_entity: 'aftersales.request', subject_id: REQUEST, subject: 'Richiamare il capofficina', state: 'planned', kind: 'call' }],
  'crm.timeline_entry': [{ id: id(91), subject_entity: 'aftersales.request', subject_id: REQUEST, root_id: PARTY, what: 'request_opened', title: 'RA-2026-0042', happened_at: '2026-03-28T09:00:00Z' }],
};
const press = <Machine params={{ id: PRESS }} />;
const request = <RequestScreen params={{ id: REQUEST }} />;
const region = (name: string) => within(screen.getByRole('region', { name }));

describe('the record of a machine', () => {
  it('shows what it is, its warranties, its requests and the parts that are in it', async () => {
    await mount(press, { seed });
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Pressa PX-200');
    expect(screen.getByRole('link', { name: 'Officine Rossi' }).getAttribute('href')).toBe(`/customers/${PARTY}`);
    expect(region('Garanzie').getByText('fino al 27/03/2999')).toBeDefined();
    expect(region('Garanzie').getByText('scaduta il 01/01/2021')).toBeDefined();
    expect(region('Richieste di assistenza').getByRole('link').getAttribute('href')).toBe(`/requests/${REQUEST}`);
    expect(region('Componenti').queryByText('Pompa vecchia')).toBeNull();
    expect(screen.getByRole('link', { name: 'OFF-2026-00123' })).toBeDefined();
    expect(await violations()).toEqual([]);
  });

  it('takes what administrators ask of it, and where it stands', async () => {
    const { engine } = await mount(press, { seed });
    await userEvent.click(screen.getByRole('button', { name: /^Foro/ }));
    await userEvent.keyboard('63,5{Enter}');
    await waitFor(() => expect(engine.queue()[0]?.body).toMatchObject({ entity: 'aftersales.installed_product', fields: { custom: { foro: '63.5' } } }));
    await userEvent.click(screen.getByRole('button', { name: /^Ubicazione/ }));
    await userEvent.keyboard('Reparto 2{Enter}');
    await waitFor(() => expect(engine.queue()[1]?.body.fields).toEqual({ location: 'Reparto 2' }));
  });

  it('goes to the next one by a key, and back to the list by Esc', async () => {
    const { history, settled } = await mount(press, { seed });
    await settled();
    await userEvent.keyboard('j');
    expect(history.at(-1)).toBe(`/installed/${SAW}`);
    await userEvent.keyboard('{Escape}');
    expect(history.at(-1)).toBe('/installed');
  });
});

describe('the record of a service request', () => {
  it('shows what is wrong, its deadlines kept and broken, tasks, activities and what happened', async () => {
    await mount(request, { seed });
    expect(region('Richiesta').getByText('Dal cilindro destro')).toBeDefined();
    const deadlines = screen.getByRole('region', { name: 'Scadenze' }).textContent;
    expect(deadlines).toContain('fatta 28/03/2026');
    expect(deadlines).toContain('in ritardo: era per 30/03/2026');
    expect(region('Interventi').getByText('Cambiare la guarnizione')).toBeDefined();
    expect(region('Attività').getByText('Richiamare il capofficina')).toBeDefined();
    expect(region('Cronologia').getByText('Richiesta di assistenza aperta')).toBeDefined();
    expect(screen.getByRole('link', { name: 'Pressa PX-200 · 10233' }).getAttribute('href')).toBe(`/installed/${PRESS}`);
    expect(region('Altri dati').getByText('Fermo macchina')).toBeDefined();
    expect(await violations()).toEqual([]);
  });

  it('of nothing yet says so, in English too', async () => {
    const bare = { 'aftersales.request': [{ id: REQUEST, title: 'Noise', state: 'new' as const }] };
    await mount(request, { seed: bare, language: 'en' });
    for (const text of ['No description.', 'No tasks.', 'No activities about this request.']) expect(screen.getByText(text)).toBeDefined();
    expect(await violations()).toEqual([]);
  });

  it('that is not here says so, and leads back', async () => {
    await mount(request, { seed: {} });
    expect(screen.getByText('Questa scheda non è su questo dispositivo')).toBeDefined();
    expect(await violations()).toEqual([]);
  });
});
