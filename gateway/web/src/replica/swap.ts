/**
 * The one moment in which a complete bundle becomes what the user sees.
 *
 * Everything here happens in one transaction: rows, memberships, what leaves, aliases, the checkpoint, and the end of
 * the overlays that the bundle names in `seen`. A reader sees all of it or nothing. Only the database is waited for:
 * IndexedDB would end the transaction otherwise.
 */
import { damaged } from './errors';
import type { Done, Out, Plan } from './frames';
import { endOverlays, noteEpochs } from './outgoing';
import type { StoredFragment, StoredRecord } from './pages';
import type { StagedFrame, StagedPut, Staging } from './staging';
import { facetOf, type Store, type Tables } from './store';
import { Sums } from './sums';

/** More changed records than this are not named one by one. */
const MOST_NAMED = 2_000;
/** Records that a bundle changes in memory before it writes them: pages are filled once, and a phone has room. */
const MOST_HELD = 25_000;

export interface Swapped {
  /** Buckets whose count or sum is not the server's. */
  readonly differ: readonly string[];
  /** Keys of the records that changed; null: too many to name. */
  readonly keys: readonly string[] | null;
  /** Buckets that are new here, or gone. */
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/**
 * Make a bundle visible. `begunAt` is the copy's checkpoint when the bundle was asked for.
 *
 * Throws `damaged`: OVERTAKEN by another pull; GENERATION_BACK when the server's store is older than this copy.
 */
export async function swap(
  store: Store,
  staging: Staging,
  plan: Plan,
  done: Done,
  { begunAt, now }: { readonly begunAt: string; readonly now: Date },
): Promise<Swapped> {
  return store.atomic(['pages', 'buckets', 'aliases', 'staged', 'items', 'settings'], async (tables) => {
    const era = await forwardEra(tables, plan, begunAt);
    const held = await tables.buckets.toArray();
    const bundle = new Bundle(tables, plan, new Sums(held), { era, isFirst: held.length === 0 });
    await staging.each(tables, (frames) => bundle.take(frames));
    await bundle.leave(new Set(held.map((row) => row.key)));
    await bundle.finish();
    await tables.put({ checkpoint: done.checkpoint, generation: plan.gen, complete: true });
    await endOverlays(tables, done.seen);
    await noteEpochs(tables, done.epochs, now);
    const known = new Set(held.map((row) => row.key));
    return {
      differ: bundle.sums.differing(done.sums),
      keys: bundle.changed.size > MOST_NAMED ? null : [...bundle.changed],
      joined: [...plan.backfill].filter((bucket) => !known.has(bucket)),
      left: plan.drop.filter((bucket) => known.has(bucket)),
    };
  });
}

/** A copy goes back neither behind another pull nor to an older generation of the server's store. */
async function forwardEra(store: Tables, plan: Plan, begunAt: string): Promise<number> {
  if ((await store.get('checkpoint', '')) !== begunAt) throw damaged('OVERTAKEN');
  const generation = await store.get('generation', 0);
  if (plan.gen < generation) throw damaged('GENERATION_BACK', `${plan.gen} after ${generation}`);
  const era = await store.get('era', 0);
  if (plan.gen === generation) return era;
  await store.put({ era: era + 1 });
  return era + 1;
}

/** A record while a bundle changes it. */
interface Draft {
  readonly before: StoredRecord | undefined;
  m: Record<string, number>;
  f: Record<string, StoredFragment>;
}

class Bundle {
  readonly changed = new Set<string>();
  /** Records that changed and are not written yet. */
  private drafts = new Map<string, Draft>();
  private hasWritten = false;
  /** Bucket in backfill -> records that the bundle named in it. */
  private readonly named: Map<string, Set<string>>;
  /** What left within this bundle: a doubled older frame does not bring it back. */
  private readonly gone = new Map<string, number>();
  private readonly merged = new Map<string, string>();
  private readonly back = new Set<string>();

  constructor(
    private readonly store: Tables,
    private readonly plan: Plan,
    readonly sums: Sums,
    private readonly options: { readonly era: number; readonly isFirst: boolean },
  ) {
    this.named = new Map(plan.backfill.map((bucket) => [bucket, new Set<string>()]));
    for (const bucket of plan.backfill) sums.hold(bucket);
  }

  /** Apply some frames. */
  async take(frames: readonly StagedFrame[]): Promise<void> {
    await this.open(frames.map((frame) => `${frame.t}/${frame.i}`));
    for (const frame of frames) {
      const key = `${frame.t}/${frame.i}`;
      const draft = this.drafts.get(key);
      if (draft === undefined) continue;
      if (frame.k === 'put') this.put(key, draft, frame);
      else this.out(key, draft, frame);
    }
    if (this.drafts.size > MOST_HELD) await this.save();
  }

  /** Have drafts of these records. */
  private async open(keys: readonly string[]): Promise<void> {
    const missing = [...new Set(keys)].filter((key) => !this.drafts.has(key));
    // A first copy finds only what earlier frames of the same bundle wrote.
    const isNew = this.options.isFirst && !this.hasWritten;
    const stored = isNew ? [] : await this.store.records.bulkGet(missing);
    for (const [at, key] of missing.entries()) this.drafts.set(key, this.draft(stored[at]));
  }

