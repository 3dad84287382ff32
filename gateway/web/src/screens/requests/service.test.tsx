import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { violations, withSizes } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import type { Seed } from '../../replica/fixture';
import { forgetLists } from '../../ui/lists';
import Installed from '../installed/Installed';
import Requests from './Requests';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const seed: Seed = {
  'crm.party': [{ id: id(10), name: 'Officine Rossi' }],
  'aftersales.installed_product': [
    { id: id(20), party_id: id(10), description: 'Pressa PX-200', serial_number: '10233', state: 'in_service', delivered_on: '2026-03-27' },
  ],
  'aftersales.request': [
    { id: id(30), party_id: id(10), number: 'RA-2026-0042', title: 'Perdita d’olio', state: 'waiting_for_parts', priority: 'critical' },
    { id: id(31), party_id: id(10), number: 'RA-2026-0041', title: 'Ricambio lama', state: 'closed', priority: 'low' },
  ],
};

beforeEach(() => {
  localStorage.clear();
  forgetLists();
  withSizes();
});

describe('what the service knows, for who sells', () => {
  it('a machine is found by its serial number and leads to its record', async () => {
    const { history, settled } = await mount(<Installed />, { seed });
    await userEvent.type(screen.getByRole('searchbox'), '10233');
    await settled();
    const row = screen.getByText('Pressa PX-200').closest('[role="row"]') as HTMLElement;
    for (const text of ['Officine Rossi', 'In servizio', '27/03/2026']) expect(row.textContent).toContain(text);
    await userEvent.click(row);
    expect(history.at(-1)).toBe(`/installed/${id(20)}`);
    expect(await violations()).toEqual([]);
  });

  it('a view shows the requests that are open and urgent', async () => {
    const { settled } = await mount(<Requests />, { seed, language: 'en' });
    expect(screen.getByText('Ricambio lama')).toBeDefined();
    await userEvent.click(screen.getByRole('button', { name: 'Views' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Open and urgent' }));
    await settled();
    expect(screen.getByText('Perdita d’olio').closest('[role="row"]')?.textContent).toContain('Waiting for parts');
    expect(screen.queryByText('Ricambio lama')).toBeNull();
    expect(await violations()).toEqual([]);
  });
});
