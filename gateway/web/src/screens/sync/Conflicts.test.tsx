import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { mount, type Mounted } from '../../../tests/render';
import { sealResults, applyResults } from '../../replica/outgoing';
import { Conflicts } from './Conflicts';

const ROSSI = '01900000-0000-7000-8000-00000000000a';
const GIULIA = '01900000-0000-7000-8000-000000000002';
const seed = {
  'crm.party': [{ id: ROSSI, name: 'Rossi', website: 'vecchio.example', version: 3 }],
  'identity.user': [{ id: GIULIA, display_name: 'Giulia Sud' }],
};

/** The server met a conflict in the last change. */
async function conflict({ engine, store, settled }: Mounted, record: Record<string, unknown>): Promise<void> {
  const id = engine.queue().at(-1)?.id ?? '';
  const result = { id, outcome: 'conflict' as const, changed: false, conflicts: ['website'], record };
  const sealed = await sealResults(store, [result]);
  await store.atomic(['items'], (tables) => applyResults(tables, sealed, new Date('2026-11-29T10:00:00Z')));
  await engine.queueChanged();
  await settled();
}

describe('a conflict', () => {
  it('shows what was there, mine and theirs, and who wrote theirs', async () => {
    const mounted = await mount(<Conflicts />, { seed, language: 'it' });
    await mounted.replica.author.edit('crm.party', ROSSI, { website: 'mio.example' });
    const theirs = { version: 4, website: 'loro.example', updated_by: GIULIA, updated_at: '2026-11-29T09:00:00Z' };
    await conflict(mounted, theirs);
    const row = screen.getByRole('row', { name: /Sito web/ });
    expect(within(row).getByText('vecchio.example')).toBeDefined();
    expect(within(row).getByLabelText('mio.example')).toBeDefined();
    expect(within(row).getByLabelText('loro.example')).toBeDefined();
    expect(screen.getByText(/Giulia Sud/)).toBeDefined();
  });

  it('keeps the side that is chosen, and asks no more', async () => {
    const mounted = await mount(<Conflicts />, { seed, language: 'en' });
    await mounted.replica.author.edit('crm.party', ROSSI, { website: 'mio.example' });
    await conflict(mounted, { version: 4, website: 'loro.example' });
    await userEvent.click(screen.getByLabelText('loro.example'));
    await userEvent.click(screen.getByRole('button', { name: 'Keep what is chosen' }));
    await mounted.settled();
    expect(screen.queryByRole('button', { name: 'Keep what is chosen' })).toBeNull();
    expect(mounted.engine.queue().at(-1)).toMatchObject({ choice: 'theirs', state: 'waiting' });
  });

  it('takes a third value', async () => {
    const mounted = await mount(<Conflicts />, { seed, language: 'en' });
    await mounted.replica.author.edit('crm.party', ROSSI, { website: 'mio.example' });
    await conflict(mounted, { version: 4, website: 'loro.example' });
    await userEvent.type(screen.getByRole('textbox', { name: /Another value/ }), 'terzo.example');
    await userEvent.click(screen.getByRole('button', { name: 'Keep what is chosen' }));
    await mounted.settled();
    expect(mounted.engine.queue().at(-1)).toMatchObject({ choice: 'edited' });
    expect(mounted.engine.queue().at(-1)?.body).toMatchObject({
      fields: { website: 'terzo.example' },
      base: { website: 'loro.example' },
      base_version: 4,
    });
  });
});
