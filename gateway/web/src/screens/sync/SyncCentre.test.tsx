import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { mount } from '../../../tests/render';
import SyncCentre from './SyncCentre';

const ROSSI = '01900000-0000-7000-8000-00000000000a';
const seed = { 'crm.party': [{ id: ROSSI, name: 'Rossi', country: 'IT' }] };

describe('the sync centre', () => {
  it('says that everything was sent', async () => {
    await mount(<SyncCentre />);
    expect(screen.getByText('Tutto è stato inviato')).toBeDefined();
  });

  it('lists a waiting change, and discards it when asked', async () => {
    const { replica, settled } = await mount(<SyncCentre />, { seed, language: 'en' });
    await replica.author.edit('crm.party', ROSSI, { country: 'CH' });
    await settled();
    expect(screen.getByText('Change · crm.party')).toBeDefined();
    await userEvent.click(screen.getByRole('button', { name: 'Discard' }));
    await settled();
    expect(screen.getByText('Everything was sent')).toBeDefined();
    expect(replica.facts.get()?.waiting).toBe(0);
  });
});
