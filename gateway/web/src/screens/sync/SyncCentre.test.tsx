import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import SyncCentre from './SyncCentre';

const ROSSI = '01900000-0000-7000-8000-00000000000a';
const seed = { 'crm.party': [{ id: ROSSI, name: 'Rossi', country: 'IT' }] };

const bucket = (key: string, n: number) => ({ key, n, h: '0'.repeat(16) });

describe('the sync centre', () => {
  it('says that everything was sent', async () => {
    await mount(<SyncCentre />);
    expect(screen.getByText('Tutto è stato inviato')).toBeDefined();
  });

  it('lists a waiting change, and discards it when asked', async () => {
    const { replica, settled } = await mount(<SyncCentre />, { seed, language: 'en' });
    await replica.author.edit('crm.party', ROSSI, { country: 'CH' });
    await settled();
    expect(screen.getByText('Changed · Customer')).toBeDefined();
    await userEvent.click(screen.getByRole('button', { name: 'Discard' }));
    await settled();
    expect(screen.getByText('Everything was sent')).toBeDefined();
    expect(replica.facts.get()?.waiting).toBe(0);
  });

  const profile = { groups: [{ group: 'crm', buckets: [{ bucket: 'crm/all', rows: 120, bytes: 60_000 }] }, { group: 'offers', buckets: [{ bucket: 'offers/all', rows: 30, bytes: 20_000 }] }] };

  it('keeps only the scopes that are chosen, and says what leaves and what stays', async () => {
    const chosen: (readonly string[])[] = [];
    const { store, engine, settled } = await mount(<SyncCentre />, { ask: () => Promise.resolve(profile), language: 'en' });
    await store.buckets.bulkPut([bucket('crm/all', 120), bucket('offers/all', 12)]);
    Object.assign(engine.synchroniser ?? {}, { chooseGroups: (groups: readonly string[]) => Promise.resolve(void chosen.push(groups)) });
    await engine.rowsChanged(null);
    await settled();
    const part = within(screen.getByRole('region', { name: 'On this device' }));
    expect(part.getByText('12 / 30')).toBeDefined();
    expect(part.getByText('20 kB')).toBeDefined();
    await userEvent.click(part.getByRole('radio', { name: 'Only what I choose' }));
    await userEvent.click(part.getByRole('checkbox', { name: 'Offers' }));
    expect(part.getByRole('status').textContent).toMatch(/Will leave this device: Offers\. Your unsent changes stay/);
    await userEvent.click(part.getByRole('button', { name: 'Apply the choice' }));
    expect(chosen).toEqual([['crm']]);
    expect(await violations()).toEqual([]);
  });

  it('shows what is here without a server, and lets nobody choose then', async () => {
    const { store, engine, settled } = await mount(<SyncCentre />, { facts: { offline_since: '2026-11-29T10:00:00Z' } });
    await store.buckets.bulkPut([bucket('crm/all', 1_200)]);
    await engine.rowsChanged(null);
    await settled();
    const part = within(screen.getByRole('region', { name: 'Su questo dispositivo' }));
    expect(part.getByText('Clienti e attività')).toBeDefined();
    expect(part.getByText('1.200')).toBeDefined();
    expect(part.getByRole('radio', { name: /Solo quello che scelgo/ })).toHaveProperty('disabled', true);
  });
});
