/**
 * The page's side of the replica: what screens look at, and what they write. Framework-free; `hooks.ts` binds it
 * to React.
 */
import type { CommandName, EntityName, RecordOf, Records, Values } from './contracts';
import { ReplicaError } from './errors';
import { NO_FACTS, type Choice, type SyncFacts } from './facts';
import { newUuid } from './ids';
import { whole, type Answer, type CallName, type Calls, type FromWorker, type Port, type SignIn, type ToWorker, type Watched } from './protocol';
import type { ServerFile } from './server';
import type { Wish } from './writing';

/** A value that changes; `get` answers the same object until it does, undefined before the first answer. */
export interface Live<T> {
  get: () => T | undefined;
  subscribe: (listener: () => void) => () => void;
}

/** What may be written to a record's fields. */
export type FieldsOf<E extends EntityName> = { readonly [F in keyof RecordOf<E>]?: Records[E][F] };

/** A change that was written; `undo` takes it back, and answers whether it could. */
export interface Written {
  /** Id of the record. */
  readonly id: string;
  readonly undo: () => Promise<boolean>;
}

/** Several changes as one transaction of their owner. Nothing is written before `save`. */
export interface Group {
  create: <E extends EntityName>(entity: E, fields: FieldsOf<E>) => string;
  edit: <E extends EntityName>(entity: E, id: string, fields: FieldsOf<E>) => void;
  remove: (entity: EntityName, id: string) => void;
  command: (name: CommandName, id: string, request?: Values, expected?: Readonly<Record<string, Values>>) => void;
  save: () => Promise<Omit<Written, 'id'>>;
}

/** How screens write. Every call is done when the change is stored here; sending is a background matter. */
export interface Author {
  create: <E extends EntityName>(entity: E, fields: FieldsOf<E>) => Promise<Written>;
  edit: <E extends EntityName>(entity: E, id: string, fields: FieldsOf<E>) => Promise<Written>;
  remove: (entity: EntityName, id: string) => Promise<Written>;
  /** `expected`: what it will do to records, `{"entity/id": values}`, shown until the server's answer. */
  command: (
    name: CommandName,
    id: string,
    request?: Values,
    expected?: Readonly<Record<string, Values>>,
  ) => Promise<Written>;
  group: () => Group;
}

/** What the shell tells the synchronisation. */
export interface SyncControl {
  now: () => Promise<void>;
  discard: (itemId: string) => Promise<void>;
  resolve: (itemId: string, choice: Choice, fields?: Values) => Promise<void>;
  acknowledgeAccess: () => Promise<void>;
  /** Keep only these grant groups; none: everything that the user may replicate. */
  chooseGroups: (groups: readonly string[]) => Promise<void>;
  /** Open a copy whose lease is over, by a code that an administrator reads out. Throws `unusable` CODE_WRONG. */
  unlock: (code: string) => Promise<void>;
}

export interface SessionControl {
  signIn: (signIn: SignIn) => Promise<void>;
  /** Throws `unusable` UNSENT_CHANGES unless forced. */
  signOut: (force?: boolean) => Promise<void>;
}

/**
 * What a replica cannot hold: secret addresses, other people's taken time, archives outside the scope. Throws
 * `server_away` without a network.
 */
export interface Online {
  get: (path: string) => Promise<unknown>;
  post: (path: string, body?: Values) => Promise<unknown>;
  /** With the version that was seen: throws `refused` STALE if somebody wrote since. */
  patch: (path: string, body: Values, version?: number) => Promise<unknown>;
  /** Delete a record. A later patch of it, without a version, brings it back. */
  remove: (path: string, version?: number) => Promise<unknown>;
  /** A file that the server makes: by GET without a body, by POST with one. */
  file: (path: string, body?: Values) => Promise<ServerFile>;
}

export interface Replica {
  /** Whether it answers from the server what is not in the copy (`beyond.ts`); nothing is written by it. */
  readonly isBeyond?: boolean;
  readonly author: Author;
  readonly sync: SyncControl;
  readonly session: SessionControl;
  readonly online: Online;
  readonly facts: Live<SyncFacts>;
  watch: (watched: Watched) => Live<Answer>;
  setLanguage: (language: string) => void;
  /** Called when everything of this user is gone: signed out, revoked, wiped. */
  onGone: (listener: (reason: string) => void) => () => void;
}

export interface ClientOptions {
  readonly port: Port<FromWorker, ToWorker>;
  /** Reads the cookie that only a page can read. */
  readonly csrf?: () => string;
  /** How long an answer that nobody looks at is kept: going back to a screen shows it at once. */
  readonly keepMs?: number;
}

interface Watching {
  readonly watch: number;
  readonly live: Live<Answer>;
  answer: Answer | undefined;
  readonly listeners: Set<() => void>;
  leaving: ReturnType<typeof setTimeout> | undefined;
}

