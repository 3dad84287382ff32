import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { mount, type Mounted } from '../../../tests/render';
import { USER_ID } from '../../replica/fixture';
import { sealResults, applyResults } from '../../replica/outgoing';
import { Conflicts } from './Conflicts';

const ROSSI = '01900000-0000-7000-8000-00000000000a';
const GIULIA = '01900000-0000-7000-8000-000000000002';
const seed = {
  'crm.party': [{ id: ROSSI, name: 'Rossi', website: 'vecchio.example', version: 3 }],
  'identity.user': [{ id: GIULIA, display_name: 'Giulia Sud' }],
};

const cells = (name: RegExp) => within(screen.getByRole('row', { name })).getAllByRole('cell').map((each) => each.textContent);

/** The server met a conflict in the last change. */
async function conflict({ engine, store, settled }: Mounted, record: Record<string, unknown>, conflicts: readonly string[] = ['website']): Promise<void> {
  const id = engine.queue().at(-1)?.id ?? '';
  const result = { id, outcome: 'conflict' as const, changed: false, conflicts, record };
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

  const custom = { ore: '1800', contratto: 'true', settore: '"metal"', referente: `"${GIULIA}"` };
  const shaped = {
    'identity.user': seed['identity.user'],
    'crm.party': [{ id: ROSSI, name: 'Rossi', owner_id: USER_ID, custom, version: 3 }],
    'crm.field_definition': [
      { id: '01900000-0000-7000-8000-0000000000b1', entity: 'crm.party', key: 'ore', kind: 'number' as const, labels: { it: 'Ore al mese', en: 'Hours a month' } },
      { id: '01900000-0000-7000-8000-0000000000b2', entity: 'crm.party', key: 'contratto', kind: 'boolean' as const, labels: { it: 'Contratto', en: 'Contract' } },
      { id: '01900000-0000-7000-8000-0000000000b3', entity: 'crm.party', key: 'referente', kind: 'link' as const, links_to: 'identity.user', labels: { it: 'Referente', en: 'Referent' } },
      { id: '01900000-0000-7000-8000-0000000000b4', entity: 'crm.party', key: 'settore', kind: 'choice' as const, labels: { it: 'Settore', en: 'Sector' }, choices: [{ key: 'metal', labels: { it: 'Metallo', en: 'Metal' } }] },
    ],
  };

  it('has a row for each of the company’s own fields, with names, words and yes or no', async () => {
    const mounted = await mount(<Conflicts />, { seed: shaped, language: 'it' });
    await mounted.replica.author.edit('crm.party', ROSSI, { owner_id: GIULIA, custom: { ore: '2009', contratto: 'false', referente: null, settore: null } as unknown as Record<string, string> });
    const theirs = { version: 4, owner_id: '01900000-0000-7000-8000-0000000000ff', custom: { ...custom, ore: '12500', referente: '"01900000-0000-7000-8000-0000000000fe"' } };
    await conflict(mounted, theirs, ['owner_id', 'custom.ore', 'custom.contratto', 'custom.referente', 'custom.settore']);
    expect(screen.getByText('Cliente: Rossi')).toBeDefined();
    expect(cells(/^Ore al mese/)).toEqual(['1800', '2009', '12.500']);
    expect(cells(/^Contratto/)).toEqual(['Sì', 'No', 'Sì']);
    expect(cells(/^Settore/)).toEqual(['Metallo', '–', 'Metallo']);
    expect(cells(/^Referente/)).toEqual(['Giulia Sud', '–', 'non su questo dispositivo']);
    expect(cells(/^Responsabile/).slice(1)).toEqual(['Giulia Sud', 'non su questo dispositivo']);
    expect(screen.queryByText(/[{}]|[0-9a-f]{8}-[0-9a-f]{4}|\btrue\b|\bfalse\b/)).toBeNull();
  });

  it('is decided key by key; what is taken away stays away', async () => {
    const mounted = await mount(<Conflicts />, { seed: shaped, language: 'en' });
    await mounted.replica.author.edit('crm.party', ROSSI, { custom: { ore: '2009', contratto: null } as unknown as Record<string, string> });
    await conflict(mounted, { version: 4, custom: { ...custom, ore: '12500' } }, ['custom.ore', 'custom.contratto']);
    await userEvent.click(within(screen.getByRole('row', { name: /^Hours a month/ })).getByLabelText('12,500'));
    await userEvent.click(screen.getByRole('button', { name: 'Keep what is chosen' }));
    await mounted.settled();
    expect(mounted.engine.queue().at(-1)).toMatchObject({ choice: 'edited', body: { fields: { custom: { ore: '12500', contratto: null } } } });
  });
});
