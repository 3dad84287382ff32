import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import { ReplicaError } from '../../replica';
import { USER_ID, type Ask } from '../../replica/fixture';
import { definitionOf, EMPTY } from './building';
import Dashboards from './Dashboards';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const tile = (n: number, service: string, x: number) => ({ service, report_id: id(n), x, y: 0, w: 6, h: 4, chart: 'unspecified' as const });
const seed = {
  'crm.dashboard': [
    { id: id(1), names: { it: 'Trattative', en: 'Pipeline' }, descriptions: { it: 'Che cosa è aperto.' }, position: 20, tiles: [tile(10, 'crm', 6), tile(11, 'offers', 0)], filters: [{ field: 'owner_id', labels: { it: 'Venditore' }, value: '' }] },
  ],
  'offers.dashboard': [{ id: id(2), names: { it: 'Offerte' }, position: 30, tiles: [] }],
};
const figures = (title: string) => ({
  title,
  description: 'Valore senza IVA.',
  definition: { source: 'crm.opportunity' },
  columns: [
    { name: 'group_1', role: 'group', kind: 'enum', labels: { it: 'Stato' }, field: 'state' },
    { name: 'currency', role: 'currency', kind: 'text', labels: { it: 'Valuta' }, field: 'currency' },
    { name: 'measure_1', role: 'measure', kind: 'money', labels: { it: 'Valore' }, field: 'value' },
  ],
  rows: [
    { values: ['quoting', 'EUR', '1234.50'], labels: ['In offerta', '', ''] },
    { values: ['', 'EUR', '600'], labels: ['', '', ''] },
  ],
  totals: [{ values: ['', 'EUR', '1834.50'], labels: ['', '', ''] }],
  truncated: false,
  chart: '',
  ignored: title === 'Per fase' ? [] : ['owner_id'],
});
const server = vi.fn<Ask>((_, path, body) => {
  if (path.endsWith(':rows')) return Promise.resolve({ records: [{ id: id(30), title: 'Pressa 90 t', party_id: id(40) }], next_page_token: '' });
  if (path.includes(id(11)) && body !== undefined) return Promise.reject(new ReplicaError('refused', 'NOT_GRANTED', 'Non si dispone del permesso.'));
  return Promise.resolve(figures('Per fase'));
});

