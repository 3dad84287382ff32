/**
 * The replica of one tab: answers what screens look at from memory, and writes what they want into the queue.
 *
 * Several tabs share one database. Each has an engine; what one changes it announces, and the others look again.
 */
import { entityNames, type Values } from './contracts';
import { isKind, isQuota, ReplicaError, unusable } from './errors';
import { NO_FACTS, type SyncFacts } from './facts';
import { newUuid } from './ids';
import type { QueuedItem } from './items';
import { entryOf, isListed } from './listing';
import { Numbers } from './numbers';
import { Parked } from './parked';
import { parted, type Answer, type CallName, type Calls, type Failure, type FromWorker, type Port, type SignIn, type ToWorker, type Watched, type Asking } from './protocol';
import type { ServerFile } from './server';
import type { Store } from './store';
import { oppositeOf, Removed } from './undo';
import { View } from './view';
import { Writing, type Wish } from './writing';

/** What engines of several tabs tell each other. */
export type Announcement =
  | { readonly kind: 'queue' }
  /** A bundle came in: keys of records that changed; null: too many to name. */
  | { readonly kind: 'rows'; readonly keys: readonly string[] | null }
  | { readonly kind: 'facts'; readonly facts: SyncFacts }
  /** Something was made that wants to be sent. */
  | { readonly kind: 'wanted' }
  /** A tab has opened and asks how things stand. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'gone'; readonly reason: string };

/** What synchronises; absent in a copy that has no server, such as a test's. */
export interface Synchroniser {
  readonly session: {
    signIn: (signIn: SignIn) => Promise<void>;
    signOut: (force: boolean) => Promise<void>;
    setCsrf: (token: string) => void;
    setLanguage: (language: string) => void;
  };
  now: () => void;
  acknowledgeAccess: () => void;
  chooseGroups: (groups: readonly string[]) => Promise<void>;
  unlock: (code: string) => Promise<void>;
  ask: (method: Asking, path: string, body?: Values, version?: number) => Promise<unknown>;
  askFile: (method: 'GET' | 'POST', path: string, body?: Values) => Promise<ServerFile>;
}

export interface EngineOptions {
  readonly store: Store;
  readonly announce: (announcement: Announcement) => void;
  readonly newId?: () => string;
  readonly now?: () => Date;
}

export class Engine {
  readonly view: View;
  readonly writing: Writing;
  readonly parked: Parked;
  readonly numbers: Numbers;
  facts: SyncFacts = NO_FACTS;
  synchroniser: Synchroniser | null = null;
  private readonly store: Store;
  private readonly announce: (announcement: Announcement) => void;
  private readonly watches = new Map<number, { watched: Watched; last: Answer | undefined }>();
  private items: readonly QueuedItem[] = [];
  private readonly removed = new Removed();
  private port: Port<ToWorker, FromWorker> | null = null;
  /** When what was written before is known. */
  readonly ready: Promise<void>;
  private evaluating: Promise<void> = Promise.resolve();
  private reloading: Promise<void> = Promise.resolve();
  private changing: Promise<void> = Promise.resolve();
  private readonly running = new Set<Promise<void>>();

  constructor({ store, announce, newId, now = () => new Date() }: EngineOptions) {
    this.store = store;
    this.announce = announce;
    this.view = new View((entityName) => store.rows(entityName));
    const nextId = newId ?? (() => newUuid(now()));
    this.writing = new Writing(this.view, nextId, now);
    this.numbers = new Numbers(store, this.view, now, nextId);
    this.parked = new Parked(this.view, this.writing);
    this.ready = this.reloadQueue();
  }

  /** Serve a tab. */
  serve(port: Port<ToWorker, FromWorker>): void {
    this.port = port;
    port.onmessage = ({ data }) => this.obey(data);
    port.postMessage({ kind: 'facts', facts: this.facts });
  }

  private obey(message: ToWorker): void {
    switch (message.kind) {
      case 'watch':
        this.watches.set(message.watch, { watched: message.watched, last: undefined });
        if (message.watched.kind === 'record') this.lookAtOnce(message.watch);
        else this.look([message.watch]);
        break;
      case 'unwatch':
        this.watches.delete(message.watch);
        break;
      case 'csrf':
        this.synchroniser?.session.setCsrf(message.token);
        break;
      case 'language':
        this.synchroniser?.session.setLanguage(message.language);
        break;
      case 'call':
        this.run(message.call, message.name, message.args);
    }
  }

