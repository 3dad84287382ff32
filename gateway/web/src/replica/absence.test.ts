// @vitest-environment node
/** Long absences: the lease and its unlock code, numbers from blocks, a full disk, a database of an older program. */
import 'fake-indexeddb/auto';
import { Dexie } from 'dexie';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fake } from '../../tests/fake';
import { connect, type Replica } from './client';
import type { Values } from './contracts';
import { fixture, put } from './fixture';
import { Lease } from './lease';
import { line, type Answers, type FromWorker, type ToWorker } from './protocol';
import { Server } from './server';
import { Store } from './store';
import { openTab, type Tab } from './tab';

const DAY_MS = 86_400_000;
const DEVICE = '01900000-0000-7000-8000-00000000dead';
const PARTY = '01900000-0000-7000-8000-00000000000a';
const fake = new Fake();
afterAll(() => fake.close());
beforeEach(() => fake.reset());

let count = 0;
const ended: AbortController[] = [];
// A tab that went on would reserve numbers in the next test, for the same device.
afterEach(() => {
  for (const each of ended.splice(0)) each.abort();
});

/** A tab that leads, of a user who is signed in; its clock stands where `clock` says. */
async function tabOf(store: Store, clock: { now: Date }): Promise<Tab & { replica: Replica }> {
  const over = new AbortController();
  ended.push(over);
  const tab = openTab({
    store,
    server: new Server(fake.fetch),
    channel: { postMessage: () => {}, onmessage: null },
    whenLeading: (job) => void job(over.signal),
    now: () => clock.now,
    firstPauseMs: 5,
  });
  const [page, worker] = line<FromWorker, ToWorker>();
  tab.engine.serve(worker);
  const replica = connect({ port: page });
  await tab.started;
  return { ...tab, replica };
}

async function signedIn(): Promise<Store> {
  const store = new Store(`absence-${(count += 1)}`);
  await store.put({ device_id: DEVICE, session: { user_id: '1', user_name: 'nora', display_name: 'Nora' } });
  return store;
}

const block = (n: number, year = 2026) => ({ id: `01900000-0000-7000-8000-0000000001${String(n).padStart(2, '0')}`, series: 'OFF', year, device_id: DEVICE, first: n, last: n + 1 });

const full = () => Promise.reject(Object.assign(new Error('no room'), { name: 'QuotaExceededError' }));

async function firstParty(engine: Tab['engine']): Promise<string> {
  await engine.view.need('crm.party');
  return String(engine.view.records('crm.party', {}).rows[0]?.['id']);
}

const until = (holds: () => unknown) => vi.waitFor(() => expect(holds()).toBeTruthy(), { timeout: 30_000 });

