import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { violations, withSizes } from '../../tests/layout';
import { mount } from '../../tests/render';
import { askRecords } from '../replica';
import { fixture, type Seed } from '../replica/fixture';
import Customers from '../screens/customers/Customers';
import { forgetLists } from '../ui/lists';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const party = (n: number, name: string, custom: Record<string, string>) => ({ id: id(n), name, state: 'customer' as const, custom });
const seed: Seed = {
  'crm.party': [
    party(1, 'Rossi', { ore: '480.5', settore: '"wood"', materiali: '["metal","wood"]', attivo: 'true' }),
    party(2, 'Bianchi', { ore: '90', settore: '"metal"', materiali: '["metal"]', budget: '{"amount":"12.50","currency":"EUR"}' }),
    party(3, 'Verdi', { rotto: '{' }),
  ],
  'crm.field_definition': [
    { id: id(50), entity: 'crm.party', key: 'ore', kind: 'number', labels: { it: 'Ore', en: 'Hours' } },
    { id: id(51), entity: 'crm.party', key: 'settore', kind: 'choice', labels: { it: 'Settore' }, choices: [{ key: 'wood', labels: { it: 'Legno' } }, { key: 'metal', labels: { it: 'Metallo' } }] },
    { id: id(52), entity: 'crm.party', key: 'capogruppo', kind: 'link', labels: { it: 'Capogruppo' }, links_to: 'crm.party' },
  ],
};
const names = () => within(screen.getByRole('grid')).getAllByRole('row').slice(1).map((row) => /Rossi|Bianchi|Verdi/.exec(row.textContent ?? '')?.[0]);

beforeEach(() => {
  localStorage.clear();
  forgetLists();
  withSizes();
});

describe('a list with fields of the company’s own', () => {
  it('filters by them, and shows and sorts their column once it is chosen', async () => {
    const { settled } = await mount(<Customers />, { seed });
    expect(screen.queryByRole('columnheader', { name: /Ore/ })).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Colonne' }));
    expect(screen.queryByRole('checkbox', { name: 'Capogruppo' })).toBeNull();
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Ore' }));
    await userEvent.keyboard('{Escape}');
    await settled();
    expect(screen.getByText('480,5')).toBeDefined();
    await userEvent.click(screen.getByRole('columnheader', { name: /Ore/ }));
    await settled();
    // By their value, not as texts; who has none comes last.
    expect(names()).toEqual(['Bianchi', 'Rossi', 'Verdi']);
    await userEvent.click(screen.getByRole('button', { name: 'Settore' }));
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Legno' }));
    await settled();
    expect(names()).toEqual(['Rossi']);
    await userEvent.keyboard('{Escape}');
    expect(await violations()).toEqual([]);
  });
});

describe('a question about custom fields', () => {
  it.each([
    [{ 'custom.ore': { gte: 90 } }, ['Bianchi', 'Rossi']],
    [{ 'custom.ore': { gt: 100 } }, ['Rossi']],
    [{ 'custom.settore': 'metal' }, ['Bianchi']],
    [{ 'custom.settore': { contains: 'WOO' } }, ['Rossi']],
    [{ 'custom.materiali': { has: 'wood' } }, ['Rossi']],
    [{ 'custom.attivo': true }, ['Rossi']],
    [{ 'custom.budget': { lt: 20 } }, ['Bianchi']],
    [{ 'custom.ore': { empty: true } }, ['Verdi']],
    [{ 'custom.rotto': { gt: 1 } }, []],
  ] as const)('%o finds %o', async (where, found) => {
    const { replica } = await fixture(seed);
    const rows = await askRecords(replica, 'crm.party', { where, order: [['name', 'asc']] });
    expect(rows.map((row) => row.name)).toEqual(found);
  });
});
