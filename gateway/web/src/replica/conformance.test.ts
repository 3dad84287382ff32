// @vitest-environment node
/**
 * The replica under everything that happens, against the desktop copy's fake server and its oracle. After each step:
 *
 * I3  what the copy holds is exactly what the server meant by its checkpoint: nothing torn, nothing evicted is visible
 * I6  own edits are shown until a bundle that holds them
 * I8  sums never had to be healed
 * I9  the checkpoint never goes back
 *
 * and at the end, with all faults off: I1 the copy equals the oracle, I4 each change was carried out once or is parked
 * with its payload, I7 what was revoked is not in the database.
 */
import 'fake-indexeddb/auto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Fake } from '../../tests/fake';
import { isKind } from './errors';
import { Pulling } from './pulling';
import { Pushing } from './pushing';
import { Server } from './server';
import { Store } from './store';
import { Engine } from './engine';
import { newUuid } from './ids';
import type { Values } from './contracts';

const FIELD: Readonly<Record<string, string>> = {
  'crm.party': 'name',
  'crm.activity': 'subject',
  'offers.offer': 'title',
};
const ENTITIES = Object.keys(FIELD);
const RUNS = Number(process.env['SALES_WEB_RUNS'] ?? 12);
const STEPS = 22;

const fake = new Fake();
afterAll(() => fake.close());

let count = 0;

/** A copy without its loops: pulled and pushed by hand. */
class Copy {
  readonly server = new Server(fake.fetch);
  engine: Engine;
  now = new Date('2026-11-23T09:00:00Z');
  readonly edits = new Map<string, { change: string; entity: string; name: string; value: string }>();
  readonly made: string[] = [];
  progress: readonly [number, number] = [0, 0];

  private constructor(readonly store: Store) {
    this.engine = this.newEngine();
  }

  static async open(): Promise<Copy> {
    const copy = new Copy(new Store(`conformance-${(count += 1)}`));
    await copy.store.put({ device_id: newUuid(copy.now) });
    return copy;
  }

  private newEngine(): Engine {
    return new Engine({ store: this.store, announce: () => {}, now: () => this.now });
  }

  async reopen(): Promise<void> {
    this.engine = this.newEngine();
    await this.engine.queueChanged();
  }

  async pull(): Promise<void> {
    await new Pulling({
      store: this.store,
      server: this.server,
      now: () => this.now,
      progress: () => {},
      swapped: ({ keys }) => this.engine.rowsChanged(keys),
    }).run();
  }

  async push(): Promise<void> {
    const changed = () => this.engine.queueChanged();
    await new Pushing({ store: this.store, server: this.server, now: () => this.now, changed }).run();
  }

  async record(entity: string, id: string): Promise<Values | null> {
    await this.engine.view.need(entity);
    return this.engine.view.record(entity, id);
  }

  async edit(which: number, value: string): Promise<void> {
    await this.engine.view.need(...ENTITIES);
    const here = ENTITIES.flatMap((entity) =>
      this.engine.view.records(entity, {}).rows.map((row) => [entity, String(row['id'])] as const),
    );
    const [entity, id] = here[which % Math.max(here.length, 1)] ?? [];
    if (entity === undefined || id === undefined) return;
    const name = FIELD[entity] ?? '';
    const [body] = this.engine.writing.items([{ op: 'edit', entity, id, fields: { [name]: value } }]);
    if (body === undefined) return;
    await this.engine.enqueue([{ body }]);
    this.edits.set(id, { change: body.id, entity, name, value });
    this.made.push(body.id);
  }

  async create(value: string): Promise<void> {
    await this.engine.view.need(...ENTITIES);
    const id = newUuid(this.now);
    const bodies = this.engine.writing.items([
      { op: 'create', entity: 'crm.party', id, fields: { name: value } },
      { op: 'create', entity: 'crm.activity', id: newUuid(this.now), fields: { party_id: id, subject: 'child', kind: 'call' } },
    ]);
    await this.engine.enqueue(bodies.map((body) => ({ body })));
    this.made.push(...bodies.map((body) => body.id));
  }

  async decide(choice: 'mine' | 'theirs' | 'edited' | 'discarded'): Promise<void> {
    await this.engine.view.need(...ENTITIES);
    const [question] = this.engine.parked.questions(this.engine.queue());
    if (question === undefined || question.decided) return;
    const here = this.engine.view.record(question.entity, question.record_id);
    if (here === null && (choice === 'mine' || choice === 'edited')) return;
    const fields = choice === 'edited' ? { [FIELD[question.entity] ?? '']: 'decided' } : {};
    await this.engine.enqueue([this.engine.parked.decision(this.engine.queue(), question.id, choice, fields)]);
  }

  async content(): Promise<Record<string, [number, Values]>> {
    const rows = await this.store.records.toArray();
    const found: Record<string, [number, Values]> = {};
    for (const row of rows) {
      const { facets } = await this.store.readable(row);
      for (const [facet, text] of Object.entries(facets)) {
        found[`${row.key.replace('/', ' ')} ${facet}`] = [row.f[facet]?.[0] ?? 0, JSON.parse(text) as Values];
      }
    }
    return found;
  }