  private run(call: number, name: CallName, args: readonly unknown[]): void {
    const running = this.call(call, name, args).finally(() => this.running.delete(running));
    this.running.add(running);
  }

  private async call(call: number, name: CallName, args: readonly unknown[]): Promise<void> {
    try {
      await this.ready;
      const handler = this.handlers[name] as (...given: readonly unknown[]) => unknown;
      this.port?.postMessage({ kind: 'returned', call, value: await handler(...args) });
    } catch (error) {
      this.port?.postMessage({ kind: 'failed', call, error: failureOf(error) });
    }
  }

  private readonly handlers: { [N in CallName]: (...args: Parameters<Calls[N]>) => unknown } = {
    write: (wishes) => this.write(wishes),
    undo: (ids) => this.undo(ids),
    refreshFacts: () => this.facts,
    signIn: (signIn) => this.server().session.signIn(signIn),
    signOut: (force) => this.server().session.signOut(force),
    syncNow: () => this.server().now(),
    acknowledgeAccess: () => this.server().acknowledgeAccess(),
    chooseGroups: (groups) => this.server().chooseGroups(groups),
    unlock: (code) => this.server().unlock(code),
    ask: (...given) => this.server().ask(...given),
    askFile: (method, path, body) => this.server().askFile(method, path, body),
    discard: (id) => this.discard(id),
    resolve: (id, choice, fields) => this.resolve(id, choice, fields),
  };

  private server(): Synchroniser {
    if (this.synchroniser === null) throw unusable('NO_SERVER');
    return this.synchroniser;
  }

  /** Write changes that belong together; returns the ids of the items. */
  private async write(given: readonly Wish[]): Promise<string[]> {
    if (this.facts.lease_over) throw new ReplicaError('lease_over', 'LEASE_OVER');
    await this.view.need(...new Set(given.flatMap(entitiesOf)));
    const wishes: Wish[] = [];
    for (const wish of given) {
      wishes.push(wish.op === 'create' ? { ...wish, fields: await this.numbers.complete(wish.entity, wish.fields) } : wish);
    }
    const bodies = this.writing.items(wishes);
    const seen = bodies.filter(({ op }) => op === 'delete').map((body) => [body.id, this.view.record(body.entity, body.record_id)] as const);
    await this.enqueue(
      bodies.map((body, at) => {
        const wish = wishes[at];
        return { body, expected: wish === undefined ? {} : expectedOf(wish) };
      }),
    );
    this.removed.remember(seen);
    return bodies.map((body) => body.id);
  }

  /** Put items at the end of the queue, all or none, and show them. */
  async enqueue(
    items: readonly (Pick<QueuedItem, 'body'> & Partial<Pick<QueuedItem, 'expected' | 'resolves' | 'choice'>>)[],
  ): Promise<void> {
    const rows = await Promise.all(items.map(({ body, ...rest }) => this.store.newItem(body, rest)));
    await this.store.items.bulkAdd(rows);
    await this.queueChanged();
    this.announce({ kind: 'wanted' });
  }

  private async undo(ids: readonly string[]): Promise<boolean> {
    const found = this.items.filter((item) => ids.includes(item.id));
    if (found.length === 0) return false;
    const removed = await this.store.atomic(['items'], async (tables) => {
      const rows = await tables.items.where('id').anyOf([...ids]).toArray();
      if (rows.some((row) => row.sent || row.state !== 'waiting')) return false;
      await tables.items.bulkDelete(rows.map((row) => row.position ?? 0));
      return true;
    });
    if (removed) {
      await this.queueChanged();
      return true;
    }
    const opposite = found.toReversed().map((item) => oppositeOf(item.body, this.removed.get(item.id)));
    if (opposite.some((wish) => wish === null)) return false;
    await this.write(opposite.filter((wish) => wish !== null));
    return true;
  }