/** Connect a page to its engine. */
export function connect({ port, csrf = () => '', keepMs = 30_000 }: ClientOptions): Replica {
  const watchings = new Map<string, Watching>();
  const byNumber = new Map<number, Watching>();
  const calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const goneListeners = new Set<(reason: string) => void>();
  const factListeners = new Set<() => void>();
  let facts: SyncFacts | undefined;
  let next = 1;

  // What arrives together is drawn once: a change in an offer brings five answers, of which each would draw.
  const untold = new Set<() => void>();
  const tell = (listeners: ReadonlySet<() => void>) => {
    if (untold.size === 0 && listeners.size > 0) setTimeout(tellAll);
    for (const listener of listeners) untold.add(listener);
  };
  const tellAll = () => {
    const listeners = [...untold];
    untold.clear();
    for (const listener of listeners) listener();
  };

  port.onmessage = ({ data }) => {
    switch (data.kind) {
      case 'answer': {
        const watching = byNumber.get(data.watch);
        if (watching === undefined) return;
        watching.answer = whole(watching.answer, data.answer, data.kept);
        tell(watching.listeners);
        break;
      }
      case 'returned':
        calls.get(data.call)?.resolve(data.value);
        calls.delete(data.call);
        break;
      case 'failed': {
        const { kind, reason, detail } = data.error;
        const error = kind === 'internal' ? new Error(detail) : new ReplicaError(kind, reason, detail);
        calls.get(data.call)?.reject(error);
        calls.delete(data.call);
        break;
      }
      case 'facts':
        facts = data.facts;
        tell(factListeners);
        break;
      case 'csrf_wanted':
        port.postMessage({ kind: 'csrf', token: csrf() });
        break;
      case 'gone':
        for (const listener of goneListeners) listener(data.reason);
    }
  };
  port.postMessage({ kind: 'csrf', token: csrf() });

  function call<N extends CallName>(name: N, ...args: Parameters<Calls[N]>): Promise<ReturnType<Calls[N]>> {
    const number = next++;
    return new Promise((resolve, reject) => {
      calls.set(number, { resolve: resolve as (value: unknown) => void, reject });
      port.postMessage({ kind: 'call', call: number, name, args });
    });
  }

  function watch(watched: Watched): Live<Answer> {
    const key = JSON.stringify(watched);
    const known = watchings.get(key);
    if (known !== undefined) return known.live;
    const watching: Watching = {
      watch: next++,
      answer: undefined,
      listeners: new Set(),
      leaving: undefined,
      live: {
        get: () => watching.answer,
        subscribe: (listener) => {
          clearTimeout(watching.leaving);
          watching.listeners.add(listener);
          return () => {
            watching.listeners.delete(listener);
            untold.delete(listener);
            if (watching.listeners.size === 0) leaveLater(key, watching);
          };
        },
      },
    };
    watchings.set(key, watching);
    byNumber.set(watching.watch, watching);
    port.postMessage({ kind: 'watch', watch: watching.watch, watched });
    leaveLater(key, watching);
    return watching.live;
  }

  function leaveLater(key: string, watching: Watching): void {
    clearTimeout(watching.leaving);
    watching.leaving = setTimeout(() => {
      watchings.delete(key);
      byNumber.delete(watching.watch);
      port.postMessage({ kind: 'unwatch', watch: watching.watch });
    }, keepMs);
  }

  const write = async (wishes: readonly Wish[]): Promise<Omit<Written, 'id'>> => {
    const items = await call('write', wishes);
    return { undo: () => call('undo', items) };
  };
  const writeOne = async (wish: Wish): Promise<Written> => ({ id: wish.id, ...(await write([wish])) });

  return {
    watch,
    facts: {
      get: () => facts ?? NO_FACTS,
      subscribe: (listener) => {
        factListeners.add(listener);
        return () => factListeners.delete(listener);
      },
    },
    author: {
      create: (entity, fields) => writeOne(createWish(entity, fields)),
      edit: (entity, id, fields) => writeOne({ op: 'edit', entity, id, fields }),
      remove: (entity, id) => writeOne({ op: 'remove', entity, id }),
      command: (name, id, request = {}, expected = {}) => writeOne(commandWish(name, id, request, expected)),
      group: () => newGroup(write),
    },
    sync: {
      now: () => call('syncNow'),
      discard: (itemId) => call('discard', itemId),
      resolve: (itemId, choice, fields = {}) => call('resolve', itemId, choice, fields),
      acknowledgeAccess: () => call('acknowledgeAccess'),
      chooseGroups: (groups) => call('chooseGroups', groups),
      unlock: (code) => call('unlock', code),
    },
    session: {
      signIn: (signIn) => call('signIn', signIn),
      signOut: (force = false) => call('signOut', force),
    },
    online: {
      get: (path) => call('ask', 'GET', path),
      post: (path, body = {}) => call('ask', 'POST', path, body),
      patch: (...given) => call('ask', 'PATCH', ...given),
      remove: (path, version) => call('ask', 'DELETE', path, undefined, version),
      file: (path, body) => (body === undefined ? call('askFile', 'GET', path) : call('askFile', 'POST', path, body)),
    },
    setLanguage: (language) => port.postMessage({ kind: 'language', language }),
    onGone: (listener) => {
      goneListeners.add(listener);
      return () => goneListeners.delete(listener);
    },
  };
}

function newGroup(write: (wishes: readonly Wish[]) => Promise<Omit<Written, 'id'>>): Group {
  const wishes: Wish[] = [];
  return {
    create: (entity, fields) => {
      const wish = createWish(entity, fields);
      wishes.push(wish);
      return wish.id;
    },
    edit: (entity, id, fields) => void wishes.push({ op: 'edit', entity, id, fields }),
    remove: (entity, id) => void wishes.push({ op: 'remove', entity, id }),
    command: (name, id, request = {}, expected = {}) => void wishes.push(commandWish(name, id, request, expected)),
    save: () => write(wishes),
  };
}

function createWish<E extends EntityName>(entity: E, fields: FieldsOf<E>): Wish {
  const { id = newUuid(new Date()), ...rest } = fields as Values;
  return { op: 'create', entity, id: id as string, fields: rest };
}

function commandWish(
  name: CommandName,
  id: string,
  request: Values,
  expected: Readonly<Record<string, Values>>,
): Wish {
  const [entity = '', command = ''] = name.split(':');
  return { op: 'command', entity, id, command, request, expected };
}
