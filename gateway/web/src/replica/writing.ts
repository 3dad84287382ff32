/**
 * Changes as the queue holds them: made from what the user sees, checked as far as the contracts tell.
 *
 * Each change carries what its author saw (`base`, own unsent changes included) and the version of the server's
 * row under it, so that the owner can merge it field by field whenever it arrives.
 */
import { entity, findCommand, findEntity, type Entity, type Values } from './contracts';
import { unusable } from './errors';
import type { ItemBody } from './items';
import { changedValue } from './overlay';
import type { View } from './view';

export const LARGEST_GROUP = 1000;

/** One thing that a screen wants to write; several together are one transaction of their owner. */
export type Wish =
  | { readonly op: 'create'; readonly entity: string; readonly id: string; readonly fields: Values }
  | { readonly op: 'edit'; readonly entity: string; readonly id: string; readonly fields: Values }
  | { readonly op: 'remove'; readonly entity: string; readonly id: string }
  /** A removal taken back after it was sent: the owner has the record still. `values`: what is shown until it is back. */
  | { readonly op: 'restore'; readonly entity: string; readonly id: string; readonly values: Values }
  | {
      readonly op: 'command';
      readonly entity: string;
      readonly id: string;
      readonly command: string;
      readonly request: Values;
      /** What it will do, shown until the server's answer: "entity/id" -> values. */
      readonly expected?: Readonly<Record<string, Values>>;
    };

/** Makes items; what they name must be in the view's memory. Ids and the clock come from outside. */
export class Writing {
  constructor(
    private readonly view: View,
    private readonly newId: () => string,
    private readonly now: () => Date,
  ) {}

  /**
   * Return the items of these wishes, in one group if there are several.
   *
   * Throws `unusable`: GROUP_TOO_LARGE, GROUP_CROSSES_OWNERS, RECORD_NOT_HERE, ONLINE_ONLY, unknown or unwritable
   * entity, field or command.
   */
  items(wishes: readonly Wish[]): ItemBody[] {
    if (wishes.length > LARGEST_GROUP) throw unusable('GROUP_TOO_LARGE', String(wishes.length));
    const made = wishes.map((wish) => this.item(wish, wishes));
    if (made.length < 2) return made;
    if (new Set(made.map((item) => entity(item.entity).service)).size > 1) throw unusable('GROUP_CROSSES_OWNERS');
    const group = this.newId();
    return made.map((item) => ({ ...item, group }));
  }

  private item(wish: Wish, together: readonly Wish[]): ItemBody {
    switch (wish.op) {
      case 'create':
        return this.create(wish.entity, wish.id, wish.fields);
      case 'edit':
        return this.update(wish.entity, wish.id, wish.fields, undefined, madeTogether(wish, together));
      case 'remove':
        return this.removal(wish.entity, wish.id);
      case 'restore':
        // A change of what was deleted brings it back, one of nothing too.
        return { ...this.blank(wish.entity, wish.id), op: 'update', fields: {}, base: {}, base_version: this.base(wish.entity, wish.id) };
      case 'command':
        return this.call(wish.entity, wish.id, wish.command, wish.request, together);
    }
  }

  private create(entityName: string, id: string, fields: Values): ItemBody {
    const parsed = this.linked(checked(writable(entityName), entityName, fields, true), entityName);
    return { ...this.blank(entityName, id), op: 'create', fields: parsed };
  }

  /**
   * `known`: values with their version that the author saw in the server's answer, before any bundle. `made`: what a
   * command of the same group makes of it.
   */
  update(entityName: string, id: string, fields: Values, known?: Values, made?: Values): ItemBody {
    const definition = writable(entityName);
    id = this.view.survivor(entityName, id);
    let seen = made ?? this.seen(entityName, id);
    let base = this.base(entityName, id);
    const version = Number(known?.['version'] ?? 0);
    if (known !== undefined && version > base) {
      seen = { ...seen, ...known };
      base = version;
    }
    const wanted: Record<string, unknown> = {
      ...this.linked(checked(definition, entityName, fields, false), entityName),
    };
    for (const [name, value] of Object.entries(wanted)) {
      if (definition.fields[name]?.set && Array.isArray(value)) {
        wanted[name] = difference((seen[name] ?? []) as readonly string[], value as readonly string[]);
      }
    }
    return {
      ...this.blank(entityName, id),
      op: 'update',
      fields: wanted,
      base: baseOf(wanted, seen),
      base_version: base,
    };
  }

  removal(entityName: string, id: string): ItemBody {
    writable(entityName);
    id = this.view.survivor(entityName, id);
    this.seen(entityName, id);
    return { ...this.blank(entityName, id), op: 'delete', base_version: this.base(entityName, id) };
  }

