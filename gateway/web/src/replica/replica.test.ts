import { describe, expect, it, vi } from 'vitest';
import type { Answers } from './protocol';
import { fixture, put } from './fixture';

const ROSSI = '01900000-0000-7000-8000-00000000000a';
const BIANCHI = '01900000-0000-7000-8000-00000000000b';
const CARLO = '01900000-0000-7000-8000-00000000000c';

const twoParties = {
  'crm.party': [
    { id: ROSSI, name: 'Officine Rossi', roles: ['customer' as const], country: 'IT', private_notes: 'paga tardi' },
    { id: BIANCHI, name: 'Bianchi & Figlì', roles: [], country: 'IT' },
  ],
};

describe('a replica without a server', () => {
  it('shows what it holds, in order and filtered', async () => {
    const { replica, settled } = await fixture(twoParties);
    const all = replica.watch({ kind: 'records', entity: 'crm.party', order: [['name', 'asc']] });
    const some = replica.watch({ kind: 'records', entity: 'crm.party', where: { text: 'FIGLI' } });
    await settled();
    expect((all.get() as Answers['records']).rows.map((row) => row['name'])).toEqual(['Bianchi & Figlì', 'Officine Rossi']);
    expect((some.get() as Answers['records']).rows.map((row) => row['id'])).toEqual([BIANCHI]);
  });

  it('shows a facet only where it is held, and keeps it sealed', async () => {
    const { replica, store, settled } = await fixture(twoParties);
    const rossi = replica.watch({ kind: 'record', entity: 'crm.party', id: ROSSI });
    const bianchi = replica.watch({ kind: 'record', entity: 'crm.party', id: BIANCHI });
    await settled();
    expect((rossi.get() as Record<string, unknown>)['private_notes']).toBe('paga tardi');
    expect(bianchi.get()).not.toHaveProperty('private_notes');
    const stored = await store.records.get(`crm.party/${ROSSI}`);
    expect(stored?.f['private']?.[3]).toBeInstanceOf(Uint8Array);
  });

  it('shows an own edit at once, and takes it back', async () => {
    const { replica, settled } = await fixture(twoParties);
    const rossi = replica.watch({ kind: 'record', entity: 'crm.party', id: ROSSI });
    await settled();
    const { undo } = await replica.author.edit('crm.party', ROSSI, { country: 'CH', roles: ['customer', 'dealer'] });
    await settled();
    expect(rossi.get()).toMatchObject({ country: 'CH', roles: ['customer', 'dealer'] });
    expect(replica.facts.get()?.waiting).toBe(1);
    expect(await undo()).toBe(true);
    await settled();
    expect(rossi.get()).toMatchObject({ country: 'IT', roles: ['customer'] });
    expect(replica.facts.get()?.waiting).toBe(0);
  });

  it('takes a removal back that its owner has carried out: the record is asked for again, and shown meanwhile', async () => {
    const { replica, engine, store, settled } = await fixture(twoParties);
    const rossi = replica.watch({ kind: 'record', entity: 'crm.party', id: ROSSI });
    await settled();
    const before = rossi.get();
    const { undo } = await replica.author.remove('crm.party', ROSSI);
    await store.items.toCollection().modify({ state: 'acknowledged', sent: true, seen: true });
    await store.records.write(new Map([[`crm.party/${ROSSI}`, null]]));
    await engine.rowsChanged([`crm.party/${ROSSI}`]);
    await engine.queueChanged();
    await settled();
    expect(rossi.get()).toBeNull();
    expect(await undo()).toBe(true);
    await settled();
    expect(rossi.get()).toEqual(before);
    expect(engine.queue().at(-1)?.body).toMatchObject({ op: 'update', entity: 'crm.party', record_id: ROSSI, fields: {} });
  });

  it('writes several records as one group, children after their parent', async () => {
    const { replica, engine, settled } = await fixture(twoParties);
    const group = replica.author.group();
    const offer = group.create('offers.offer', { party_id: ROSSI, title: 'Pressa' });
    group.create('offers.revision', { offer_id: offer });
    await group.save();
    await settled();
    const items = engine.queue();
    expect(items.map((item) => item.entity)).toEqual(['offers.offer', 'offers.revision']);
    expect(new Set(items.map((item) => item.group)).size).toBe(1);
    expect(items[0]?.group).not.toBe('');
  });

  it('answers the same objects for what did not change, in their new places', async () => {
    const { replica, settled } = await fixture(twoParties);
    const all = replica.watch({ kind: 'records', entity: 'crm.party', order: [['name', 'asc']] });
    const rows = () => (all.get() as Answers['records']).rows;
    await settled();
    const [bianchi, rossi] = rows();
    await replica.author.edit('crm.party', ROSSI, { name: 'Arturo Rossi' });
    const carlo = await replica.author.create('crm.party', { name: 'Carlo', country: 'IT' });
    await settled();
    expect(rows().map((row) => row['name'])).toEqual(['Arturo Rossi', 'Bianchi & Figlì', 'Carlo']);
    expect(rows()[1]).toBe(bianchi);
    expect(rows()[0]).not.toBe(rossi);
    await replica.author.remove('crm.party', ROSSI);
    await carlo.undo();
    await settled();
    expect(rows()).toHaveLength(1);
    expect(rows()[0]).toBe(bianchi);
  });

  it('answers one record before a list that was asked before it', async () => {
    const { replica, store, settled } = await fixture(twoParties);
    const opened = new AbortController();
    const begun = store.rows.bind(store);
    vi.spyOn(store, 'rows').mockImplementation(async (name) => {
      if (!opened.signal.aborted) await new Promise((resolve) => opened.signal.addEventListener('abort', resolve));
      return begun(name);
    });
    replica.watch({ kind: 'records', entity: 'crm.party' });
    const rossi = replica.watch({ kind: 'record', entity: 'crm.party', id: ROSSI });
    await vi.waitFor(() => expect(rossi.get()).toMatchObject({ name: 'Officine Rossi' }), { timeout: 30_000 });
    opened.abort();
    await settled();
  });

  it.each(['named', 'too many to name'])('shows what arrives while its entity is being read: %s', async (how) => {
    const { replica, engine, store, settled } = await fixture(twoParties);
    const opened = new AbortController();
    let hasRead = false;
    const read = store.rows.bind(store);
    vi.spyOn(store, 'rows').mockImplementation(async (name) => {
      const found = await read(name);
      hasRead = true;
      if (!opened.signal.aborted) await new Promise((resolve) => opened.signal.addEventListener('abort', resolve));
      return found;
    });
    const all = replica.watch({ kind: 'records', entity: 'crm.party', order: [['name', 'asc']] });
    await vi.waitFor(() => expect(hasRead).toBe(true), { timeout: 30_000 });
    await put(store, { 'crm.party': [{ id: CARLO, name: 'Carlo', country: 'IT' }] });
    await engine.rowsChanged(how === 'named' ? [`crm.party/${CARLO}`] : null);
    opened.abort();
    await settled();
    expect((all.get() as Answers['records']).rows.map((row) => row['name'])).toEqual(['Bianchi & Figlì', 'Carlo', 'Officine Rossi']);
  });

  it('refuses what the contracts do not allow, and writes nothing', async () => {
    const { replica, engine } = await fixture(twoParties);
    await expect(replica.author.edit('crm.party', ROSSI, { state: 'customer' })).rejects.toMatchObject({
      kind: 'unusable',
      reason: 'FIELD_NOT_WRITABLE',
    });
    await expect(replica.author.edit('crm.party', 'nobody', { name: 'x' })).rejects.toMatchObject({
      reason: 'RECORD_NOT_HERE',
    });
    expect(engine.queue()).toHaveLength(0);
  });

  it('carries what its author saw', async () => {
    const { replica, engine } = await fixture(twoParties);
    await replica.author.edit('crm.party', ROSSI, { country: 'CH' });
    await replica.author.edit('crm.party', ROSSI, { country: 'FR' });
    expect(engine.queue().map((item) => item.body.base)).toEqual([{ country: 'IT' }, { country: 'CH' }]);
    expect(engine.queue().map((item) => item.body.base_version)).toEqual([1, 1]);
  });

  it('shows a record without reading the others, own changes over it, nothing of one that is not here', async () => {
    const { replica, store, settled } = await fixture(twoParties);
    const reading = vi.spyOn(store, 'rows');
    const rossi = replica.watch({ kind: 'record', entity: 'crm.party', id: ROSSI });
    const nobody = replica.watch({ kind: 'record', entity: 'crm.party', id: 'nobody' });
    await settled();
    expect(rossi.get()).toMatchObject({ name: 'Officine Rossi', private_notes: 'paga tardi' });
    expect(nobody.get()).toBeNull();
    expect(reading).not.toHaveBeenCalled();
    await replica.author.edit('crm.party', ROSSI, { country: 'CH' });
    await settled();
    expect(rossi.get()).toMatchObject({ country: 'CH' });
  });
});
