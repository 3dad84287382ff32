import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { violations, withSizes } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import type { Seed } from '../../replica/fixture';
import { forgetLists } from '../../ui/lists';
import Activities from './Activities';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const seed: Seed = {
  'crm.party': [{ id: id(10), name: 'Officine Rossi' }],
  'crm.activity': [
    { id: id(1), party_id: id(10), kind: 'call', subject: 'Richiamare', state: 'planned', due_at: '2020-01-01T09:00:00Z' },
    { id: id(2), party_id: id(10), kind: 'visit', subject: 'Sopralluogo', state: 'planned', due_at: '2099-01-01T09:00:00Z' },
    { id: id(3), party_id: id(10), kind: 'visit', subject: 'Consegna', state: 'done', outcome: 'Fatto', due_at: '2019-01-01T09:00:00Z' },
  ],
};

beforeEach(() => {
  localStorage.clear();
  forgetLists();
  withSizes();
});

const subjects = () =>
  within(screen.getByRole('grid')).getAllByRole('row').slice(1).map((row) => within(row).getAllByRole('gridcell')[1]?.textContent);

describe('the list of activities', () => {
  it('says with whom, and that one is late', async () => {
    await mount(<Activities />, { seed });
    const late = screen.getByText('Richiamare').closest('[role="row"]');
    expect(late?.textContent).toContain('Officine Rossi');
    expect(late?.textContent).toContain('In ritardo');
    expect(screen.getByText('Consegna').closest('[role="row"]')?.textContent).toContain('Fatta');
  });

  it('shows the late ones as a view', async () => {
    const { settled } = await mount(<Activities />, { seed });
    await userEvent.click(screen.getByRole('button', { name: 'Viste' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'In ritardo' }));
    await settled();
    expect(subjects()).toEqual(['Richiamare']);
  });

  it('completes what is chosen and open with one outcome, as one change', async () => {
    const { engine, settled } = await mount(<Activities />, { seed, language: 'en' });
    screen.getByRole('grid').focus();
    await userEvent.keyboard('{Control>}a{/Control}');
    await settled();
    await userEvent.click(screen.getByRole('button', { name: 'Mark as done' }));
    await userEvent.type(await screen.findByRole('textbox', { name: 'Outcome' }), 'ok{Enter}');
    await screen.findByText('2 activities done');
    expect(engine.queue().map((item) => item.body.command)).toEqual(['complete', 'complete']);
    expect(new Set(engine.queue().map((item) => item.record_id))).toEqual(new Set([id(1), id(2)]));
  });

  it('is accessible', async () => {
    await mount(<Activities />, { seed });
    expect(await violations()).toEqual([]);
  });
});
