/** The replica in React: what a screen reads is here at once, and drawn anew when it changes. */
import { createContext, startTransition, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Live, Replica } from './client';
import type { EntityName, RecordOf } from './contracts';
import { NO_FACTS, type BucketFacts, type Question, type QueueEntry, type SyncFacts } from './facts';
import type { Answers, Watched } from './protocol';
import type { Query, Where } from './query';

const Context = createContext<Replica | null>(null);
export const ReplicaProvider = Context.Provider;

/** The replica, for what the hooks below do not cover. */
export function useReplica(): Replica {
  const replica = useContext(Context);
  if (replica === null) throw new Error('no ReplicaProvider above');
  return replica;
}

/**
 * What is known now, and again when it changes. An answer comes in as a transition: React draws it in pieces, between
 * which the page is free, and a screen that is being put together is not begun again for it, in one piece.
 */
function useLive<T>(live: Live<T>): T | undefined {
  const [heard, setHeard] = useState({ live, answer: live.get() });
  useEffect(() => {
    const listen = () =>
      startTransition(() => {
        const answer = live.get();
        setHeard((before) => (before.live === live && before.answer === answer ? before : { live, answer }));
      });
    const leave = live.subscribe(listen);
    // It may have changed since it was drawn.
    listen();
    return leave;
  }, [live]);
  return heard.live === live ? heard.answer : live.get();
}

function useWatched<K extends Watched['kind']>(watched: Watched & { kind: K }): Answers[K] | undefined {
  const replica = useReplica();
  const key = JSON.stringify(watched);
  // oxlint-disable-next-line react/exhaustive-deps -- the same question has the same key
  const live = useMemo(() => replica.watch(watched), [replica, key]);
  return useLive(live) as Answers[K] | undefined;
}

/** `ready` is false for the few milliseconds before the first answer: draw nothing then, no spinner. */
export interface OneRecord<E extends EntityName> {
  readonly ready: boolean;
  /** null: not here, or deleted. */
  readonly record: RecordOf<E> | null;
}

/** A record as its user sees it: own changes at once, those of others when they arrive. */
export function useRecord<E extends EntityName>(entity: E, id: string): OneRecord<E> {
  const found = useWatched({ kind: 'record', entity, id });
  return { ready: found !== undefined, record: (found ?? null) as RecordOf<E> | null };
}

export interface ManyRecords<E extends EntityName> {
  readonly ready: boolean;
  /** At most `limit` of them (200), from `offset` on. */
  readonly rows: readonly RecordOf<E>[];
  /** How many fit in all. */
  readonly total: number;
  /** Place of the first row among them: of the rows that are shown, also while the next window is on its way. */
  readonly offset: number;
}

const NONE: readonly never[] = [];

/**
 * Records that fit, in order. While a new question is answered the rows of the question before stay, so that
 * nothing flickers when a filter changes.
 */
export function useRecords<E extends EntityName>(entity: E, query: Query<E> = {}): ManyRecords<E> {
  const found = useWatched({ kind: 'records', entity, ...query });
  const [last, setLast] = useState({ entity, found });
  if (found !== undefined && found !== last.found) setLast({ entity, found });
  const shown = found ?? (last.entity === entity ? last.found : undefined);
  return {
    ready: shown !== undefined,
    rows: (shown?.rows ?? NONE) as unknown as readonly RecordOf<E>[],
    total: shown?.total ?? 0,
    offset: shown?.offset ?? 0,
  };
}

/** Ask for records once, for what is done with them and not drawn (an export): every one that fits. */
export function askRecords<E extends EntityName>(
  replica: Replica,
  entity: E,
  query: Query<E> = {},
): Promise<readonly RecordOf<E>[]> {
  const live = replica.watch({ kind: 'records', entity, limit: Number.MAX_SAFE_INTEGER, ...query });
  return new Promise((resolve) => {
    const rows = () => (live.get() as Answers['records'] | undefined)?.rows as unknown as readonly RecordOf<E>[];
    const leave = live.subscribe(() => {
      leave();
      resolve(rows());
    });
    if (live.get() !== undefined) {
      leave();
      resolve(rows());
    }
  });
}

/** How many records there are for each value of a field. */
export function useCounts<E extends EntityName>(
  entity: E,
  field: keyof RecordOf<E> & string,
  where?: Where<E>,
): Readonly<Record<string, number>> {
  return useWatched({ kind: 'counts', entity, field, where }) ?? NO_COUNTS;
}
const NO_COUNTS: Readonly<Record<string, number>> = {};

/** State of the copy and its synchronisation. */
export function useSyncFacts(): SyncFacts {
  const { facts } = useReplica();
  const found = useLive(facts);
  if (found === undefined) throw new Error('facts are always there');
  return found;
}

/**
 * One thing of the facts: a text, a number or a yes and no. Who asks for that alone is not drawn anew for the others, of
 * which progress changes ten times a second, and a screen that is being put together does not begin again for them.
 */
export function useSyncFact<T extends string | number | boolean>(select: (facts: SyncFacts) => T): T {
  const { facts } = useReplica();
  return useSyncExternalStore(facts.subscribe, () => select(facts.get() ?? NO_FACTS));
}

const userId = (facts: SyncFacts) => facts.session?.user_id ?? '';

/** Id of the user; '' while nobody is signed in. */
export function useMe(): string {
  return useSyncFact(userId);
}

/** The user's own changes that are on their way. */
export function useQueue(): readonly QueueEntry[] {
  return useWatched({ kind: 'queue' }) ?? NONE;
}

/** What waits for the user's decision. */
export function useQuestions(): readonly Question[] {
  return useWatched({ kind: 'questions' }) ?? NONE;
}

/** What is kept here. */
export function useBuckets(): readonly BucketFacts[] {
  return useWatched({ kind: 'buckets' }) ?? NONE;
}

/** Whether what is on view can only be looked at: it was read from the server, and writes need the copy. */
export function useReadOnly(): boolean {
  return useReplica().isBeyond === true;
}

/** How screens write. */
export function useAuthor() {
  return useReplica().author;
}