  private draft(before: StoredRecord | undefined): Draft {
    if (before === undefined) return { before, m: {}, f: {} };
    if (before.e === this.options.era) return { before, m: { ...before.m }, f: { ...before.f } };
    const m = Object.fromEntries(Object.keys(before.m).map((bucket) => [bucket, 0]));
    const f = Object.fromEntries(
      Object.entries(before.f).map(([facet, [v, , h, body]]) => [facet, [v, 0, h, body] as StoredFragment]),
    );
    return { before, m, f };
  }

  private put(key: string, draft: Draft, frame: StagedPut): void {
    const held = draft.f[frame.f];
    if (held === undefined || frame.s >= held[1] || frame.v > held[0]) {
      draft.f[frame.f] = [frame.v, frame.s, frame.h, frame.d];
    }
    for (const bucket of frame.b) {
      if ((this.gone.get(`${bucket} ${key}`) ?? -1) > frame.s) continue;
      draft.m[bucket] = Math.max(draft.m[bucket] ?? 0, frame.s);
      this.named.get(bucket)?.add(key);
      this.sums.hold(bucket);
    }
    this.back.add(key);
  }

  private out(key: string, draft: Draft, frame: Out): void {
    for (const bucket of frame.b) {
      this.gone.set(`${bucket} ${key}`, Math.max(this.gone.get(`${bucket} ${key}`) ?? -1, frame.s));
      const held = draft.m[bucket];
      if (held !== undefined && frame.s >= held) {
        delete draft.m[bucket];
        this.named.get(bucket)?.delete(key);
      }
    }
    if (frame.to !== '') this.merged.set(key, frame.to);
  }

  private async save(): Promise<void> {
    const changes = new Map<string, StoredRecord | null>();
    for (const [key, draft] of this.drafts) {
      const after = visible(key, this.options.era, draft);
      this.sums.move(draft.before, after);
      this.changed.add(key);
      if (after !== undefined || draft.before !== undefined) changes.set(key, after ?? null);
    }
    this.drafts = new Map();
    this.hasWritten = true;
    await this.store.records.write(changes);
  }

  /** Empty the buckets that are dropped, and replace those in backfill: members not named again leave. */
  async leave(held: ReadonlySet<string>): Promise<void> {
    await this.save();
    const dropped = new Set(this.plan.drop);
    const replaced = new Set(this.plan.backfill.filter((bucket) => held.has(bucket)));
    if (dropped.size > 0 || replaced.size > 0) {
      const leaves = (bucket: string, key: string) =>
        dropped.has(bucket) || (replaced.has(bucket) && !this.named.get(bucket)?.has(key));
      await this.store.records.each(async (rows) => {
        for (const row of rows) this.takeOut(row, (bucket) => leaves(bucket, row.key));
        await this.save();
      });
    }
    for (const bucket of dropped) this.sums.drop(bucket);
    await this.store.buckets.bulkDelete([...dropped]);
  }

  private takeOut(row: StoredRecord, leaves: (bucket: string) => boolean): void {
    const out = Object.keys(row.m).filter(leaves);
    if (out.length === 0) return;
    const draft = this.draft(row);
    for (const bucket of out) delete draft.m[bucket];
    this.drafts.set(row.key, draft);
  }

  /** Write sums and aliases. */
  async finish(): Promise<void> {
    await this.sums.write(this.store);
    const { aliases } = this.store;
    await aliases.bulkPut([...this.merged].map(([key, survivor]) => ({ key, survivor })));
    // Taken back: the record is there again under its own id. Asked of the few aliases, not of all that came: that cost
    // 1.2 of the 5 s of a first copy with 20,000 records.
    const known = await aliases.toCollection().primaryKeys();
    await aliases.bulkDelete(known.filter((key) => this.back.has(key)));
    await this.dropWithoutSurvivor();
  }

  /** Forget aliases of records that this copy does not hold: ids of what was revoked leave too. */
  private async dropWithoutSurvivor(): Promise<void> {
    const { aliases, records } = this.store;
    for (;;) {
      const all = await aliases.toArray();
      if (all.length === 0) return;
      const survivors = all.map((row) => `${row.key.slice(0, row.key.indexOf('/'))}/${row.survivor}`);
      const found = await records.bulkGet(survivors);
      const further = new Set(all.map((row) => row.key));
      const lost = all.filter((_, at) => found[at] === undefined && !further.has(survivors[at] ?? ''));
      if (lost.length === 0) return;
      await aliases.bulkDelete(lost.map((row) => row.key));
    }
  }
}

/** Return what is left of a record: a facet is visible while the record is in a bucket that carries it. */
function visible(key: string, era: number, { m, f }: Draft): StoredRecord | undefined {
  const carried = new Set(Object.keys(m).map(facetOf));
  if (carried.size === 0) return undefined;
  const kept = Object.fromEntries(Object.entries(f).filter(([facet]) => carried.has(facet)));
  return { key, e: era, m, f: kept };
}