  /** An item that changes nothing: the place of a decision without a change. */
  nothing(entityName: string, id: string): ItemBody {
    return this.blank(entityName, id);
  }

  private call(
    entityName: string,
    id: string,
    name: string,
    request: Values,
    together: readonly Wish[],
  ): ItemBody {
    const found = findCommand(`${entityName}:${name}`);
    if (found === undefined) throw unusable('COMMAND_UNKNOWN', `${entityName}:${name}`);
    if (found.online_only) throw unusable('ONLINE_ONLY', `${entityName}:${name}`);
    id = this.view.survivor(entityName, id);
    // A record that the same group creates is not in the view yet.
    if (!together.some((wish) => wish.op === 'create' && wish.id === id)) this.seen(entityName, id);
    return { ...this.blank(entityName, id), command: name, request, base_version: this.base(entityName, id) };
  }

  private linked(fields: Values, entityName: string): Values {
    const definition = entity(entityName);
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]) => {
        const target = definition.fields[name]?.references;
        return [name, target !== undefined && typeof value === 'string' ? this.view.survivor(target, value) : value];
      }),
    );
  }

  private blank(entityName: string, id: string): ItemBody {
    return { id: this.newId(), entity: entityName, record_id: id, made_at: this.now().toISOString() };
  }

  private base(entityName: string, id: string): number {
    return Number(this.view.serverRecord(entityName, id)?.['version'] ?? 0);
  }

  private seen(entityName: string, id: string): Values {
    const values = this.view.record(entityName, id);
    if (values === null) throw unusable('RECORD_NOT_HERE', `${entityName} ${id}`);
    return values;
  }
}

/** Return a record that a command of the same group makes; undefined if none does. */
function madeTogether({ entity: name, id }: Wish, together: readonly Wish[]): Values | undefined {
  const expected = together.flatMap((wish) => (wish.op === 'command' ? [wish.expected?.[`${name}/${id}`]] : []));
  return expected.find((values) => values !== undefined && 'id' in values);
}

function writable(entityName: string): Entity {
  const found = findEntity(entityName);
  if (found === undefined) throw unusable('ENTITY_UNKNOWN', entityName);
  if (!found.writable_offline) throw unusable('NOT_OFFLINE', entityName);
  return found;
}

function checked(definition: Entity, entityName: string, fields: Values, creating: boolean): Values {
  for (const [name, value] of Object.entries(fields)) {
    const field = definition.fields[name];
    if (field === undefined) throw unusable('FIELD_UNKNOWN', `${entityName}.${name}`);
    if (field.output_only || name === 'id' || (field.immutable && !creating)) {
      throw unusable('FIELD_NOT_WRITABLE', `${entityName}.${name}`);
    }
    if (field.kind === 'decimal' && value !== '' && !isDecimal(value)) {
      throw unusable('FIELD_INVALID', `${entityName}.${name}: a decimal string such as 12.50 is expected`);
    }
    if (field.kind === 'date' && value !== '' && !/^\d{4}-\d\d-\d\d$/.test(String(value))) {
      throw unusable('FIELD_INVALID', `${entityName}.${name}: a date such as 2026-03-27 is expected`);
    }
  }
  return fields;
}

function isDecimal(value: unknown): boolean {
  return typeof value === 'string' && /^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?$/.test(value);
}

function difference(seen: readonly string[], wanted: readonly string[]) {
  return {
    add: [...new Set(wanted)].filter((each) => !seen.includes(each)).toSorted(),
    remove: [...new Set(seen)].filter((each) => !wanted.includes(each)).toSorted(),
  };
}

function baseOf(wanted: Values, seen: Values): Values {
  const base: Record<string, unknown> = {};
  for (const name of Object.keys(wanted)) if (name in seen) base[name] = seen[name] ?? null;
  const custom = wanted['custom'];
  if ('custom' in base && typeof custom === 'object' && custom !== null) {
    const before = (base['custom'] ?? {}) as Values;
    base['custom'] = Object.fromEntries(Object.entries(before).filter(([key]) => key in custom));
  }
  return base;
}

/** Return the fields that a parked update still wants, against what stands there now. */
export function mineAgain(entityName: string, sent: ItemBody, seen: Values, conflicts: readonly string[]): Values {
  const wanted = sent.fields ?? {};
  const names = conflictingFields(conflicts, wanted);
  return Object.fromEntries(
    Object.entries(wanted)
      .filter(([name]) => names.has(name))
      .map(([name, value]) => [name, changedValue(entity(entityName), name, seen[name], value)]),
  );
}

/** Return the fields that a decision is about: those in conflict; of a refusal all that were sent. */
export function conflictingFields(conflicts: readonly string[], sent: Values): ReadonlySet<string> {
  const named = conflicts.map((name) => name.split('.')[0] ?? name);
  return new Set(named.length > 0 ? named : Object.keys(sent));
}
