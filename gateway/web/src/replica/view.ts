/**
 * Records as the user of this device sees them: replica and own changes together, in memory.
 *
 * Entities are loaded when they are first asked for and then kept; the same record is the same object until it
 * changes, so that a screen is drawn anew only for what is new.
 */
import { BASE, entity, findEntity, type Values } from './contracts';
import { isShown, type QueuedItem } from './items';
import { overlaid } from './overlay';
import { compiled, comparison, DEFAULT_LIMIT, type AnyQuery, type AnyWhere } from './query';

/** The visible facets of one record, each as its JSON text. */
export interface ServerRow {
  readonly id: string;
  readonly facets: Readonly<Record<string, string>>;
}

export interface Page {
  readonly rows: readonly Values[];
  /** How many records fit, beyond the limit too. */
  readonly total: number;
  /** Place of the first row among them. */
  readonly offset: number;
}

interface Table {
  readonly server: Map<string, Values>;
  /** Records that own changes touch; null: deleted by one, or never there. */
  readonly own: Map<string, Values | null>;
  /** Everything in some order, made when asked for. */
  readonly sorted: Map<string, readonly Values[]>;
}

type Load = (entityName: string) => Promise<readonly ServerRow[]>;

/** Return the record of these facets; without the base facet there is none. */
export function joined(entityName: string, facets: Readonly<Record<string, string>>): Values | null {
  if (facets[BASE] === undefined) return null;
  const { defaults, fields } = entity(entityName);
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(defaults)) {
    if ((fields[name]?.facet ?? BASE) in facets) values[name] = defaults[name];
  }
  for (const text of Object.values(facets)) Object.assign(values, JSON.parse(text));
  return values;
}

export class View {
  private readonly tables = new Map<string, Table>();
  private readonly loading = new Map<string, Promise<void>>();
  /** What a bundle brought of entities while they are being read: the reading may be from before it. */
  private readonly arrived = new Map<string, Map<string, ServerRow | null>>();
  private aliases = new Map<string, string>();
  private shown: readonly QueuedItem[] = [];

  constructor(private readonly load: Load) {}

  /** Have an entity in memory. */
  async need(...entityNames: readonly string[]): Promise<void> {
    await Promise.all(entityNames.filter((name) => !this.tables.has(name)).map((name) => this.loaded(name)));
  }

  private loaded(entityName: string): Promise<void> {
    let running = this.loading.get(entityName);
    if (running === undefined) {
      running = this.loadTable(entityName).finally(() => this.loading.delete(entityName));
      this.loading.set(entityName, running);
    }
    return running;
  }

  private async loadTable(entityName: string): Promise<void> {
    const server = new Map<string, Values>();
    const { rows, since } = await this.read(entityName);
    for (const row of rows) {
      const values = joined(entityName, row.facets);
      if (values !== null) server.set(row.id, values);
    }
    const table = { server, own: new Map(), sorted: new Map() };
    this.tables.set(entityName, table);
    this.put(entityName, since);
  }

  /** Read an entity, and what came meanwhile; once more if it was to be forgotten meanwhile. */
  private async read(entityName: string): Promise<{ rows: readonly ServerRow[]; since: ReadonlyMap<string, ServerRow | null> }> {
    for (;;) {
      this.arrived.set(entityName, new Map());
      const rows = await this.load(entityName);
      const since = this.arrived.get(entityName);
      this.arrived.delete(entityName);
      if (since !== undefined) return { rows, since };
    }
  }

  /** Whether an entity is in memory. */
  has(entityName: string): boolean {
    return this.tables.has(entityName);
  }

  /** Return one record of an entity that is not in memory, over its server's row. */
  alone(entityName: string, id: string, row: ServerRow | null): Values | null {
    return overlaid(row && joined(entityName, row.facets), this.shown, `${entityName}/${id}`);
  }

  /** Forget what is in memory of these entities, or everything; it is loaded again when asked for. */
  forget(entityNames?: Iterable<string>): void {
    for (const name of entityNames ?? [...this.tables.keys(), ...this.arrived.keys()]) {
      this.tables.delete(name);
      this.arrived.delete(name);
    }
  }

  /** Take over rows that a bundle brought; null: the record is not here any more. */
  put(entityName: string, rows: ReadonlyMap<string, ServerRow | null>): void {
    const table = this.tables.get(entityName);
    if (table === undefined) {
      const arrived = this.arrived.get(entityName);
      for (const [id, row] of rows) arrived?.set(id, row);
      return;
    }
    for (const [id, row] of rows) {
      const values = row && joined(entityName, row.facets);
      if (values) table.server.set(id, values);
      else table.server.delete(id);
    }
    this.layOver(entityName, table);
  }

  /** Show these own changes, in order; return the entities whose records may look different. */
  show(items: readonly QueuedItem[]): ReadonlySet<string> {
    const before = this.shown;
    this.shown = items.filter(isShown).map((item) => {
      const id = this.survivor(item.entity, item.record_id);
      return id === item.record_id ? item : { ...item, record_id: id };
    });
    const touched = new Set([...before, ...this.shown].flatMap(touchedEntities));
    for (const name of touched) {
      const table = this.tables.get(name);
      if (table !== undefined) this.layOver(name, table);
    }
    return touched;
  }