describe('a dashboard', () => {
  it('shows each report in its order, as a table with words, amounts and totals', async () => {
    await mount(<Dashboards />, { seed, ask: server });
    const table = await screen.findByRole('table');
    expect(screen.getAllByRole('region').map((each) => each.getAttribute('aria-label'))).toContain('Per fase');
    expect(within(table).getByText('In offerta')).toBeDefined();
    expect(within(table).getByText(/1\.234,50/)).toBeDefined();
    expect(within(table).getByText(/1\.834,50/)).toBeDefined();
    expect(within(table).queryByText('EUR'), 'one currency needs no column').toBeNull();
    expect(screen.getByText('Non si dispone del permesso.')).toBeDefined();
    expect(await violations()).toEqual([]);
  });

  it('opens the records behind a figure', async () => {
    await mount(<Dashboards />, { seed, ask: server });
    await userEvent.click(await screen.findByRole('button', { name: 'Apri i dati: In offerta' }));
    const link = await screen.findByRole('link', { name: 'Pressa 90 t' });
    expect(link.getAttribute('href')).toContain(`/customers/${id(40)}`);
    expect(server).toHaveBeenCalledWith('POST', `/v1/crm/reports/${id(10)}:rows`, expect.objectContaining({ key: { group_1: 'quoting', currency: 'EUR' } }));
  });

  it('gives figures as a file of the kind that is asked for, and the dashboard as PDF', async () => {
    const file = { name: 'Per fase.xlsx', type: 'application/octet-stream', content: new ArrayBuffer(4) };
    const ask = vi.fn<Ask>((method, path, body) => (/:(export|print)$/.test(path) ? Promise.resolve(file) : server(method, path, body)));
    await mount(<Dashboards />, { seed, ask });
    await userEvent.click(await screen.findByRole('button', { name: 'Esporta: Per fase' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Excel (XLSX)' }));
    expect(await screen.findByText('Scaricato: Per fase.xlsx')).toBeDefined();
    expect(ask).toHaveBeenCalledWith('POST', `/v1/crm/reports/${id(10)}:export`, { applied: [], format: 'xlsx' });
    await userEvent.click(screen.getByRole('button', { name: 'Stampa in PDF' }));
    await waitFor(() => expect(ask).toHaveBeenCalledWith('POST', `/v1/crm/dashboards/${id(1)}:print`, {}));
  });

  it('asks all its tiles for what is filtered', async () => {
    await mount(<Dashboards />, { seed, ask: server });
    await userEvent.selectOptions(await screen.findByLabelText('Venditore'), 'me');
    await waitFor(() =>
      expect(server).toHaveBeenCalledWith('POST', `/v1/crm/reports/${id(10)}:run`, { applied: [{ field: 'owner_id', value: 'me' }] }),
    );
  });

  it('says that it needs a network, and is there without one', async () => {
    await mount(<Dashboards params={{ id: id(1) }} />, { seed, ask: () => Promise.reject(new ReplicaError('server_away', 'SERVER_AWAY')) });
    expect(await screen.findByRole('heading', { name: 'Trattative' })).toBeDefined();
    expect((await screen.findAllByRole('button', { name: 'Ricarica' })).length).toBe(2);
  });
});

const part = (name: string) => within(screen.getByRole('group', { name }));

describe('a report that somebody builds', () => {
  const source = {
    entity: 'crm.opportunity',
    labels: { it: 'Opportunità' },
    fields: [
      { name: 'state', kind: 'enum', labels: { it: 'Stato' }, choices: ['quoting', 'open'] },
      { name: 'value', kind: 'money', labels: { it: 'Valore' } },
      { name: 'expected_close', kind: 'date', labels: { it: 'Chiusura' } },
      { name: 'party_id', kind: 'id', labels: { it: 'Cliente' }, references: 'crm.party' },
      { name: 'owner_id', kind: 'id', labels: { it: 'Venditore' }, references: 'identity.user' },
    ],
  };
  const ask = vi.fn<Ask>((_, path) => {
    if (path === '/v1/crm/reports:sources') return Promise.resolve({ sources: [source] });
    if (path.endsWith(':sources')) return Promise.reject(new ReplicaError('refused', 'FORBIDDEN'));
    if (path === '/v1/crm/reports') return Promise.resolve({ id: id(50) });
    if (path.endsWith(':rows')) return Promise.resolve({ records: [], next_page_token: '' });
    return Promise.resolve(figures(''));
  });

  it('is seen while it is built, and kept for those who are to see it', async () => {
    const { history } = await mount(<Dashboards params={{ id: 'new' }} />, { seed: { ...seed, 'identity.user': [{ id: USER_ID, user_name: 'sales.north', role_ids: [id(90)] }] }, ask });
    await screen.findByRole('option', { name: 'Opportunità' });
    await userEvent.selectOptions(screen.getByLabelText('Che cosa si conta'), 'crm.opportunity');
    await userEvent.click(screen.getByRole('button', { name: 'Aggiungi un filtro' }));
    await userEvent.selectOptions(part('Filtri').getByLabelText('Campo'), 'state');
    expect(part('Filtri').getByRole('option', { name: 'In offerta' }), 'values have words').toBeDefined();
    await userEvent.selectOptions(part('Filtri').getByLabelText('Campo'), 'owner_id');
    expect(part('Filtri').queryByRole('option', { name: 'Cliente' }), 'nobody types an id').toBeNull();
    await userEvent.selectOptions(part('Filtri').getByLabelText('Valore'), 'me');
    await userEvent.click(screen.getByRole('button', { name: 'Aggiungi un gruppo' }));
    await userEvent.selectOptions(part('Raggruppa per').getByLabelText('Campo'), 'expected_close');
    await userEvent.selectOptions(part('Raggruppa per').getByLabelText('Ogni'), 'quarter');
    await userEvent.click(screen.getByRole('button', { name: 'Aggiungi una misura' }));
    await userEvent.selectOptions(part('Misure').getAllByLabelText('Misura')[1] as HTMLElement, 'sum');
    expect(screen.queryByRole('button', { name: 'Salva' }), 'the sum is of nothing yet').toBeNull();
    await userEvent.selectOptions(part('Misure').getByLabelText('Di'), 'value');
    await userEvent.selectOptions(screen.getByLabelText('Grafico'), 'bar');
    const definition = {
      source: 'crm.opportunity',
      filter: 'owner_id = me',
      groups: [{ field: 'expected_close', step: 'quarter' }],
      measures: [{ kind: 'count' }, { kind: 'sum', field: 'value' }],
      chart: { kind: 'bar' },
    };
    await waitFor(() => expect(ask).toHaveBeenCalledWith('POST', '/v1/crm/reports:run', { applied: [], definition }));
    await userEvent.click(await screen.findByRole('button', { name: 'Apri i dati: In offerta' }));
    await waitFor(() => expect(ask).toHaveBeenCalledWith('POST', '/v1/crm/reports:rows', expect.objectContaining({ definition, key: { group_1: 'quoting', currency: 'EUR' } })));
    await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Chiudi' }));
    expect(await violations()).toEqual([]);
    await userEvent.type(screen.getByLabelText(/Nome del rapporto/), 'Valore per trimestre');
    await userEvent.selectOptions(screen.getByLabelText('Lo vede'), 'roles');
    await userEvent.click(screen.getByRole('button', { name: 'Salva' }));
    expect(await screen.findByText('Rapporto salvato: Valore per trimestre')).toBeDefined();
    expect(ask).toHaveBeenCalledWith('POST', '/v1/crm/reports', { names: { it: 'Valore per trimestre' }, definition, visibility: 'roles', role_ids: [id(90)] });
    await waitFor(() => expect(history.at(-1)).toBe('/dashboards/saved'));
  });

  it('that was kept is shown with those of others', async () => {
    await mount(<Dashboards params={{ id: 'saved' }} />, { seed: { ...seed, 'crm.report': [{ id: id(50), names: { it: 'Mio' }, owner_id: USER_ID }] }, ask: server, language: 'en' });
    expect(await screen.findByRole('heading', { level: 1, name: 'Saved reports' })).toBeDefined();
    await waitFor(() => expect(server).toHaveBeenCalledWith('POST', `/v1/crm/reports/${id(50)}:run`, { applied: [] }));
  });

  it('that was written here goes on from what was written, before the copy has it', async () => {
    const mine = { id: id(51), version: 1, names: { it: 'Mio' }, owner_id: USER_ID };
    const owner = vi.fn<Ask>((method, path, body) => (method === 'PATCH' ? Promise.resolve({ ...mine, ...body, version: 2 }) : server(method, path, body)));
    await mount(<Dashboards params={{ id: 'saved' }} />, { seed: { ...seed, 'crm.report': [mine] }, ask: owner });
    await userEvent.click(await screen.findByRole('button', { name: 'Azioni: Mio' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Rinomina' }));
    const name = within(await screen.findByRole('dialog')).getByLabelText(/Nome del rapporto/);
    await userEvent.clear(name);
    await userEvent.type(name, 'Nostro{Enter}');
    await userEvent.click(await screen.findByRole('button', { name: 'Azioni: Nostro' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Elimina' }));
    await waitFor(() => expect(owner).toHaveBeenCalledWith('DELETE', `/v1/crm/reports/${id(51)}`, undefined, 2));
    expect(owner).toHaveBeenCalledWith('PATCH', `/v1/crm/reports/${id(51)}`, { names: { it: 'Nostro' } }, 1);
  });

  it('quotes what has spaces, and leaves words as they are', () => {
    const draft = { ...EMPTY, source: 'crm.opportunity', conditions: [{ key: 1, field: 'state', operator: 'unequal' as const, value: 'a "b" c' }, { key: 2, field: 'expected_close', operator: 'least' as const, value: 'today-30d' }] };
    expect(definitionOf(draft, source)?.filter).toBe('state != "a \\"b\\" c" AND expected_close >= today-30d');
    expect(definitionOf({ ...draft, groups: [{ key: 3, field: '', step: 'month' }] }, source)).toBeNull();
  });
});