  /** Drop an own change that the server has not taken. */
  private async discard(id: string): Promise<void> {
    const item = this.items.find((each) => each.id === id);
    if (item === undefined) throw unusable('CHANGE_UNKNOWN', id);
    if (item.needs_decision) return this.resolve(id, 'discarded', {});
    await this.store.atomic(['items'], async (tables) => {
      const row = await tables.items.get(item.position);
      // What was sent may have been carried out: only its answer ends it.
      if (row === undefined || row.state !== 'waiting' || (row.sent && row.outcome !== 'held')) {
        throw unusable('CHANGE_SENT', id);
      }
      await tables.items.delete(item.position);
    });
    await this.queueChanged();
  }

  private async resolve(id: string, choice: Parameters<Calls['resolve']>[1], fields: Values): Promise<void> {
    const item = this.items.find((each) => each.id === id);
    if (item !== undefined) await this.view.need(item.entity);
    await this.enqueue([this.parked.decision(this.items, id, choice, fields)]);
  }

  /** The queue is not what it was: show it, here and in the other tabs. */
  async queueChanged(): Promise<void> {
    await this.reloadQueue();
    this.announce({ kind: 'queue' });
  }

  /** One after the other, so that an older state never replaces a newer one. */
  private reloadQueue(): Promise<void> {
    const run = this.reloading.then(() => this.readQueue());
    this.reloading = run.catch(() => undefined);
    return run;
  }

  private async readQueue(): Promise<void> {
    this.items = await this.store.queue();
    const aliases = await this.store.aliases.toArray();
    this.view.setAliases(aliases.map((row) => [row.key, row.survivor]));
    const touched = this.view.show(this.items);
    this.look(this.watching((watched) => !('entity' in watched) || touched.has(watched.entity)));
    this.setFacts({
      waiting: this.items.filter((item) => item.state === 'waiting').length,
      questions: this.parked.count(this.items),
    });
  }

  /** Records changed in the database: look again. Bundles are taken over in their order. */
  rowsChanged(keys: readonly string[] | null): Promise<void> {
    const run = this.changing.then(() => this.takeOver(keys));
    this.changing = run.catch(() => undefined);
    return run;
  }

  private async takeOver(keys: readonly string[] | null): Promise<void> {
    if (keys === null) {
      this.view.forget();
    } else {
      const rows = await this.store.rowsOf(keys);
      for (const name of new Set(keys.map(entityOf))) {
        const own = keys.flatMap((key, at) =>
          entityOf(key) === name ? [[key.slice(name.length + 1), rows[at] ?? null] as const] : [],
        );
        this.view.put(name, new Map(own));
      }
    }
    const touched = keys === null ? null : new Set(keys.map(entityOf));
    await this.reloadQueue();
    this.look(
      this.watching((watched) => !('entity' in watched) || touched === null || touched.has(watched.entity)),
    );
  }

  /** Another tab announced something. */
  async hear(announcement: Announcement): Promise<void> {
    switch (announcement.kind) {
      case 'queue':
        await this.reloadQueue();
        break;
      case 'rows':
        await this.rowsChanged(announcement.keys);
        break;
      case 'facts':
        this.setFacts({ ...announcement.facts, follower: true });
        break;
      case 'gone':
        await this.gone(announcement.reason);
        break;
      case 'wanted':
      case 'hello':
        break;
    }
  }

  /** Everything of the user is gone from the database. */
  async gone(reason: string): Promise<void> {
    this.view.forget();
    this.facts = { ...NO_FACTS, known: true };
    await this.reloadQueue();
    this.port?.postMessage({ kind: 'gone', reason });
    this.port?.postMessage({ kind: 'facts', facts: this.facts });
    this.look([...this.watches.keys()]);
  }

  setFacts(facts: Partial<SyncFacts>): void {
    const next = { ...this.facts, ...facts };
    if (JSON.stringify(next) === JSON.stringify(this.facts)) return;
    const opened = this.facts.lease_over !== next.lease_over;
    this.facts = next;
    this.port?.postMessage({ kind: 'facts', facts: next });
    if (opened) this.look([...this.watches.keys()]);
  }

  /** Ask the page to read the session's cookie anew. */
  wantCsrf(): void {
    this.port?.postMessage({ kind: 'csrf_wanted' });
  }

  queue(): readonly QueuedItem[] {
    return this.items;
  }

  private watching(concerned: (watched: Watched) => boolean): number[] {
    return [...this.watches].filter(([, { watched }]) => concerned(watched)).map(([watch]) => watch);
  }

