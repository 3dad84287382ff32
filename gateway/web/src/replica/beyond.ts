/**
 * Records that their user may read but that are not in the copy: what screens ask of a replica, asked of the server.
 * Each question is asked once; nothing is written.
 */
import type { Author, Live, Replica } from './client';
import { entity, findEntity, type Values } from './contracts';
import { isKind, ReplicaError } from './errors';
import type { Answer, Answers, Watched } from './protocol';
import { filtersOf } from './filters';
import { compiled, comparison, DEFAULT_LIMIT, type AnyQuery } from './query';
import type { Page } from './view';

/** Groups whose records are asked for; people, catalogue and set-up are in the copy. */
const ASKED: ReadonlySet<string> = new Set(['crm', 'offers', 'service', 'mail']);
/** The server's largest page. */
const PAGE = 500;

const nothing: Page = { rows: [], total: 0, offset: 0 };

/** Return where a record is on the server. */
export function addressOf(entityName: string, id: string): string {
  const { service, collection } = entity(entityName);
  return `/v1/${service}/${collection}/${id}`;
}

/** Return a record of the server as the copy would have it: with the fields that it leaves out. */
function completed(entityName: string, found: unknown): Values {
  return { ...entity(entityName).defaults, ...(found as Values) };
}

/**
 * Return a replica that answers records of the work itself from the server, everything else from the copy. `onAway`
 * is called when something could not be read: what is on view is then not all.
 */
export function beyondReplica(base: Replica, onAway: () => void): Replica {
  const lives = new Map<string, Live<Answer>>();
  const ask = async (watched: Watched): Promise<Answer> => {
    try {
      return await answerOf(base, watched);
    } catch (error) {
      if (!isKind(error)) throw error;
      // What was refused is not there, or not to be read by this user.
      if (error.kind !== 'refused' || error.reason === 'INVALID_QUERY') onAway();
      return watched.kind === 'record' ? null : watched.kind === 'counts' ? {} : nothing;
    }
  };
  return {
    ...base,
    isBeyond: true,
    author: READ_ONLY,
    watch: (watched) => {
      if (!isAsked(watched)) return base.watch(watched);
      const key = JSON.stringify(watched);
      const live = lives.get(key) ?? once(ask(watched));
      lives.set(key, live);
      return live;
    },
  };
}

function isAsked(watched: Watched): boolean {
  return 'entity' in watched && ASKED.has(findEntity(watched.entity)?.group ?? '');
}

async function answerOf(base: Replica, watched: Watched): Promise<Answer> {
  switch (watched.kind) {
    case 'record':
      return watched.id === '' ? null : completed(watched.entity, await base.online.get(addressOf(watched.entity, watched.id)));
    case 'records':
      return recordsOf(base, watched.entity, watched);
    case 'counts': {
      const { rows } = await recordsOf(base, watched.entity, { where: watched.where, limit: PAGE });
      const counts: Record<string, number> = {};
      for (const row of rows) counts[String(row[watched.field])] = (counts[String(row[watched.field])] ?? 0) + 1;
      return counts;
    }
    default:
      throw new RangeError(`not a question for the server: ${watched.kind}`);
  }
}

/** The rows of a question. What the server's filters cannot say is sorted out here. */
async function recordsOf(base: Replica, entityName: string, query: AnyQuery): Promise<Page> {
  const filters = filtersOf(entityName, query.where);
  // A whole list stands in no record: only what belongs to one is asked for.
  if (filters === null || query.around !== undefined) return nothing;
  const { service, collection } = entity(entityName);
  const pages = await Promise.all(
    filters.map(async (filter) => {
      const found = await base.online.get(`/v1/${service}/${collection}?${new URLSearchParams({ filter, page_size: String(PAGE) }).toString()}`);
      return (found as { readonly records: readonly Values[] }).records;
    }),
  );
  const byId = new Map(pages.flat().map((row) => [row['id'], completed(entityName, row)]));
  const fits = compiled(entityName, query.where);
  const all = [...byId.values()].filter(fits).toSorted(comparison(entityName, query.order));
  const offset = query.offset ?? 0;
  return { rows: all.slice(offset, offset + (query.limit ?? DEFAULT_LIMIT)), total: all.length, offset };
}

/** A value that comes once. */
function once(coming: Promise<Answer>): Live<Answer> {
  const listeners = new Set<() => void>();
  let answer: Answers[Watched['kind']] | undefined;
  void coming.then((found) => {
    answer = found;
    for (const listener of listeners) listener();
  });
  return {
    get: () => answer,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const refuse = () => Promise.reject(new ReplicaError('unusable', 'BEYOND_COPY'));
const READ_ONLY: Author = {
  create: refuse,
  edit: refuse,
  remove: refuse,
  command: refuse,
  group: () => ({ create: () => '', edit: () => {}, remove: () => {}, command: () => {}, save: refuse }),
};
