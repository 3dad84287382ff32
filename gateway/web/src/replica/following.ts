/**
 * The copy stays up to date by itself, and own changes leave as soon as they are made.
 *
 * One tab leads: it holds the lock `project-sales-leader`, listens to the server's pokes, pulls and pushes. The others
 * show what it announces and take over when it closes. A poke carries no data: each one is a pull. Pulling and pushing
 * never wait for each other. A line that breaks is opened again, at first soon, then more and more patiently.
 */
import type { Values } from './contracts';
import type { Engine, Synchroniser } from './engine';
import { isKind, isQuota, wiped } from './errors';
import type { SyncFacts } from './facts';
import { Lease, type LeaseAnswer } from './lease';
import type { Asking } from './protocol';
import { Pulling, SCHEMA } from './pulling';
import { Pushing } from './pushing';
import { Runner } from './runner';
import type { Server, ServerFile } from './server';
import { Session } from './session';
import type { Store } from './store';
import type { Swapped } from './swap';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** Held items are tried again after this long. */
const HELD_MS = 60_000;
/** What takes less is not worth a change of the pill. */
const SHOWN_AFTER_MS = 250;
const PROGRESS_EVERY_MS = 100;

export interface FollowingOptions {
  readonly store: Store;
  readonly server: Server;
  readonly engine: Engine;
  readonly announceFacts: (facts: SyncFacts) => void;
  readonly announceRows: (keys: readonly string[] | null) => void;
  readonly announceWanted: () => void;
  readonly announceGone: (reason: string) => void;
  readonly now?: () => Date;
  readonly firstPauseMs?: number;
  /** Name of this program's version. */
  readonly app?: string;
  readonly platform?: string;
}

export class Following implements Synchroniser {
  readonly session: Session;
  private readonly options: Required<FollowingOptions>;
  private readonly pusher: Runner;
  private readonly puller: Runner;
  private readonly lease: Lease;
  private pauseMs: number;
  private leading = false;
  /** Ends a pause or a stream; there is a new one after each. */
  private bell = new AbortController();
  private busy = 0;
  private progressAt = 0;
  /** Ids that the last push left waiting, and when they are tried again. */
  private left = '';
  private againAt = 0;

  constructor(options: FollowingOptions) {
    this.options = {
      now: () => new Date(),
      firstPauseMs: FIRST_PAUSE_MS,
      app: 'web',
      platform: 'web',
      ...options,
    };
    this.pauseMs = this.options.firstPauseMs;
    const { store, now } = this.options;
    this.session = new Session({
      ...this.options,
      setFacts: (facts) => this.setFacts(facts),
      ring: () => this.ring(),
    });
    this.lease = new Lease(store, now);
    this.pusher = new Runner(() => this.push(), (error) => this.stumble(error));
    this.puller = new Runner(() => this.pull(), (error) => this.stumble(error));
  }

  /** Show what is known from the last visit, before any server. */
  async start(): Promise<void> {
    const { store, engine } = this.options;
    const [session, isOver, complete, last_contact, access_changed, groups, device] = await Promise.all([
      store.get<SyncFacts['session']>('session', null),
      this.lease.isOver(),
      store.get('complete', false),
      store.get('last_contact', ''),
      store.get('access_changed', false),
      store.get<readonly string[]>('groups', []),
      store.get('device_id', ''),
      // A copy with unsent changes never looks as if everything was sent.
      engine.ready,
    ]);
    engine.setFacts({ known: true, session, complete, last_contact, access_changed, lease_over: session !== null && isOver, groups, device });
    await this.lease.note();
  }

  /** Lead until the signal; the caller holds the lock. */
  async lead(signal: AbortSignal): Promise<void> {
    this.leading = true;
    this.setFacts({ follower: false });
    signal.addEventListener('abort', () => this.bell.abort());
    while (!signal.aborted) {
      if (this.options.engine.facts.session === null || this.options.engine.facts.sign_in_needed) {
        await this.pause(LONGEST_PAUSE_MS);
        continue;
      }
      try {
        await this.register();
        await this.listen(signal);
      } catch (error) {
        await this.stumble(error);
        const pauseMs = this.pauseMs * (0.5 + Math.random() / 2);
        this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
        await this.pause(pauseMs);
      }
    }
    this.leading = false;
  }

