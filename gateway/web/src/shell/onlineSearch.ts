/**
 * What the server finds that is not in the copy: the other half of Ctrl+K. The copy has answered long before; who is
 * offline is not told of a server at all.
 */
import { useEffect, useState } from 'react';
import { askRecords, isKind, useReplica, useSyncFacts, type EntityName, type Replica } from '../replica';

/** A record that its user may read, of an entity that has a screen. */
export interface OnlineHit {
  readonly entity: Opened;
  readonly id: string;
  readonly title: string;
  /** What was found of it: a number, an address; '' where the title says it. */
  readonly detail: string;
}

export interface OnlineFound {
  /** `idle`: nothing to ask, or nobody to be asked; `failed`: the server did not answer everything. */
  readonly state: 'idle' | 'asking' | 'found' | 'failed';
  readonly hits: readonly OnlineHit[];
}

export type Opened = Extract<EntityName, 'crm.party' | 'crm.opportunity' | 'offers.offer' | 'aftersales.installed_product' | 'aftersales.request'>;

/** Letters are typed faster than this. */
const PAUSE_MS = 250;
const SHORTEST = 2;
/** The server's own limit. */
const LONGEST = 200;
const PAGE = 6;
const MOST = 12;

const IDLE: OnlineFound = { state: 'idle', hits: [] };
const ASKING: OnlineFound = { state: 'asking', hits: [] };
const FAILED: OnlineFound = { state: 'failed', hits: [] };

type Row = Readonly<Record<string, unknown>>;
type Ask = (replica: Replica, words: string) => Promise<readonly OnlineHit[]>;

const said = (...values: readonly unknown[]) => values.filter((value) => typeof value === 'string' && value !== '').join(' · ');

/** The CRM's own box, which forgives mistyped words and finds a customer by a telephone number. */
const askBox: Ask = async ({ online }, words) => {
  const { found = [] } = (await online.get(`/v1/crm/search?${new URLSearchParams({ q: words }).toString()}`)) as { readonly found?: readonly Row[] };
  return found.flatMap((row): readonly OnlineHit[] => {
    const [title, detail] = [said(row['title']), said(row['detail'])];
    // What has no screen of its own is seen in the customer that it belongs to.
    const own = row['entity'] === 'crm.party' || row['entity'] === 'crm.opportunity';
    const id = said(own ? row['id'] : row['party_id']);
    if (id === '') return [];
    return [{ entity: row['entity'] === 'crm.opportunity' ? 'crm.opportunity' : 'crm.party', id, title, detail: row['entity'] === 'crm.opportunity' || detail === title ? '' : detail }];
  });
};

function askList(entity: Opened, address: string, describe: (row: Row) => string): Ask {
  return async ({ online }, words) => {
    const { records } = (await online.get(`${address}?${new URLSearchParams({ search: words, page_size: String(PAGE) }).toString()}`)) as { readonly records: readonly Row[] };
    return records.map((row) => ({ entity, id: String(row['id']), title: describe(row), detail: '' }));
  };
}

const QUESTIONS: readonly Ask[] = [
  askBox,
  askList('offers.offer', '/v1/offers/offers', (row) => said(row['number'], row['title'])),
  askList('aftersales.installed_product', '/v1/aftersales/installed-products', (row) => said(row['serial_number'], row['description'])),
  askList('aftersales.request', '/v1/aftersales/requests', (row) => said(row['number'], row['title'])),
];

/** What the user may not read is not there; anything else that was refused is a failure. */
const isNotGranted = (error: unknown) => isKind(error, 'refused') && error.reason !== 'INVALID_QUERY';

async function askAll(replica: Replica, words: string): Promise<OnlineFound> {
  let state: OnlineFound['state'] = 'found';
  const answers = await Promise.all(
    QUESTIONS.map((ask) =>
      ask(replica, words).catch((error: unknown) => {
        if (!isKind(error)) throw error;
        if (!isNotGranted(error)) state = 'failed';
        return [];
      }),
    ),
  );
  const known = new Map<string, OnlineHit>();
  for (const hit of answers.flat()) if (!known.has(keyOf(hit))) known.set(keyOf(hit), hit);
  const here = await inCopy(replica, [...known.values()]);
  return { state, hits: [...known].filter(([key]) => !here.has(key)).map(([, hit]) => hit).slice(0, MOST) };
}

const keyOf = ({ entity, id }: { readonly entity: string; readonly id: string }) => `${entity}/${id}`;

/** Which of them are in the copy, and therefore no news. */
async function inCopy(replica: Replica, hits: readonly OnlineHit[]): Promise<ReadonlySet<string>> {
  const entities = [...new Set(hits.map(({ entity }) => entity))];
  const asked = entities.map(async (entity) => {
    const ids = hits.filter((hit) => hit.entity === entity).map(({ id }) => id);
    const rows = await askRecords(replica, entity, { where: { id: { in: ids } } });
    return rows.map(({ id }) => keyOf({ entity, id: id }));
  });
  return new Set((await Promise.all(asked)).flat());
}

/** Ask the server for these words once nobody types any more. An answer to words that are gone is dropped. */
export function useOnlineSearch(text: string): OnlineFound {
  const replica = useReplica();
  const { session, sign_in_needed, offline_since, lease_over } = useSyncFacts();
  const words = text.trim();
  const isAsked = session !== null && !sign_in_needed && !lease_over && offline_since === '' && words.length >= SHORTEST && words.length <= LONGEST;
  const [answer, setAnswer] = useState({ words: '', found: IDLE });
  useEffect(() => {
    if (!isAsked) return undefined;
    let isCurrent = true;
    const pause = setTimeout(() => {
      void askAll(replica, words)
        .catch((error: unknown) => {
          if (isCurrent) setAnswer({ words, found: FAILED });
          throw error;
        })
        .then((of) => isCurrent && setAnswer({ words, found: of }));
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(pause);
    };
  }, [replica, words, isAsked]);
  if (!isAsked) return IDLE;
  return answer.words === words ? answer.found : ASKING;
}
