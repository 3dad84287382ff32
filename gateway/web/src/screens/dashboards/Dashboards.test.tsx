import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import { ReplicaError } from '../../replica';
import type { Ask } from '../../replica/fixture';
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
    { values: ['quoting', 'EUR', '1234.50'], labels: ['', '', ''] },
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

  it('asks all its tiles for what is filtered', async () => {
    await mount(<Dashboards />, { seed, ask: server });
    await userEvent.selectOptions(await screen.findByLabelText('Venditore'), 'me');
    await vi.waitFor(() =>
      expect(server).toHaveBeenCalledWith('POST', `/v1/crm/reports/${id(10)}:run`, { applied: [{ field: 'owner_id', value: 'me' }] }),
    );
  });

  it('says that it needs a network, and is there without one', async () => {
    await mount(<Dashboards params={{ id: id(1) }} />, { seed, ask: () => Promise.reject(new ReplicaError('server_away', 'SERVER_AWAY')) });
    expect(await screen.findByRole('heading', { name: 'Trattative' })).toBeDefined();
    expect((await screen.findAllByRole('button', { name: 'Ricarica' })).length).toBe(2);
  });
});