  async check(): Promise<void> {
    const checkpoint = await this.store.get('checkpoint', '');
    const state = await fake.state(checkpoint);
    expect(await this.content()).toEqual(state.expected);
    expect(state.progress[0] * 1e6 + state.progress[1]).toBeGreaterThanOrEqual(this.progress[0] * 1e6 + this.progress[1]);
    this.progress = state.progress;
    expect(await this.store.get('mismatches', 0)).toBe(0);
    const items = this.engine.queue();
    for (const [id, { change, entity, name, value }] of this.edits) {
      const item = items.find((each) => each.id === change);
      const isOver = item === undefined || item.state === 'parked' || item.state === 'ended';
      if (isOver || state.told.includes(change) || item.conflicts.includes(name)) continue;
      if (['applied', 'merged'].includes(item.outcome) && state.results[change]?.changed === false) continue;
      if (items.some((each) => each.record_id === id && each.resolves !== '' && each.state !== 'ended')) continue;
      const record = await this.record(entity, id);
      if (record !== null) expect(record[name], `${change} ${item.state} ${item.outcome}`).toBe(value);
    }
  }

  async quiesce(): Promise<void> {
    await fake.publish();
    await this.pull();
    for (let turn = 0; turn < 3; turn += 1) {
      await this.push();
      await fake.publish();
      await this.pull();
    }
    const groups = await this.store.get<string[]>('groups', []);
    const state = await fake.state(await this.store.get('checkpoint', ''), groups);
    expect(await this.content()).toEqual(state.oracle);
    expect(new Set(state.applied).size).toBe(state.applied.length);
    for (const change of this.made) {
      const item = this.engine.queue().find((each) => each.id === change);
      expect(item, change).toBeDefined();
      if (item?.state === 'waiting') continue;
      const result = state.results[change];
      if (result?.outcome === 'refused' && item?.needs_decision) {
        expect(state.parked[change]?.fields).toEqual(item.body.fields);
      }
      if (result?.changed) expect(state.applied).toContain(change);
    }
  }
}

/** Numbers that look random and are the same for the same seed. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % sides;
  };
}

function worldStep(roll: (sides: number) => number): readonly [string, number, unknown] {
  const values = ['A', 'B', 'C'];
  switch (roll(9)) {
    case 0:
      return ['write', roll(4), values[roll(3)]];
    case 1:
      return ['private', roll(4), values[roll(3)]];
    case 2:
      return ['child', roll(8), values[roll(3)]];
    case 3:
    case 4:
      return ['move', roll(4), ['north', 'south', ''][roll(3)]];
    case 5:
      return ['adopt', roll(8), roll(4)];
    case 6:
      return ['delete', roll(4), roll(2) === 0];
    case 7:
      return [roll(2) === 0 ? 'grant' : 'revoke', roll(6), null];
    default:
      return ['garbage', 0, null];
  }
}

async function step(copy: Copy, roll: (sides: number) => number): Promise<void> {
  switch (roll(11)) {
    case 0:
    case 1:
      await fake.world(...worldStep(roll));
      break;
    case 2:
      await fake.publish();
      break;
    case 3:
      if (roll(3) === 0) await fake.rebuild();
      break;
    case 4:
    case 5:
      await copy.edit(roll(12), ['one', 'two', 'three', 'refused'][roll(4)] ?? 'one');
      break;
    case 6:
      await copy.create(['one', 'refused'][roll(2)] ?? 'one');
      break;
    case 7:
      await fake.set({ lose_answers: roll(3) === 0, owners_away: roll(3) === 0 ? ['crm'] : [] });
      await tolerating(copy.push(), 'server_away');
      await fake.set({ lose_answers: false, owners_away: [] });
      break;
    case 8:
      await copy.decide((['mine', 'theirs', 'edited', 'discarded'] as const)[roll(4)] ?? 'mine');
      break;
    case 9: {
      const meanwhile = Array.from({ length: roll(4) }, () => worldStep(roll));
      await fake.set({ fault: [['none', 'none', 'cut', 'torn', 'doubled'][roll(5)], roll(6)], meanwhile });
      await tolerating(copy.pull(), 'server_away', 'damaged');
      await fake.set({ fault: ['none', 0], meanwhile: [] });
      break;
    }
    default:
      if (roll(3) === 0) await copy.store.put({ groups: [[], ['crm'], ['offers']][roll(3)] ?? [] });
      else await copy.reopen();
  }
}

async function tolerating(job: Promise<void>, ...kinds: Parameters<typeof isKind>[1][]): Promise<void> {
  try {
    await job;
  } catch (error) {
    if (!isKind(error, ...kinds)) throw error;
  }
}

describe('a replica and a server under everything that happens', () => {
  beforeEach(() => fake.reset());

  it.each(Array.from({ length: RUNS }, (_, seed) => seed + 1))('seed %i', async (seed) => {
    const roll = dice(seed * 7919);
    const copy = await Copy.open();
    if (roll(3) > 0) await copy.pull();
    for (let number = 0; number < STEPS; number += 1) {
      await step(copy, roll);
      await copy.check();
    }
    await copy.quiesce();
  });
});
