/**
 * A replica without a server, for tests of screens: the real engine on a database of its own.
 *
 *     const { replica, settled } = await fixture({ 'crm.party': [{ id: '…', name: 'Rossi' }] });
 *
 * What a screen writes stays in the queue and is shown, as it is without a network.
 */
import { connect, type Replica } from './client';
import { BASE, entity, type EntityName, type RecordOf, type Values } from './contracts';
import { Engine, type Synchroniser } from './engine';
import type { SyncFacts } from './facts';
import { line, type FromWorker, type ToWorker } from './protocol';
import type { ServerFile } from './server';
import type { StoredFragment } from './pages';
import { Store } from './store';

export type Seed = { readonly [E in EntityName]?: readonly Partial<RecordOf<E>>[] };

export interface Fixture {
  readonly replica: Replica;
  readonly engine: Engine;
  readonly store: Store;
  /** Wait until everything that is looked at has been answered. */
  settled: () => Promise<void>;
}

/** A server that answers questions and nothing else. */
export type Ask = Synchroniser['ask'];

const nothing = () => {};
const nothingLater = () => Promise.resolve();

function serverOf(ask: Ask): Synchroniser {
  const askFile: Synchroniser['askFile'] = (...given) => ask(...given) as Promise<ServerFile>;
  const session = { setCsrf: nothing, setLanguage: nothing, signIn: nothingLater, signOut: nothingLater };
  return { session, ask, askFile, now: nothing, acknowledgeAccess: nothing, chooseGroups: nothingLater, unlock: nothingLater };
}

let count = 0;

/** Return a replica that holds these records; fields that are not named are as in a record that nobody filled in. */
export async function fixture(seed: Seed = {}, facts: Partial<SyncFacts> = {}, ask?: Ask): Promise<Fixture> {
  count += 1;
  const store = new Store(`fixture-${count}-${Date.now()}`);
  await put(store, seed);
  const engine = new Engine({ store, announce: () => {} });
  const [page, worker] = line<FromWorker, ToWorker>();
  if (ask !== undefined) engine.synchroniser = serverOf(ask);
  engine.serve(worker);
  const replica = connect({ port: page });
  engine.setFacts({
    known: true,
    session: { user_id: USER_ID, user_name: 'sales.north', display_name: 'Giulia Nord' },
    complete: true,
    last_contact: '2026-11-29T09:41:00Z',
    ...facts,
  });
  const settled = async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve));
      await engine.settled();
      // Answers are told together, a task later.
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  return { replica, engine, store, settled };
}

export const USER_ID = '01900000-0000-7000-8000-000000000001';

/** Put records into a store as if a bundle had brought them. */
export async function put(store: Store, seed: Seed): Promise<void> {
  const rows = Object.entries(seed).flatMap(([name, records]) =>
    (records as readonly Values[]).map(async (values) => {
      const facets = Object.entries(bodies(name, values)).map(async ([facet, body]) => {
        const text = JSON.stringify(body);
        const kept = facet === BASE ? text : await (await store.cipher()).seal(text);
        return [facet, [Number(body['version'] ?? 1), 1, '0'.repeat(16), kept] as StoredFragment] as const;
      });
      return {
        key: `${name}/${String(values['id'])}`,
        e: 0,
        m: { 'crm/all': 1 },
        f: Object.fromEntries(await Promise.all(facets)),
      };
    }),
  );
  const records = await Promise.all(rows);
  await store.records.write(new Map(records.map((record) => [record.key, record])));
}

function bodies(name: string, values: Values): Record<string, Values> {
  const definition = entity(name);
  const found: Record<string, Record<string, unknown>> = {};
  const whole: Values = { ...definition.defaults, version: 1, ...values };
  for (const [field, value] of Object.entries(whole)) {
    const facet = definition.fields[field]?.facet ?? BASE;
    // A facet is there only if the seed names one of its fields.
    if (facet !== BASE && !(field in values)) continue;
    (found[facet] ??= {})[field] = value;
  }
  return found;
}