  private look(watches: readonly number[]): void {
    // One after the other, so that an older state never overtakes a newer one.
    this.evaluating = this.evaluating.then(async () => {
      for (const watch of watches) await this.evaluate(watch);
    });
  }

  /** A record that nobody looked at before has no older state: it does not wait for long lists. */
  private lookAtOnce(watch: number): void {
    const first = this.evaluate(watch);
    this.evaluating = this.evaluating.then(() => first);
  }

  /** Wait until everything that was asked is done, and all that is looked at has been answered. */
  async settled(): Promise<void> {
    await this.ready;
    await Promise.all(this.running);
    await this.evaluating;
  }

  private async evaluate(watch: number): Promise<void> {
    const entry = this.watches.get(watch);
    if (entry === undefined) return;
    await this.ready;
    const answer = await this.answer(entry.watched);
    if (!this.watches.has(watch) || isSame(entry.last, answer)) return;
    const sent = parted(entry.last, answer);
    entry.last = answer;
    this.port?.postMessage({ kind: 'answer', watch, ...sent });
  }

  private async alone(entityName: string, id: string): Promise<Values | null> {
    const survivor = this.view.survivor(entityName, id);
    const row = await this.store.records.get(`${entityName}/${survivor}`);
    const found = row === undefined ? null : await this.store.readable(row);
    // Read meanwhile by another question: it is the same object from now on.
    return this.view.has(entityName) ? this.view.record(entityName, id) : this.view.alone(entityName, survivor, found);
  }

  private async answer(watched: Watched): Promise<Answer> {
    if (this.facts.lease_over && 'entity' in watched) return CLOSED[watched.kind];
    // A record is shown before the twenty thousand others are read.
    if (watched.kind === 'record' && !this.view.has(watched.entity)) return this.alone(watched.entity, watched.id);
    if ('entity' in watched) await this.view.need(watched.entity);
    switch (watched.kind) {
      case 'record':
        return this.view.record(watched.entity, watched.id);
      case 'records':
        return this.view.records(watched.entity, watched);
      case 'counts':
        return this.view.counts(watched.entity, watched.field, watched.where);
      case 'queue':
        return this.items.filter((item) => isListed(item)).map(entryOf);
      case 'questions':
        await this.view.need(...new Set(this.items.filter((item) => item.needs_decision).map((item) => item.entity)));
        return this.parked.questions(this.items);
      case 'buckets':
        return (await this.store.buckets.toArray()).map(({ key, n }) => ({ key, rows: n }));
    }
  }
}

function failureOf(error: unknown): Failure {
  if (isKind(error)) return { kind: error.kind, reason: error.reason, detail: error.detail };
  if (isQuota(error)) return { kind: 'unusable', reason: 'QUOTA', detail: '' };
  return { kind: 'internal', reason: 'INTERNAL', detail: String(error) };
}

/** What a closed copy shows. */
const CLOSED = { record: null, records: { rows: [], total: 0 }, counts: {} } as const;

/** Return what a wish will do until the server's answer: "entity/id" -> values. */
function expectedOf(wish: Wish): QueuedItem['expected'] {
  if (wish.op === 'command') return wish.expected ?? {};
  return wish.op === 'restore' ? { [`${wish.entity}/${wish.id}`]: wish.values } : {};
}

function entitiesOf(wish: Wish): string[] {
  // Links to merged records are followed by their aliases alone: only the record itself must be in memory.
  const expected = wish.op === 'command' ? Object.keys(wish.expected ?? {}).map(entityOf) : [];
  return [wish.entity, ...expected].filter((name) => (entityNames as readonly string[]).includes(name));
}

function entityOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}

/** Whether an answer shows the same: records are the same objects as long as they are the same. */
function isSame(before: Answer | undefined, now: Answer): boolean {
  if (before === undefined) return false;
  if (before === now) return true;
  if (before !== null && now !== null && 'rows' in before && 'rows' in now) {
    const [a, b] = [before.rows as readonly unknown[], now.rows as readonly unknown[]];
    return before.total === now.total && before.offset === now.offset && a.length === b.length && a.every((row, at) => row === b[at]);
  }
  return JSON.stringify(before) === JSON.stringify(now);
}
