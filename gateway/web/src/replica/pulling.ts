/**
 * Fetching what changed: a bundle is received, staged, and swapped in when it is complete.
 *
 * A bundle that ends early changes nothing and is asked for again. A bucket whose count or sum differs afterwards is
 * asked for as a whole; that should never happen and is counted.
 */
import { damaged, isKind, ReplicaError, wiped } from './errors';
import { readFrame, type Done, type Order, type Plan } from './frames';
import type { Server } from './server';
import { Staging } from './staging';
import type { Store } from './store';
import { swap, type Swapped } from './swap';

export const SCHEMA = '1.0';
const ATTEMPTS = 5;
const MOST_AWAITED = 10_000;

export interface PullingOptions {
  readonly store: Store;
  readonly server: Server;
  readonly now: () => Date;
  /** Called with rows received and rows announced, 0 when unknown. */
  readonly progress: (rows: number, total: number) => void;
  /** Called after each bundle that came in. */
  readonly swapped: (swapped: Swapped) => Promise<void>;
}

/** One pull: as many bundles as it takes. */
export class Pulling {
  /** Rows that came. */
  rows = 0;

  constructor(private readonly options: PullingOptions) {}

  /**
   * Bring the copy up to date.
   *
   * Throws `server_away` and `damaged`: nothing changed, pull again later; `wiped` and `upgrade_needed`: by order of
   * the server.
   */
  async run(): Promise<void> {
    const differ = await this.untilComplete();
    if (differ.length > 0) await this.heal(differ);
  }

  private async untilComplete(): Promise<readonly string[]> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      try {
        const differ = await this.bundle(await this.options.store.get('checkpoint', ''));
        if (differ !== null) return differ;
      } catch (error) {
        if (isKind(error, 'refused') && error.reason === 'CHECKPOINT_INVALID') {
          // The server forgot what it names: everything is sent anew, and replaces everything.
          const differ = await this.bundle('');
          if (differ !== null) return differ;
        } else if (!isKind(error, 'damaged') || attempt === ATTEMPTS) {
          throw error;
        }
      }
    }
    throw damaged('PLAN_UNSTEADY');
  }

  /** Receive one bundle; return the buckets that differ, null if the server wants to plan anew. */
  private async bundle(checkpoint: string): Promise<readonly string[] | null> {
    const { store, server } = this.options;
    const lines = await server.pull(await this.request(checkpoint));
    if (lines === null) return [];
    const begunAt = await store.get('checkpoint', '');
    const staging = await Staging.begin(store);
    let plan: Plan | null = null;
    for await (const line of lines) {
      const frame = readFrame(line);
      switch (frame?.k) {
        case 'plan':
          plan = frame;
          break;
        case 'put':
        case 'out':
          await staging.add(frame);
          this.options.progress(this.rows + staging.rows, plan?.rows ?? 0);
          break;
        case 'done':
          if (plan === null) throw damaged('INCOMPLETE');
          return this.complete(staging, await this.whole(plan, checkpoint), frame, begunAt);
        case 'replan':
        case 'upgrade':
        case 'wipe':
          obey(frame);
          return null;
        default:
          break;
      }
    }
    throw damaged('INCOMPLETE');
  }

  private async request(checkpoint: string): Promise<unknown> {
    const { store } = this.options;
    const groups = await store.get<readonly string[]>('groups', []);
    const acknowledged = await store.items.where('state').equals('acknowledged').toArray();
    const awaited = acknowledged.filter((row) => !row.seen).map((row) => row.id);
    return {
      checkpoint,
      device: await store.get('device_id', ''),
      schema: SCHEMA,
      awaited: awaited.slice(0, MOST_AWAITED),
      ...(groups.length > 0 ? { groups } : {}),
    };
  }

  private async complete(staging: Staging, plan: Plan, done: Done, begunAt: string): Promise<readonly string[]> {
    const { store, now, swapped } = this.options;
    const result = await swap(store, staging, plan, done, { begunAt, now: now() });
    this.rows += staging.rows;
    await swapped(result);
    return result.differ;
  }

  /** Without a checkpoint a bundle is all that there is: held buckets that it does not bring leave. */
  private async whole(plan: Plan, checkpoint: string): Promise<Plan> {
    if (checkpoint !== '') return plan;
    const held = await this.options.store.buckets.toCollection().primaryKeys();
    return { ...plan, drop: held.filter((bucket) => !plan.backfill.includes(bucket)) };
  }

  /** Fetch buckets anew whose count or sum was not the server's. */
  private async heal(differ: readonly string[]): Promise<void> {
    const { store } = this.options;
    const found = await this.compare();
    await store.atomic(['settings'], async (tables) => {
      // Equal sequence numbers prove nothing any more.
      await tables.put({
        mismatches: (await tables.get('mismatches', 0)) + differ.length,
        era: (await tables.get('era', 0)) + 1,
      });
    });
    // Asked with a checkpoint that lacks these buckets, they come as a whole. An empty one lacks all.
    const checkpoints = [found.differ.length > 0 ? found.checkpoint : '', ...Array<string>(ATTEMPTS).fill('')];
    for (const checkpoint of checkpoints) {
      const left = await this.bundle(checkpoint);
      if (left?.length === 0) return;
    }
    throw damaged('SUMS_DIFFER', differ.join(', '));
  }

  /** Ask which buckets differ; return them and the checkpoint that fetches just these. */
  private async compare(): Promise<{ readonly differ: readonly unknown[]; readonly checkpoint: string }> {
    const { store, server } = this.options;
    const held = await store.buckets.toArray();
    return server.post('/v1/sync/verify', {
      device: await store.get('device_id', ''),
      checkpoint: await store.get('checkpoint', ''),
      sums: held.map(({ key, n, h }) => ({ b: key, n, h })),
    });
  }
}

/** Throws `wiped` or `upgrade_needed`; a new plan is asked for again. */
function obey(order: Order): void {
  if (order.k === 'wipe') throw wiped('REVOKED', order.detail);
  if (order.k === 'upgrade') throw new ReplicaError('upgrade_needed', 'UPGRADE_NEEDED', order.detail);
}