describe('the lease', () => {
  it('closes the copy without the server, keeps what was not sent, and is opened by the code of the day alone', async () => {
    await fake.set({ marks: 40, lease_days: 14 });
    const clock = { now: new Date() };
    const store = await signedIn();
    const { engine, replica } = await tabOf(store, clock);
    await until(() => engine.facts.complete);
    await until(() => engine.facts.waiting === 0);
    fake.away = true;
    fake.hangUp();
    await replica.author.create('crm.party', { name: 'In assenza' });

    // Another clock: what was on its way when the server went is still answered on the day that it was asked.
    const back = { now: new Date(clock.now.getTime() + 15 * DAY_MS) };
    const later = await tabOf(store, back);
    expect(later.engine.facts).toMatchObject({ lease_over: true, waiting: 1, device: DEVICE });
    const parties = later.replica.watch({ kind: 'records', entity: 'crm.party' });
    await later.engine.settled();
    await until(() => parties.get() !== undefined);
    expect((parties.get() as Answers['records']).rows).toEqual([]);
    await expect(later.replica.author.create('crm.party', { name: 'x' })).rejects.toMatchObject({ kind: 'lease_over' });

    const day = back.now.toISOString().slice(0, 10);
    const before = new Date(back.now.getTime() - DAY_MS).toISOString().slice(0, 10);
    const yesterdays = await fake.unlockCode(DEVICE, before);
    const others = await fake.unlockCode(PARTY, day);
    for (const wrong of ['', 'nonsense', yesterdays, others]) {
      await expect(later.replica.sync.unlock(wrong)).rejects.toMatchObject({ reason: 'CODE_WRONG' });
    }
    const code = await fake.unlockCode(DEVICE, day);
    await later.replica.sync.unlock(code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o'));
    await until(() => !later.engine.facts.lease_over);
    await until(() => (parties.get() as Answers['records']).rows.some((row) => row['name'] === 'In assenza'));
    // Until the end of that day, whatever the clock is set to.
    const lease = new Lease(store, () => new Date(back.now.getTime() + DAY_MS));
    expect(await lease.isOver()).toBe(true);
  });

  it('is not lengthened by attempts to reach a server that is away', async () => {
    const start = new Date('2026-11-01T09:00:00Z');
    const store = await signedIn();
    const { engine } = await tabOf(store, { now: start });
    await until(() => engine.facts.complete);
    fake.away = true;
    fake.hangUp();
    await until(() => engine.facts.offline_since !== '');
    // Known to the server and renewed today: there is nothing to tell it before the line is opened.
    const later = await tabOf(store, { now: new Date(start.getTime() + 3_600_000) });
    await until(() => later.engine.facts.offline_since !== '');
    expect(await store.get('last_contact', '')).toBe(start.toISOString());
  });

  it('is not lengthened by setting the clock back', async () => {
    const store = await signedIn();
    const start = new Date('2026-11-01T09:00:00Z');
    await new Lease(store, () => start).contact(start.toISOString());
    await new Lease(store, () => new Date('2026-11-20T09:00:00Z')).note();
    expect(await new Lease(store, () => start).isOver()).toBe(true);
  });
});

describe('numbers of offers', () => {
  const offer = { party_id: PARTY, title: 'Pressa', offer_date: '2026-05-04' };
  const party = { 'crm.party': [{ id: PARTY, name: 'Rossi' }] };

  it('are taken from the blocks of the device in order, of the offer’s year, then provisional', async () => {
    const { replica, engine, store } = await fixture({ ...party, 'offers.number_block': [block(12), block(10), block(50, 2027), { ...block(70), device_id: PARTY }] });
    await store.put({ device_id: DEVICE });
    for (let made = 0; made < 5; made += 1) await replica.author.create('offers.offer', offer);
    await replica.author.create('offers.offer', { ...offer, offer_date: '2027-01-02' });
    expect(engine.queue().map((item) => item.body.fields?.['number'])).toEqual([
      'OFF-2026-00010', 'OFF-2026-00011', 'OFF-2026-00012', 'OFF-2026-00013', 'OFF-P-00001QND-001', 'OFF-2027-00050',
    ]);
  });

  it('are given once, also to two at the same time, after a restart, and to a profile set back', async () => {
    const seed = { ...party, 'offers.number_block': [block(10), block(12)], 'offers.offer': [{ id: '01900000-0000-7000-8000-000000000200', number: 'OFF-2026-00011' }] };
    const { replica, engine, store } = await fixture(seed);
    await store.put({ device_id: DEVICE });
    await Promise.all([replica.author.create('offers.offer', offer), replica.author.create('offers.offer', offer)]);
    expect(new Set(engine.queue().map((item) => item.body.fields?.['number']))).toEqual(new Set(['OFF-2026-00010', 'OFF-2026-00012']));
  });

  it('are reserved when few are left, and not twice when an answer is lost', async () => {
    await fake.set({ numbers: true });
    const clock = { now: new Date('2026-05-04T09:00:00Z') };
    const store = await signedIn();
    const { engine, replica, following } = await tabOf(store, clock);
    await until(() => engine.facts.complete);
    await vi.waitFor(
      async () => {
        // As the server's poke does.
        following.now();
        expect(await engine.numbers.left('2026')).toBe(20);
      },
      { timeout: 30_000, interval: 200 },
    );
    await replica.author.create('offers.offer', { title: 'Pressa', party_id: (await firstParty(engine)) });
    expect(engine.queue()[0]?.body.fields).toMatchObject({ number: 'OFF-2026-00101', offer_date: '2026-05-04' });
    expect(await engine.numbers.left('2026')).toBe(19);
  });
});

describe('a full disk', () => {
  it('refuses a change with a reason, and loses none that is here', async () => {
    const { replica, engine, store } = await fixture({ 'crm.party': [{ id: PARTY, name: 'Rossi', country: 'IT' }] });
    await replica.author.edit('crm.party', PARTY, { country: 'CH' });
    const adding = vi.spyOn(store.items, 'bulkAdd').mockImplementationOnce(full as never);
    await expect(replica.author.edit('crm.party', PARTY, { country: 'FR' })).rejects.toMatchObject({ kind: 'unusable', reason: 'QUOTA' });
    adding.mockRestore();
    expect(engine.queue().map((item) => item.body.fields)).toEqual([{ country: 'CH' }]);
    await replica.author.edit('crm.party', PARTY, { country: 'DE' });
    expect(engine.queue()).toHaveLength(2);
  });

  it('stops a bundle with a reason, gives its room back, and takes the next one', async () => {
    const store = await signedIn();
    const swapping = vi.spyOn(store, 'atomic').mockImplementation(full);
    const { engine, following, replica } = await tabOf(store, { now: new Date() });
    await until(() => engine.facts.error?.reason === 'QUOTA');
    expect(await store.staged.count()).toBe(0);
    swapping.mockRestore();
    await replica.author.create('crm.party', { name: 'Durante' });
    following.now();
    await until(() => engine.facts.complete && engine.facts.error === null);
  });
});

describe('a database of an older program', () => {
  it('is taken over with everything that was not sent', async () => {
    const name = `old-${Date.now()}`;
    // Version 1 as it was in use; it stays as it is here.
    const old = new Dexie(name);
    old.version(1).stores({ records: '&key', buckets: '&key', aliases: '&key', staged: '++n', items: '++position, &id, state', settings: '&key' });
    await old.open();
    const before = await fixture({ 'crm.party': [{ id: PARTY, name: 'Rossi', private_notes: 'paga tardi' }] });
    await before.replica.author.edit('crm.party', PARTY, { name: 'Rossi e figli' });
    for (const table of ['records', 'items', 'settings'] as const) await old.table(table).bulkAdd(await before.store[table].toArray());
    const [rossi] = await before.store.records.toArray();
    const others = Array.from({ length: 450 }, (_, n) => ({ ...rossi, key: `crm.party/01900000-0000-7000-8000-0000000${String(9999 - n)}f` }));
    await old.table('records').bulkAdd(others);
    old.close();

    const store = new Store(name);
    expect(await store.queue()).toMatchObject([{ body: { op: 'update', fields: { name: 'Rossi e figli' } }, state: 'waiting' }]);
    const rows = await store.rows('crm.party');
    expect(rows).toHaveLength(451);
    expect(store.db.tables.map((table) => table.name)).not.toContain('records');
    const row = rows.find((each) => each.id === PARTY);
    expect(JSON.parse(row?.facets['private'] ?? '{}') as Values).toMatchObject({ private_notes: 'paga tardi' });
    expect(store.db.verno).toBe(4);
    await put(store, { 'crm.party': [{ id: DEVICE, name: 'Dopo' }] });
    expect(await store.numbers.count()).toBe(0);
  });
});
