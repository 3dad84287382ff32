import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations, withSizes } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import type { Seed } from '../../replica/fixture';
import { forgetLists } from '../../ui/lists';
import { currentRevisions } from './current';
import Offers from './Offers';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const revision = { currency: 'EUR', valid_until: '2026-12-31' };
const seed: Seed = {
  'crm.party': [{ id: id(10), name: 'Officine Rossi' }],
  'offers.offer': [
    { id: id(20), party_id: id(10), number: 'OFF-2026-00123', title: 'Pressa', state: 'sent', offer_date: '2026-11-01' },
    { id: id(21), party_id: id(10), number: 'OFF-2026-00124', title: 'Segatrice', state: 'lost', offer_date: '2026-10-01' },
  ],
  'offers.revision': [
    { ...revision, id: id(30), offer_id: id(20), ordinal: 1, state: 'superseded', taxable: '100000.00' },
    { ...revision, id: id(31), offer_id: id(20), ordinal: 2, state: 'sent', taxable: '98000.00' },
    { ...revision, id: id(32), offer_id: id(21), ordinal: 1, state: 'frozen', taxable: '5000.00' },
  ],
};

const away = () => Promise.reject(new Error('not asked here'));

beforeEach(() => {
  localStorage.clear();
  forgetLists();
  withSizes();
});

describe('offers', () => {
  it('have what prices them started before one is opened', async () => {
    const warm = vi.fn<() => void>();
    await mount(<Offers />, { seed, kernel: { warm, price: away, call: away } });
    expect(warm).toHaveBeenCalledTimes(1);
  });

  it('stand in the list with customer, state and the amount of the latest revision', async () => {
    const { history } = await mount(<Offers />, { seed });
    const row = screen.getByText('OFF-2026-00123').closest('[role="row"]') as HTMLElement;
    for (const text of ['Officine Rossi', 'Inviata', '98.000,00', '01/11/2026']) expect(row.textContent).toContain(text);
    await userEvent.click(row);
    expect(history.at(-1)).toBe(`/offers/${id(20)}`);
  });

  it('stand on the board by where they are, and the search holds there too', async () => {
    const { settled } = await mount(<Offers />, { seed, path: '/offers?as=board', language: 'en' });
    expect(within(screen.getByRole('region', { name: 'Sent' })).getByText('Pressa')).toBeDefined();
    expect(within(screen.getByRole('region', { name: 'Lost, expired, suspended' })).getByText('Segatrice')).toBeDefined();
    await userEvent.type(screen.getByRole('searchbox'), 'press');
    await settled();
    expect(screen.queryByText('Segatrice')).toBeNull();
  });

  it('are accessible as a list and as a board', async () => {
    const { unmount } = await mount(<Offers />, { seed });
    expect(await violations()).toEqual([]);
    unmount();
    await mount(<Offers />, { seed, path: '/offers?as=board' });
    expect(await violations()).toEqual([]);
  });
});

const of = (...states: readonly string[]) =>
  currentRevisions(states.map((state, n) => ({ id: id(n), offer_id: 'o', ordinal: n + 1, alternative: '', state })) as never).get('o')?.ordinal;

describe('the revision that counts', () => {
  it('is the accepted one, else the latest that was not set aside', () => {
    expect(of('accepted', 'not_chosen')).toBe(1);
    expect(of('frozen', 'draft')).toBe(2);
    expect(of('frozen', 'withdrawn')).toBe(1);
    expect(of('superseded', 'withdrawn')).toBe(2);
  });
});
