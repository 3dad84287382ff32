import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { mount } from '../../tests/render';
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