  /** Ids of merged records, which stand for the survivor. */
  setAliases(aliases: Iterable<readonly [string, string]>): void {
    this.aliases = new Map(aliases);
  }

  private layOver(entityName: string, table: Table): void {
    table.own.clear();
    table.sorted.clear();
    const keys = new Set(this.shown.flatMap(touchedKeys).filter((key) => key.startsWith(`${entityName}/`)));
    for (const key of keys) {
      const id = key.slice(entityName.length + 1);
      table.own.set(id, overlaid(table.server.get(id) ?? null, this.shown, key));
    }
  }

  /** Return the id that a record has now. */
  survivor(entityName: string, id: string): string {
    const seen = new Set([id]);
    for (;;) {
      const next = this.aliases.get(`${entityName}/${id}`);
      if (next === undefined || seen.has(next)) return id;
      seen.add(next);
      id = next;
    }
  }

  /** Return a record as the server last sent it, without own changes. */
  serverRecord(entityName: string, id: string): Values | null {
    return this.table(entityName).server.get(this.survivor(entityName, id)) ?? null;
  }

  /** Return a record as its user sees it; of a merged one the record into which it was merged. */
  record(entityName: string, id: string): Values | null {
    const table = this.table(entityName);
    id = this.survivor(entityName, id);
    const own = table.own.get(id);
    return own !== undefined ? own : (table.server.get(id) ?? null);
  }

  /** Return the records that fit, in order. */
  records(entityName: string, query: AnyQuery): Page {
    const { limit = DEFAULT_LIMIT } = query;
    const fit = this.fitting(entityName, query.where, query.order);
    const offset = query.around === undefined ? (query.offset ?? 0) : this.before(entityName, fit, query.around, limit);
    return { rows: offset < 0 ? [] : fit.slice(offset, offset + limit), total: fit.length, offset };
  }

  /** Return where a window of `limit` rows around a record begins; -1: it is not among them. */
  private before(entityName: string, fit: readonly Values[], around: string, limit: number): number {
    const id = this.survivor(entityName, around);
    const at = fit.findIndex((values) => values['id'] === id);
    return at < 0 ? -1 : Math.max(0, at - Math.floor(limit / 2));
  }

  /** Return how many records fit, for each value of a field. */
  counts(entityName: string, field: string, where: AnyWhere | undefined): Readonly<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const values of this.fitting(entityName, where, undefined)) {
      const value = String(values[field]);
      found[value] = (found[value] ?? 0) + 1;
    }
    return found;
  }

  private fitting(
    entityName: string,
    where: AnyWhere | undefined,
    order: AnyQuery['order'],
  ): readonly Values[] {
    const all = this.sorted(entityName, order);
    if (where === undefined || Object.keys(where).length === 0) return all;
    return all.filter(compiled(entityName, this.followed(entityName, where)));
  }

  private sorted(entityName: string, order: AnyQuery['order']): readonly Values[] {
    const table = this.table(entityName);
    const key = JSON.stringify(order ?? []);
    let found = table.sorted.get(key);
    if (found === undefined) {
      found = this.all(table).toSorted(comparison(entityName, order));
      table.sorted.set(key, found);
    }
    return found;
  }

  private all(table: Table): Values[] {
    const found: Values[] = [];
    for (const [id, values] of table.server) {
      if (!table.own.has(id)) found.push(values);
    }
    for (const values of table.own.values()) {
      if (values !== null) found.push(values);
    }
    return found.filter((values) => values['deleted'] !== true);
  }

  /** Links to merged records count as links to the survivor. */
  private followed(entityName: string, where: AnyWhere): AnyWhere {
    if (this.aliases.size === 0) return where;
    const { fields } = entity(entityName);
    return Object.fromEntries(
      Object.entries(where).map(([name, wanted]) => {
        const target = fields[name]?.references;
        if (target === undefined || typeof wanted !== 'string') return [name, wanted];
        return [name, { in: this.idsOf(target, this.survivor(target, wanted)) }];
      }),
    );
  }

  private idsOf(entityName: string, id: string): string[] {
    const merged = [...this.aliases.keys()]
      .filter((key) => key.startsWith(`${entityName}/`))
      .map((key) => key.slice(entityName.length + 1));
    return [id, ...merged.filter((each) => this.survivor(entityName, each) === id)];
  }

  private table(entityName: string): Table {
    const found = this.tables.get(entityName);
    if (found === undefined) throw new Error(`not in memory: ${entityName}`);
    return found;
  }
}

function touchedKeys(item: QueuedItem): string[] {
  const own = item.body.op === undefined ? [] : [`${item.entity}/${item.record_id}`];
  return [...own, ...Object.keys(item.expected)];
}

function touchedEntities(item: QueuedItem): string[] {
  return touchedKeys(item)
    .map((key) => key.slice(0, key.indexOf('/')))
    .filter((name) => findEntity(name) !== undefined);
}
