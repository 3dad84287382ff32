// @vitest-environment node
/** Pages of records against a map: whatever is written, the same is read. */
import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import type { StoredRecord } from './pages';
import { Store } from './store';

let count = 0;
const fresh = () => new Store(`pages-${(count += 1)}`);

/** The same numbers each time: a generator of Park and Miller. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

// Names that begin alike: pages of one must not be taken for pages of the other.
const ENTITIES = ['crm.party', 'crm.party_bank', 'crm.part', 'crm.activity'];
/** How many records a write touches; the last takes out. */
const SIZES = [1, 3, 40, 700, 400];
const record = (key: string, v: number): StoredRecord => ({ key, e: 0, m: { all: v }, f: { base: [v, v, '0'.repeat(16), `{"v":${v}}`] } });

/** Write into both; null takes out. */
async function write(store: Store, held: Map<string, StoredRecord>, changes: ReadonlyMap<string, StoredRecord | null>): Promise<void> {
  await store.atomic(['pages'], (tables) => tables.records.write(changes));
  for (const [key, row] of changes) {
    if (row === null) held.delete(key);
    else held.set(key, row);
  }
}

const sorted = (rows: Iterable<StoredRecord>) => [...rows].toSorted((a, b) => (a.key < b.key ? -1 : 1));

async function expectSame(store: Store, held: ReadonlyMap<string, StoredRecord>): Promise<void> {
  expect(await store.records.toArray()).toEqual(sorted(held.values()));
  for (const name of ENTITIES) {
    const own = [...held.values()].filter((row) => row.key.startsWith(`${name}/`));
    expect(await store.records.ofEntity(name)).toEqual(sorted(own));
  }
}

describe('pages of records', () => {
  it.each([1, 2, 3])('hold what a map holds after any writes (seed %i)', async (seed) => {
    const next = numbers(seed);
    const store = fresh();
    const held = new Map<string, StoredRecord>();
    const key = () => `${ENTITIES[next(ENTITIES.length)] ?? ''}/${String(next(900)).padStart(4, '0')}`;
    for (let step = 0; step < 40; step += 1) {
      const changes = new Map<string, StoredRecord | null>();
      const isLeaving = step % 5 === 4;
      for (let n = 0; n < (SIZES[step % 5] ?? 0); n += 1) {
        const one = key();
        changes.set(one, isLeaving || next(4) === 0 ? null : record(one, step));
      }
      await write(store, held, changes);
      const some = [key(), key(), key(), 'crm.nothing/1'];
      expect(await store.records.bulkGet(some)).toEqual(some.map((each) => held.get(each)));
      for (const each of some) expect(await store.records.get(each)).toEqual(held.get(each));
    }
    await expectSame(store, held);
    expect(held.size).toBeGreaterThan(500);
    await write(store, held, new Map([...held.keys()].map((each) => [each, null])));
    expect(await store.pages.count()).toBe(0);
  });

  it('stay small: what comes in any order is divided', async () => {
    const store = fresh();
    const held = new Map<string, StoredRecord>();
    const keys = Array.from({ length: 3_000 }, (_, n) => `crm.party/${String((n * 7_919) % 3_000).padStart(5, '0')}`);
    for (let at = 0; at < keys.length; at += 150) {
      await write(store, held, new Map(keys.slice(at, at + 150).map((key) => [key, record(key, at)])));
    }
    const sizes = (await store.pages.toArray()).map((page) => page.records.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200);
    await expectSame(store, held);
  });

  it('are walked through while they are emptied', async () => {
    const store = fresh();
    const held = new Map<string, StoredRecord>();
    const keys = Array.from({ length: 12_000 }, (_, n) => `crm.party/${String(n).padStart(5, '0')}`);
    await write(store, held, new Map(keys.map((key) => [key, record(key, 1)])));
    const seen: string[] = [];
    await store.atomic(['pages'], (tables) =>
      tables.records.each(async (rows) => {
        seen.push(...rows.map((row) => row.key));
        await tables.records.write(new Map(rows.map((row) => [row.key, null])));
      }),
    );
    expect(seen).toEqual(keys);
    expect(await store.pages.count()).toBe(0);
  });
});
