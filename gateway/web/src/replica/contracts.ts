/**
 * What the contracts say about entities, as the replica needs it; made by `scripts/contracts.mjs` at each build.
 */
import document from '../contracts/entities.json';
import type { CommandName, Records } from '../contracts/records';

export type { CommandName, Records };
export type EntityName = keyof Records;
/** A record of an entity as screens see it: replica and own changes together. */
export type RecordOf<E extends EntityName> = Records[E];

export type Kind =
  | 'text' | 'decimal' | 'date' | 'id' | 'sha256' | 'time' | 'integer' | 'long' | 'boolean' | 'enum' | 'map' | 'message';

export interface Field {
  readonly kind: Kind;
  readonly repeated?: boolean;
  /** A list without order, changed by {add, remove}. */
  readonly set?: boolean;
  readonly facet?: string;
  readonly output_only?: boolean;
  readonly immutable?: boolean;
  readonly required?: boolean;
  readonly searched?: boolean;
  /** Entity whose id it holds. */
  readonly references?: string;
  /** Values of an enum, without `unspecified`. */
  readonly values?: readonly string[];
}

export interface Entity {
  readonly service: string;
  readonly collection: string;
  /** Grant group. */
  readonly group: string;
  readonly parent: string;
  readonly parent_field: string;
  readonly writable_offline: boolean;
  readonly facets: readonly string[];
  readonly defaults: Values;
  readonly fields: Readonly<Record<string, Field>>;
}

/** Canonical values by field name, of any entity. */
export type Values = Readonly<Record<string, unknown>>;

interface Contracts {
  readonly entities: Readonly<Record<string, Entity>>;
  readonly commands: Readonly<Record<string, { online_only?: boolean; path: string }>>;
}

const contracts = document as unknown as Contracts;

export const entityNames = Object.keys(contracts.entities) as EntityName[];

/** Return an entity; undefined for one that this program does not know (a newer server's). */
export function findEntity(name: string): Entity | undefined {
  return contracts.entities[name];
}

/** Return an entity of the contracts. */
export function entity(name: string): Entity {
  const found = contracts.entities[name];
  if (found === undefined) throw new RangeError(`no such entity: ${name}`);
  return found;
}

/** Return a field of an entity; undefined for one that this program does not know. */
export function findField(entityName: string, field: string): Field | undefined {
  return contracts.entities[entityName]?.fields[field];
}

/** Return a command of the contracts; undefined if there is none. */
export function findCommand(name: string): { online_only?: boolean; path: string } | undefined {
  return contracts.commands[name];
}

/** Return the values that an enum field may have, without `unspecified`. */
export function enumValues(entityName: EntityName, field: string): readonly string[] {
  return entity(entityName).fields[field]?.values ?? [];
}

export const BASE = 'base';