  /** Something may be possible now: a change was made, the network is back, the user asked. */
  now(): void {
    if (!this.leading) {
      this.options.announceWanted();
      return;
    }
    this.pauseMs = this.options.firstPauseMs;
    if (this.options.engine.facts.offline_since === '' && this.options.engine.facts.error === null) {
      this.againAt = 0;
      this.pusher.trigger();
      this.puller.trigger();
    } else {
      this.ring();
    }
  }

  /** A change was made in this or another tab. */
  wanted(): void {
    if (this.leading) this.pusher.trigger();
  }

  private ring(): void {
    const bell = this.bell;
    this.bell = new AbortController();
    bell.abort();
  }

  private async pause(forMs: number): Promise<void> {
    const { signal } = this.bell;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, forMs);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Make this copy known where it is not, and begin its lease anew once a day. Most times there is nothing to say. */
  private async register(): Promise<void> {
    const { store, server } = this.options;
    const device = await store.get('device_id', '');
    let isReached = false;
    if (!(await store.get('registered', false))) {
      await server.post('/v1/sync/devices', {
        device,
        name: await store.get('device_name', ''),
        platform: this.options.platform,
        app: this.options.app,
        schema: SCHEMA,
      });
      await store.put({ registered: true, renewed_at: 0 });
      isReached = true;
    }
    if (await this.lease.isDue()) {
      await this.lease.renew(await server.post<LeaseAnswer>(`/v1/sync/devices/${device}:renew`, undefined));
      isReached = true;
    }
    if (isReached) await this.contact();
  }

  private async listen(signal: AbortSignal): Promise<void> {
    const line = AbortSignal.any([signal, this.bell.signal]);
    const events = await this.options.server.live(line);
    await this.contact();
    this.pusher.trigger();
    try {
      for await (const { name, data } of events) {
        if (name === 'wipe') throw wiped('REVOKED', data);
        if (name === 'poke') this.puller.trigger();
        // The server speaks: the next break begins with a short pause.
        this.pauseMs = this.options.firstPauseMs;
        await this.contact();
        this.pushAgain();
      }
    } catch (error) {
      if (!line.aborted || isKind(error, 'wiped')) throw error;
    }
  }

  private async pull(): Promise<void> {
    const { store, server, now, engine } = this.options;
    const pulling = new Pulling({
      store,
      server,
      now,
      progress: (rows, total) => this.progress(rows, total),
      swapped: (swapped) => this.swapped(swapped),
    });
    await this.working(async () => {
      try {
        await pulling.run();
      } catch (error) {
        if (!isKind(error, 'refused') || error.reason !== 'DEVICE_UNKNOWN') throw error;
        // The server forgot this copy: a restored database.
        await store.put({ registered: false });
        await this.register();
        await pulling.run();
      }
    });
    await this.contact();
    if (!engine.facts.complete) await store.put({ complete: true });
    this.setFacts({ complete: true, progress: null, error: null });
    await engine.numbers.refill(server);
    if (pulling.rows > 0) {
      // What was held may have become possible.
      this.againAt = 0;
      this.pusher.trigger();
    }
  }

  private progress(rows: number, total: number): void {
    const at = Date.now();
    if (at - this.progressAt < PROGRESS_EVERY_MS) return;
    this.progressAt = at;
    const since = this.options.engine.facts.progress?.since ?? at;
    this.setFacts({ progress: { rows, total, since } });
  }

  private async swapped({ keys, joined, left }: Swapped): Promise<void> {
    const { store, engine, announceRows } = this.options;
    const chosen = await store.get('groups_changed', false);
    const changed = engine.facts.complete && !chosen && joined.length + left.length > 0;
    await store.put({ groups_changed: false, ...(changed ? { access_changed: true } : {}) });
    if (changed) this.setFacts({ access_changed: true });
    await engine.rowsChanged(keys);
    announceRows(keys);
  }

