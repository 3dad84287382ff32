/** Counts and sums of buckets: the proof that a copy equals what the server means it to be. */
import type { Done } from './frames';
import type { StoredRecord } from './pages';
import { facetOf, type Tables } from './store';

const WRAP = 1n << 64n;

/** A bucket's count and sum while it changes. */
interface Running {
  n: number;
  h: bigint;
}

/** Counts what leaves and what comes, record by record. */
export class Sums {
  private readonly running = new Map<string, Running>();
  private readonly changed = new Set<string>();

  constructor(held: Iterable<{ readonly key: string; readonly n: number; readonly h: string }>) {
    for (const { key, n, h } of held) this.running.set(key, { n, h: BigInt(`0x${h}`) });
  }

  /** A record is not what it was: take away what it added, add what it adds. */
  move(before: StoredRecord | undefined, after: StoredRecord | undefined): void {
    if (before !== undefined) this.count(before, -1);
    if (after !== undefined) this.count(after, 1);
  }

  private count(record: StoredRecord, sign: 1 | -1): void {
    for (const bucket of Object.keys(record.m)) {
      const fragment = record.f[facetOf(bucket)];
      if (fragment === undefined) continue;
      const found = this.of(bucket);
      found.n += sign;
      found.h += BigInt(`0x${fragment[2]}`) * BigInt(sign);
    }
  }

  private of(bucket: string): Running {
    let found = this.running.get(bucket);
    if (found === undefined) this.running.set(bucket, (found = { n: 0, h: 0n }));
    this.changed.add(bucket);
    return found;
  }

  /** A bucket is held from now on, empty or not. */
  hold(bucket: string): void {
    this.of(bucket);
  }

  /** A bucket is held no more. */
  drop(bucket: string): void {
    this.running.delete(bucket);
    this.changed.delete(bucket);
  }

  /** Write what changed, inside the open transaction. */
  async write(store: Tables): Promise<void> {
    const rows = [...this.changed].map((key) => ({ key, ...this.text(key) }));
    await store.buckets.bulkPut(rows);
  }

  private text(bucket: string): { n: number; h: string } {
    const { n, h } = this.running.get(bucket) ?? { n: 0, h: 0n };
    return { n, h: sumText(h) };
  }

  /** Return the buckets that are not what the server says; those that it does not name count as right. */
  differing(sent: Done['sums']): string[] {
    return [...sent]
      .filter(([bucket, expected]) => {
        const { n, h } = this.text(bucket);
        return n !== expected.n || h !== expected.h;
      })
      .map(([bucket]) => bucket)
      .toSorted();
  }
}

/** Return a sum, wrapped to 64 bits, as it travels; negative differences wrap as well. */
export function sumText(total: bigint): string {
  return (((total % WRAP) + WRAP) % WRAP).toString(16).padStart(16, '0');
}
