/**
 * The copy on disk: one IndexedDB database of this origin, shared by all tabs.
 *
 * A record holds its memberships and its facets, and lies with others in a page (`pages.ts`). Base bodies are JSON
 * texts; those of other facets, and the queue, are sealed.
 */
import { Dexie, type Table, type Transaction } from 'dexie';
import { Cipher, type Sealed } from './cipher';
import { BASE, entity, type Values } from './contracts';
import { isShown, type Expected, type ItemBody, type QueuedItem } from './items';
import { Records, type StoredPage, type StoredRecord } from './pages';
import type { ServerRow } from './view';

export interface StoredBucket {
  readonly key: string;
  readonly n: number;
  /** Sum of the members' checksums, 16 hexadecimal digits. */
  readonly h: string;
}

/** A queue item on disk: what its author typed, and what the server told about it, are sealed. */
export type StoredItem = Omit<QueuedItem, 'position' | 'body' | 'expected' | 'detail' | 'theirs'> & {
  readonly position?: number;
  readonly sealed: Sealed;
  readonly told: Sealed | null;
};

interface Setting {
  readonly key: string;
  readonly value: unknown;
}

export interface StoredAlias {
  /** `entity/id` of the record that was merged. */
  readonly key: string;
  readonly survivor: string;
}

/** Frames of an unfinished bundle, many to a row. */
export interface StagedChunk {
  readonly n?: number;
  readonly frames: readonly unknown[];
}

export const DATABASE = 'project-sales';

/** How far a series of numbers was given. */
export interface StoredNumber {
  readonly key: string;
  readonly next: number;
}

const TABLES = ['pages', 'buckets', 'aliases', 'staged', 'items', 'settings', 'numbers'] as const;
type TableName = (typeof TABLES)[number];

/**
 * The tables, alone or within one transaction.
 *
 * Within a transaction only the tables that it hands out are used: Dexie's own tracking of transactions through
 * `await` loses its way where async functions call each other three deep (seen with 4.4.7, as a premature commit).
 */
export class Tables {
  readonly pages: Table<StoredPage, string>;
  /** What the pages hold. */
  readonly records: Records;
  readonly buckets: Table<StoredBucket, string>;
  readonly aliases: Table<StoredAlias, string>;
  readonly staged: Table<StagedChunk, number>;
  readonly items: Table<StoredItem, number>;
  readonly settings: Table<Setting, string>;
  readonly numbers: Table<StoredNumber, string>;

  constructor(table: (name: TableName) => Table) {
    this.pages = table('pages');
    this.records = new Records(this.pages);
    this.buckets = table('buckets');
    this.aliases = table('aliases');
    this.staged = table('staged');
    this.items = table('items');
    this.settings = table('settings');
    this.numbers = table('numbers');
  }

  async get<T>(key: string, absent: T): Promise<T> {
    const row = await this.settings.get(key);
    return row === undefined ? absent : (row.value as T);
  }

  async put(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await this.settings.bulkPut(Object.entries(settings).map(([key, value]) => ({ key, value })));
  }
}

function databaseOf(name: string): Dexie {
  const db = new Dexie(name);
  db.version(1).stores({
    records: '&key',
    buckets: '&key',
    aliases: '&key',
    staged: '++n',
    items: '++position, &id, state',
    settings: '&key',
  });
  // A version that was in use is never changed: the next one says what is new, and `upgrade` what becomes of the old.
  db.version(2).stores({ numbers: '&key' });
  db.version(3).stores({ pages: '&key' }).upgrade((transaction) => intoPages(transaction));
  db.version(4).stores({ records: null });
  return db;
}

const MOVED = 10_000;

/** Move what was a row for each record into pages. */
async function intoPages(transaction: Transaction): Promise<void> {
  const rows = transaction.table<StoredRecord, string>('records');
  const records = new Records(transaction.table('pages'));
  let after = '';
  for (;;) {
    const some = await rows.where('key').above(after).limit(MOVED).toArray();
    const last = some.at(-1);
    if (last === undefined) return;
    after = last.key;
    await records.write(new Map(some.map((row) => [row.key, row])));
  }
}

export class Store extends Tables {
  readonly db: Dexie;
  private readonly openedItems = new Map<string, { body: ItemBody; expected: Expected }>();
  private cipherOfKey: Cipher | null = null;

  constructor(name: string = DATABASE) {
    const db = databaseOf(name);
    super((table) => db.table(table));
    this.db = db;
  }

