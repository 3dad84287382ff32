/** What screens and worker say to each other: plain values that can be cloned. */
import type { Values } from './contracts';
import type { ErrorKind } from './errors';
import type { BucketFacts, Choice, Question, QueueEntry, SyncFacts } from './facts';
import type { AnyQuery, AnyWhere } from './query';
import type { ServerFile } from './server';
import type { Page } from './view';
import type { Wish } from './writing';

/** Something that a screen looks at, and that is answered again whenever it changes. */
export type Watched =
  | { readonly kind: 'record'; readonly entity: string; readonly id: string }
  | ({ readonly kind: 'records'; readonly entity: string } & AnyQuery)
  | { readonly kind: 'counts'; readonly entity: string; readonly field: string; readonly where?: AnyWhere | undefined }
  | { readonly kind: 'queue' }
  | { readonly kind: 'questions' }
  | { readonly kind: 'buckets' };

export interface Answers {
  record: Values | null;
  records: Page;
  counts: Readonly<Record<string, number>>;
  queue: readonly QueueEntry[];
  questions: readonly Question[];
  buckets: readonly BucketFacts[];
}
export type Answer = Answers[Watched['kind']];

/** What a screen may ask of the server itself. */
export type Asking = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** What a screen asks once. */
export interface Calls {
  write: (wishes: readonly Wish[]) => readonly string[];
  /** Take back a change: out of the queue if it was not sent, else by the opposite change. */
  undo: (itemIds: readonly string[]) => boolean;
  signIn: (signIn: SignIn) => void;
  /** `force`: unsent changes are lost. */
  signOut: (force: boolean) => void;
  refreshFacts: () => SyncFacts;
  syncNow: () => void;
  discard: (itemId: string) => void;
  resolve: (itemId: string, choice: Choice, fields: Values) => void;
  acknowledgeAccess: () => void;
  chooseGroups: (groups: readonly string[]) => void;
  /** Open a copy whose lease is over. */
  unlock: (code: string) => void;
  /** Ask the server for what a replica cannot hold; a write with a version is refused (STALE) if the record moved on since. */
  ask: (method: Asking, path: string, body?: Values, version?: number) => unknown;
  /** Ask the server for a file: a print, an export. */
  askFile: (method: 'GET' | 'POST', path: string, body?: Values) => ServerFile;
}

export interface SignIn {
  readonly user_name: string;
  readonly password: string;
  readonly device_name: string;
}

export type CallName = keyof Calls;

export type ToWorker =
  | { readonly kind: 'watch'; readonly watch: number; readonly watched: Watched }
  | { readonly kind: 'unwatch'; readonly watch: number }
  | { readonly kind: 'call'; readonly call: number; readonly name: CallName; readonly args: readonly unknown[] }
  /** The session's token against forged requests; only a page can read its cookie. */
  | { readonly kind: 'csrf'; readonly token: string }
  | { readonly kind: 'language'; readonly language: string };

export type FromWorker =
  /** `kept`: rows that stand for those of the answer before, as `whole` puts them back. */
  | { readonly kind: 'answer'; readonly watch: number; readonly answer: Answer; readonly kept?: Kept | undefined }
  | { readonly kind: 'returned'; readonly call: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly call: number; readonly error: Failure }
  | { readonly kind: 'facts'; readonly facts: SyncFacts }
  /** The page must read the cookie of the session anew. */
  | { readonly kind: 'csrf_wanted' }
  /** Everything of this user is gone: by the server's order, or because they signed out, here or in another tab. */
  | { readonly kind: 'gone'; readonly reason: string };

/** For each row of an answer its place in the answer before; -1: it is new, and the next of those that were sent. */
export type Kept = readonly number[];

/**
 * Return what has to be sent of an answer to who has the one before: rows that are the same objects stay behind. So a
 * screen gets the same objects again, and draws only what changed.
 */
export function parted(before: Answer | undefined, now: Answer): { readonly answer: Answer; readonly kept?: Kept } {
  if (!isPage(before) || !isPage(now) || before.rows.length === 0) return { answer: now };
  const places = new Map(before.rows.map((row, place) => [row, place]));
  const kept = now.rows.map((row) => places.get(row) ?? -1);
  return { answer: { ...now, rows: now.rows.filter((_, at) => kept[at] === -1) }, kept };
}

/** Return the answer of which `parted` sent a part. */
export function whole(before: Answer | undefined, sent: Answer, kept: Kept | undefined): Answer {
  if (kept === undefined || !isPage(before) || !isPage(sent)) return sent;
  const fresh = sent.rows.values();
  const rows = kept.map((place) => (place === -1 ? fresh.next().value : before.rows[place]));
  return { ...sent, rows: rows as readonly Values[] };
}

function isPage(answer: Answer | undefined): answer is Page {
  return answer !== undefined && answer !== null && 'rows' in answer && Array.isArray(answer.rows);
}

export interface Failure {
  readonly kind: ErrorKind | 'internal';
  readonly reason: string;
  readonly detail: string;
}

/** One end of the line; a `Worker`, a `MessagePort` and the pair of `line()` all fit. */
export interface Port<In, Out> {
  postMessage: (message: Out) => void;
  onmessage: ((event: { data: In }) => void) | null;
}

/** Return two ends of a line within one thread, for tests. */
export function line<A, B>(): [Port<A, B>, Port<B, A>] {
  const left: Port<A, B> = {
    onmessage: null,
    postMessage: (message) => queueMicrotask(() => right.onmessage?.({ data: structuredClone(message) })),
  };
  const right: Port<B, A> = {
    onmessage: null,
    postMessage: (message) => queueMicrotask(() => left.onmessage?.({ data: structuredClone(message) })),
  };
  return [left, right];
}
