/**
 * What the server said about own changes, written into the queue; see `items.ts` for the states.
 *
 * Acknowledged changes are kept for 7 days, decisions too: when an owner's database was restored from a backup (its
 * epoch changed) they are sent again, because the backup may not have them. A question that was decided is answered
 * again by its decision, nobody is asked twice.
 */
import type { Values } from './contracts';
import type { Outcome } from './items';
import type { Sealed } from './cipher';
import type { Store, StoredItem, Tables, Told } from './store';

const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/** The server's answer about one item. */
export interface Result {
  readonly id: string;
  readonly outcome: Outcome;
  readonly changed: boolean;
  readonly reason?: string;
  readonly detail?: string;
  readonly violations?: readonly { readonly field?: string; readonly detail?: string }[];
  readonly conflicts?: readonly string[];
  readonly record?: Values | null;
}

/** A result with what is to be sealed of it sealed: nothing but the database may be waited for in a transaction. */
export interface SealedResult extends Result {
  readonly told: Sealed;
}

export async function sealResults(store: Store, results: readonly Result[]): Promise<SealedResult[]> {
  const cipher = await store.cipher();
  return Promise.all(
    results.map(async (result) => ({
      ...result,
      told: await cipher.seal(JSON.stringify({ detail: detailOf(result), theirs: theirsOf(result) } satisfies Told)),
    })),
  );
}

export function detailOf(result: Result): string {
  const violations = (result.violations ?? []).map((each) => `${each.field ?? ''}: ${each.detail ?? ''}`);
  return [result.detail, ...violations].filter(Boolean).join('; ');
}

/** Return what stands there instead of what the author wanted: deciding must not wait for a pull. */
function theirsOf({ record, conflicts = [] }: Result): Values {
  if (record === null || record === undefined || conflicts.length === 0) return {};
  const names = new Set([...conflicts.map((name) => name.split('.')[0] ?? name), 'version', 'updated_by', 'updated_at']);
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
}

/** Write what the server said, inside the open transaction. The replica is not touched. */
export async function applyResults(store: Tables, results: readonly SealedResult[], now: Date): Promise<void> {
  for (const result of results) {
    const row = await find(store, result.id);
    if (row === undefined) continue;
    await store.items.put({ ...row, ...(await changesBy(store, result, now)) });
  }
}

async function changesBy(store: Tables, result: SealedResult, now: Date): Promise<Partial<StoredItem>> {
  const { outcome, reason = '', told } = result;
  switch (outcome) {
    case 'held':
      return { outcome, reason, told, state: 'waiting', needs_decision: false };
    case 'refused':
      return { outcome, reason, told, state: 'parked', needs_decision: !(await isDecided(store, result.id)) };
    default:
      return {
        outcome,
        reason,
        told,
        state: 'acknowledged',
        needs_decision: outcome === 'conflict' && !(await isDecided(store, result.id)),
        acknowledged_at: now.toISOString(),
        seen: !result.changed,
        conflicts: result.conflicts ?? [],
      };
  }
}

/** Whether a decision about it waits already: its owner was restored, and asks what was asked before. */
async function isDecided(store: Tables, id: string): Promise<boolean> {
  const waiting = await store.items.where('state').equals('waiting').toArray();
  return waiting.some((row) => row.resolves === id);
}

async function find(store: Tables, id: string): Promise<StoredItem | undefined> {
  return store.items.where('id').equals(id).first();
}

async function change(store: Tables, id: string, changes: Partial<StoredItem>): Promise<void> {
  await store.items.where('id').equals(id).modify(changes);
}

/** A parked change is closed, inside the open transaction; nothing asks about it any more. */
export async function decided(store: Tables, id: string, now: Date): Promise<void> {
  await change(store, id, { needs_decision: false });
  const row = await find(store, id);
  if (row?.state === 'parked') await end(store, id, row.reason, now);
}

/** An item waits for nothing any more, inside the open transaction. It is kept as long as others. */
export async function end(store: Tables, id: string, reason: string, now: Date): Promise<void> {
  await change(store, id, { state: 'ended', reason, seen: true, acknowledged_at: now.toISOString() });
}

/**
 * A decision's change was refused or met a conflict: the old question stays open, inside the open transaction. It
 * tells why, and what its author had typed this time.
 */
export async function askAgain(
  store: Tables,
  { id, resolves }: { readonly id: string; readonly resolves: string },
  result: SealedResult,
  now: Date,
): Promise<void> {
  if (result.outcome === 'refused') await end(store, id, result.reason ?? '', now);
  await change(store, id, { needs_decision: false });
  await change(store, resolves, { told: result.told });
}

/** The replica now holds these changes: their overlay ends with the swap that brought them. */
export async function endOverlays(store: Tables, seen: readonly string[]): Promise<void> {
  if (seen.length === 0) return;
  await store.items
    .where('id')
    .anyOf([...seen])
    .modify((row: { seen: boolean; state: string }) => {
      if (row.state === 'acknowledged') row.seen = true;
    });
}

/**
 * Compare the owners' epochs with the known ones; send again what a restored owner may have lost. What is older than
 * 7 days is forgotten here.
 */
export async function noteEpochs(store: Tables, epochs: Readonly<Record<string, string>>, now: Date): Promise<void> {
  const oldest = new Date(now.getTime() - KEPT_MS).toISOString();
  const done = await store.items.where('state').anyOf('acknowledged', 'ended').toArray();
  const over = done.filter((row) => !row.needs_decision && row.seen && row.acknowledged_at < oldest);
  await store.items.bulkDelete(over.map((row) => row.position ?? 0));
  const known = await store.get<Readonly<Record<string, string>>>('epochs', {});
  const restored = new Set(Object.keys(epochs).filter((owner) => known[owner] && known[owner] !== epochs[owner]));
  const again = done.filter((row) => restored.has(row.owner) && !over.includes(row) && isSentAgain(row));
  await store.items.bulkPut(again.map((row) => ({ ...row, state: 'waiting' as const, seen: false })));
  await store.put({ epochs: { ...known, ...epochs } });
}

/** What was carried out, and decisions that ended questions; not those that were refused themselves. */
function isSentAgain(row: StoredItem): boolean {
  if (row.state === 'acknowledged') return true;
  return (row.choice === 'theirs' || row.choice === 'discarded') && row.acknowledged_at !== '';
}
