/**
 * Sending the queue: in order, idempotently, one bad change never in the way of the next record.
 *
 * A call without an answer may have been carried out; its items stay as they are and are sent again with the same ids.
 * Items that come back `held` stay in the queue. An owner that is away holds its own items only.
 */
import { isKind, type ReplicaError } from './errors';
import type { QueuedItem } from './items';
import { applyResults, askAgain, decided, end, sealResults, type Result } from './outgoing';
import type { Server } from './server';
import type { Store } from './store';

const GROUPS_PER_CALL = 200;
const ITEMS_PER_CALL = 1_000;
/** Held because of an earlier item, not because its owner is away. */
const HELD_BY_ITEM = ['WAITS_FOR_CREATE', 'HELD'];
const GONE = ['PARKED_NOT_FOUND', 'ALREADY_RESOLVED'];

export interface PushingOptions {
  readonly store: Store;
  readonly server: Server;
  readonly now: () => Date;
  /** Called whenever the queue is not what it was. */
  readonly changed: () => Promise<void>;
}

/** One push. */
export class Pushing {
  /** What became of the items. */
  readonly outcomes = new Map<string, number>();
  /** Owners that are away, and records whose create was not applied in this push. */
  private readonly away = new Set<string>();
  private readonly missing = new Set<string>();

  constructor(private readonly options: PushingOptions) {}

  /**
   * Send decisions, then changes, until everything has an answer or must wait. A decision about a change that waits
   * itself (its owner was restored) follows that change.
   *
   * Throws `server_away`: what has no answer stays in the queue.
   */
  async run(): Promise<void> {
    const items = await this.waiting();
    const ids = new Set(items.map((item) => item.id));
    const decisions = items.filter((item) => item.resolves !== '');
    for (const item of decisions) if (!ids.has(item.resolves)) await this.resolve(item);
    for (const call of callsOf(groupsOf(items.filter((item) => item.resolves === '')))) {
      const sent = call.filter((group) => this.mayGo(group)).flat();
      if (sent.length > 0) await this.send(sent);
    }
    for (const item of decisions) if (ids.has(item.resolves)) await this.resolve(item);
  }

  private async waiting(): Promise<QueuedItem[]> {
    const { store } = this.options;
    const rows = await store.items.where('state').equals('waiting').sortBy('position');
    return Promise.all(rows.map((row) => store.unsealed(row)));
  }

  /** Whether nothing that the group builds on is missing; what stays behind holds what names it. */
  private mayGo(group: readonly QueuedItem[]): boolean {
    const free = !this.away.has(group[0]?.owner ?? '');
    if (free && !group.some((item) => [...namedBy(item)].some((id) => this.missing.has(id)))) return true;
    for (const item of group) if (item.body.op === 'create') this.missing.add(item.record_id);
    return false;
  }

  private async send(wanted: readonly QueuedItem[]): Promise<void> {
    const { store, server, now, changed } = this.options;
    const items = await this.claim(wanted);
    if (items.length === 0) return;
    const { results } = await server.post<{ results: readonly Result[] }>('/v1/changes', {
      items: items.map((item) => item.body),
    });
    const sealed = await sealResults(store, results);
    await store.atomic(['items'], (tables) => applyResults(tables, sealed, now()));
    const byId = new Map(items.map((item) => [item.id, item]));
    for (const result of results) {
      const item = byId.get(result.id);
      if (item === undefined) continue;
      this.count(result.outcome);
      const isStopped = result.outcome === 'refused' || result.outcome === 'held';
      if (isStopped && item.body.op === 'create') this.missing.add(item.record_id);
      if (result.outcome === 'held' && !HELD_BY_ITEM.includes(result.reason ?? '')) this.away.add(item.owner);
    }
    await changed();
  }

  /** Mark items as sent, so that nobody takes them back meanwhile; what was taken back before is left out. */
  private async claim(wanted: readonly QueuedItem[]): Promise<QueuedItem[]> {
    const { store } = this.options;
    return store.atomic(['items'], async (tables) => {
      const rows = await tables.items.bulkGet(wanted.map((item) => item.position));
      const there = rows.flatMap((row) => (row?.state === 'waiting' ? [{ ...row, sent: true }] : []));
      await tables.items.bulkPut(there);
      const ids = new Set(there.map((row) => row.id));
      return wanted.filter((item) => ids.has(item.id));
    });
  }

  /** Carry out a decision; its change, if any, becomes a change like the others. */
  private async resolve(item: QueuedItem): Promise<void> {
    const { store, server, now, changed } = this.options;
    const carries = item.choice === 'mine' || item.choice === 'edited';
    const body = { entity: item.entity, choice: item.choice, ...(carries ? { change: item.body } : {}) };
    if ((await this.claim([item])).length === 0) return;
    let result: Result | null;
    try {
      const answer = await server.post<{ result?: Result | null }>(`/v1/parked/${item.resolves}:resolve`, body);
      result = answer.result ?? null;
    } catch (error) {
      if (!isKind(error, 'refused')) throw error;
      // Answered before, and waiting again because its owner was restored from a backup.
      if (GONE.includes(error.reason) && item.acknowledged_at !== '' && carries) await this.send([item]);
      else await this.notResolved(item, error);
      return;
    }
    const sealed = result === null ? [] : await sealResults(store, [result]);
    const outcome = result === null ? 'decided' : result.outcome;
    await store.atomic(['items'], async (tables) => {
      if (result === null) await end(tables, item.id, '', now());
      else await applyResults(tables, sealed, now());
      if (outcome === 'applied' || outcome === 'merged' || outcome === 'decided') {
        await decided(tables, item.resolves, now());
      } else if (sealed[0] !== undefined && outcome !== 'held') {
        await askAgain(tables, item, sealed[0], now());
      }
    });
    this.count(outcome);
    await changed();
  }

  /** Decided elsewhere: nothing is left to do. Refused: the old question is asked again. */
  private async notResolved(item: QueuedItem, error: ReplicaError): Promise<void> {
    const { store, now, changed } = this.options;
    const isGone = GONE.includes(error.reason);
    await store.atomic(['items'], async (tables) => {
      await end(tables, item.id, error.reason, now());
      if (isGone) await decided(tables, item.resolves, now());
    });
    this.count(isGone ? 'decided' : 'refused');
    await changed();
  }

  private count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}

/** Items of one group that follow each other stay together. */
export function groupsOf(items: readonly QueuedItem[]): QueuedItem[][] {
  const groups: QueuedItem[][] = [];
  for (const item of items) {
    const last = groups.at(-1);
    if (last !== undefined && item.group !== '' && last[0]?.group === item.group) last.push(item);
    else groups.push([item]);
  }
  return groups;
}

/** Cut groups into calls that the gateway takes. */
export function callsOf(groups: readonly QueuedItem[][]): QueuedItem[][][] {
  const calls: QueuedItem[][][] = [];
  let size = 0;
  for (const group of groups) {
    size += group.length;
    if (calls.length === 0 || calls.at(-1)?.length === GROUPS_PER_CALL || size > ITEMS_PER_CALL) {
      calls.push([]);
      size = group.length;
    }
    calls.at(-1)?.push(group);
  }
  return calls;
}

/** Ids of the records that an item names: its own and those among its values. */
function namedBy(item: QueuedItem): ReadonlySet<string> {
  const values = [...Object.values(item.body.fields ?? {}), ...Object.values(item.body.request ?? {})];
  return new Set([item.record_id, ...values.filter((value) => typeof value === 'string')]);
}