  /** All or nothing, and the only writer of these tables meanwhile. Nothing but `tables` may be waited for. */
  atomic<T>(names: readonly TableName[], job: (tables: Tables) => Promise<T>): Promise<T> {
    return this.db.transaction('rw', [...names], (transaction) => job(new Tables((name) => bound(transaction, name))));
  }

  /** Return what seals and opens; made with its key at the first need. */
  async cipher(): Promise<Cipher> {
    if (this.cipherOfKey === null) {
      const fresh = await Cipher.newKey();
      // Two tabs at once: the first one's key stays.
      const key = await this.atomic(['settings'], async (tables) => {
        const kept = await tables.get<CryptoKey | null>('key', null);
        if (kept === null) await tables.put({ key: fresh });
        return kept ?? fresh;
      });
      this.cipherOfKey = new Cipher(key);
    }
    return this.cipherOfKey;
  }

  /** Return the visible records of an entity. */
  async rows(entityName: string): Promise<ServerRow[]> {
    return Promise.all((await this.records.ofEntity(entityName)).map((row) => this.readable(row)));
  }

  /** Return some records, null where there is none, as they stood at one moment. */
  async rowsOf(keys: readonly string[]): Promise<(ServerRow | null)[]> {
    const found = await this.db.transaction('r', 'pages', (transaction) =>
      new Records(bound(transaction, 'pages')).bulkGet(keys),
    );
    return Promise.all(found.map(async (row) => (row === undefined ? null : this.readable(row))));
  }

  /** Return one record with its bodies as texts. */
  async readable(row: StoredRecord): Promise<ServerRow> {
    const facets: Record<string, string> = {};
    for (const [facet, [, , , body]] of Object.entries(row.f)) {
      facets[facet] = typeof body === 'string' ? body : await (await this.cipher()).open(body);
    }
    return { id: row.key.slice(row.key.indexOf('/') + 1), facets };
  }

  /** Return the whole queue, in the order in which it was made. */
  async queue(): Promise<QueuedItem[]> {
    return Promise.all((await this.items.orderBy('position').toArray()).map((row) => this.unsealed(row)));
  }

  /** Return the ids of own changes that were not answered. */
  async waiting(): Promise<string[]> {
    return (await this.items.where('state').equals('waiting').toArray()).map((row) => row.id);
  }

  async unsealed(row: StoredItem): Promise<QueuedItem> {
    const { sealed, told, ...plain } = row;
    let opened = this.openedItems.get(row.id);
    if (opened === undefined) {
      opened = JSON.parse(await (await this.cipher()).open(sealed)) as { body: ItemBody; expected: Expected };
      if (isShown({ ...plain, ...opened } as QueuedItem)) this.openedItems.set(row.id, opened);
    }
    const heard = told === null ? {} : (JSON.parse(await (await this.cipher()).open(told)) as Told);
    return { detail: '', theirs: {}, ...plain, ...opened, ...heard, position: row.position ?? 0 };
  }

  /** Return the row of a new item, not yet in the queue. */
  async newItem(
    body: ItemBody,
    { expected = {}, resolves = '', choice = '' }: Partial<Pick<QueuedItem, 'expected' | 'resolves' | 'choice'>> = {},
  ): Promise<StoredItem> {
    const sealed = await (await this.cipher()).seal(JSON.stringify({ body, expected }));
    return {
      id: body.id,
      group: body.group ?? '',
      owner: entity(body.entity).service,
      entity: body.entity,
      record_id: body.record_id,
      sealed,
      told: null,
      state: 'waiting',
      outcome: '',
      reason: '',
      conflicts: [],
      needs_decision: false,
      seen: false,
      acknowledged_at: '',
      resolves,
      choice,
      sent: false,
    };
  }

  /** Remove everything that belongs to the user: replica, queue, session, key. */
  async forget(): Promise<void> {
    await this.atomic(TABLES, async (tables) => {
      for (const name of TABLES) await tables[name].clear();
    });
    this.openedItems.clear();
    this.cipherOfKey = null;
  }
}

/** A table of the transaction; those that it does not lock are not there. */
function bound(transaction: Transaction, name: TableName): Table {
  return transaction.storeNames.includes(name) ? transaction.table(name) : (undefined as unknown as Table);
}

/** What the server told about an item, beyond its outcome. */
export interface Told {
  readonly detail?: string;
  readonly theirs?: Values;
}

/** Return the facet whose fragments a bucket carries. */
export function facetOf(bucket: string): string {
  const at = bucket.indexOf('#');
  return at < 0 ? BASE : bucket.slice(at + 1) || BASE;
}