  private async push(): Promise<void> {
    const { store, server, now, engine } = this.options;
    const waiting = (await store.waiting()).join(' ');
    if (waiting === '' || (waiting === this.left && Date.now() < this.againAt)) return;
    await this.working(() => new Pushing({ store, server, now, changed: () => engine.queueChanged() }).run());
    this.left = (await store.waiting()).join(' ');
    this.againAt = Date.now() + HELD_MS;
    await this.contact();
  }

  private pushAgain(): void {
    if (this.options.engine.facts.waiting > 0) this.pusher.trigger();
  }

  private async working(job: () => Promise<void>): Promise<void> {
    this.busy += 1;
    const timer = setTimeout(() => this.setFacts({ running: this.busy > 0 }), SHOWN_AFTER_MS);
    try {
      await job();
    } finally {
      clearTimeout(timer);
      this.busy -= 1;
      if (this.busy === 0) this.setFacts({ running: false, progress: null });
    }
  }

  /** The server was reached: the lease begins anew. */
  private async contact(): Promise<void> {
    const now = this.options.now().toISOString();
    await this.lease.contact(now);
    this.setFacts({ last_contact: now, offline_since: '', lease_over: false });
  }

  private async stumble(error: unknown): Promise<void> {
    if (isKind(error, 'wiped')) {
      await this.session.forget('revoked');
    } else if (isKind(error, 'server_away')) {
      const { offline_since } = this.options.engine.facts;
      const lease_over = await this.lease.isOver();
      if (!lease_over) await this.lease.note();
      this.setFacts({
        offline_since: offline_since === '' ? this.options.now().toISOString() : offline_since,
        lease_over,
      });
      this.ring();
    } else if (isKind(error, 'sign_in_needed')) {
      this.setFacts({ sign_in_needed: true });
      this.ring();
    } else if (isKind(error, 'upgrade_needed')) {
      this.setFacts({ upgrade_needed: true });
    } else if (isKind(error)) {
      this.setFacts({ error: { reason: error.reason, detail: error.detail } });
    } else if (isQuota(error)) {
      // Room for own changes comes first: what had arrived of a bundle is asked for again.
      await this.options.store.staged.clear();
      this.setFacts({ error: { reason: 'QUOTA', detail: '' } });
    } else {
      this.setFacts({ error: { reason: 'INTERNAL', detail: String(error) } });
    }
  }

  private setFacts(facts: Partial<SyncFacts>): void {
    this.options.engine.setFacts(facts);
    this.options.announceFacts(this.options.engine.facts);
  }

  acknowledgeAccess(): void {
    void this.options.store.put({ access_changed: false });
    this.setFacts({ access_changed: false });
  }

  async chooseGroups(groups: readonly string[]): Promise<void> {
    const chosen = groups.toSorted();
    await this.options.store.put({ groups: chosen, groups_changed: true });
    this.setFacts({ groups: chosen });
    this.now();
  }

  /** Open a copy whose lease is over. Throws `unusable` CODE_WRONG. */
  async unlock(code: string): Promise<void> {
    await this.lease.unlock(code);
    this.setFacts({ lease_over: false });
    this.now();
  }

  /** Ask the server for what a replica cannot hold. */
  ask(method: Asking, path: string, body?: Values, version?: number): Promise<unknown> {
    const { server } = this.options;
    if (method === 'GET') return server.get(path);
    if (method === 'DELETE') return server.remove(path, version);
    return method === 'POST' ? server.post(path, body ?? {}) : server.patch(path, body ?? {}, version);
  }

  /** Ask the server for a file that it makes. */
  askFile(method: 'GET' | 'POST', path: string, body?: Values): Promise<ServerFile> {
    return this.options.server.file(method, path, body);
  }
}
