/**
 * Frames on their way in: kept apart from the replica until the bundle is complete.
 *
 * A small bundle stays in memory; a big one goes to disk in rows of many frames, so that a first copy of any size
 * fits a phone. What is left of a bundle that broke off is removed when the next one begins.
 */
import { BASE } from './contracts';
import { damaged } from './errors';
import type { Out, Put } from './frames';
import type { Sealed } from './cipher';
import type { Store, Tables } from './store';

const CHUNK = 1_000;
const IN_MEMORY = 25 * CHUNK;

/** A put whose body is sealed unless its facet is base. */
export type StagedPut = Omit<Put, 'd'> & { readonly d: string | Sealed };
export type StagedFrame = StagedPut | Out;

export class Staging {
  rows = 0;
  private frames: StagedFrame[] = [];
  private readonly token = crypto.randomUUID();
  private onDisk = false;

  private constructor(private readonly store: Store) {}

  static async begin(store: Store): Promise<Staging> {
    const staging = new Staging(store);
    await store.atomic(['staged', 'settings'], async (tables) => {
      await tables.staged.clear();
      await tables.put({ staging: staging.token });
    });
    return staging;
  }

  /** Keep a frame. */
  async add(frame: Put | Out): Promise<void> {
    if (frame.k === 'put' && frame.f !== BASE) {
      // Sealed here, because nothing but the database may be waited for during the swap.
      this.frames.push({ ...frame, d: await (await this.store.cipher()).seal(frame.d) });
    } else {
      this.frames.push(frame);
    }
    this.rows += 1;
    if (this.frames.length >= (this.onDisk ? CHUNK : IN_MEMORY)) await this.flush();
  }

  private async flush(): Promise<void> {
    this.onDisk = true;
    const frames = this.frames;
    this.frames = [];
    await this.store.atomic(['staged', 'settings'], async (tables) => {
      await this.requireMine(tables);
      for (let at = 0; at < frames.length; at += CHUNK) await tables.staged.add({ frames: frames.slice(at, at + CHUNK) });
    });
  }

  /** Call for all frames in order, many at a time, inside the open transaction. */
  async each(tables: Tables, take: (frames: readonly StagedFrame[]) => Promise<void>): Promise<void> {
    await this.requireMine(tables);
    if (this.onDisk) {
      for (const n of await tables.staged.orderBy('n').primaryKeys()) {
        const chunk = await tables.staged.get(n);
        await take((chunk?.frames ?? []) as readonly StagedFrame[]);
      }
      await tables.staged.clear();
    }
    if (this.frames.length > 0) await take(this.frames);
  }

  /** Throws `damaged` OVERTAKEN if another pull of the same copy began since. */
  private async requireMine(tables: Tables): Promise<void> {
    if ((await tables.get('staging', '')) !== this.token) throw damaged('OVERTAKEN');
  }
}
