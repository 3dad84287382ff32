/** Records that stand beside those of a list: the customer of an activity, the city of a customer. */
import { useMemo } from 'react';
import { askRecords, useRecords, type EntityName, type Query, type RecordOf, type Replica } from '../replica';

/** The first record of `entity` whose `by` is this row's `from`. */
export interface Relation {
  readonly entity: EntityName;
  readonly by: string;
  readonly from: string;
  /** Which of several: the first in this order. */
  readonly order?: readonly (readonly [string, 'asc' | 'desc'])[];
}

export type Find = <E extends EntityName>(entity: E, key: string) => RecordOf<E> | undefined;

interface Row {
  readonly id: string;
}

function questionOf(relation: Relation, rows: readonly Row[]): Query<EntityName> {
  const keys = [...new Set(rows.map((row) => (row as unknown as Record<string, string>)[relation.from] ?? ''))];
  const wanted = keys.filter((key) => key !== '').toSorted();
  return {
    where: { [relation.by]: { in: wanted } },
    ...(relation.order && { order: relation.order as never }),
    limit: Number.MAX_SAFE_INTEGER,
  };
}

function indexed(relation: Relation, found: readonly unknown[]): Map<string, unknown> {
  const index = new Map<string, unknown>();
  for (const record of found) {
    const key = (record as Record<string, string>)[relation.by] ?? '';
    if (!index.has(key)) index.set(key, record);
  }
  return index;
}

const finder = (indices: ReadonlyMap<string, ReadonlyMap<string, unknown>>): Find => (entity, key) =>
  indices.get(entity)?.get(key) as never;

const NO_RELATION: Relation = { entity: 'identity.user', by: 'id', from: '' };

/** Return how to find what belongs to these rows; up to three relations, always the same ones. */
export function useRelated(relations: readonly Relation[], rows: readonly Row[]): Find {
  const [a = NO_RELATION, b = NO_RELATION, c = NO_RELATION] = relations;
  const foundA = useRecords(a.entity, questionOf(a, rows)).rows;
  const foundB = useRecords(b.entity, questionOf(b, rows)).rows;
  const foundC = useRecords(c.entity, questionOf(c, rows)).rows;
  return useMemo(
    () =>
      finder(
        new Map([
          [c.entity, indexed(c, foundC)],
          [b.entity, indexed(b, foundB)],
          [a.entity, indexed(a, foundA)],
        ]),
      ),
    [a, b, c, foundA, foundB, foundC],
  );
}

/** The same, once, for an export. */
export async function askRelated(replica: Replica, relations: readonly Relation[], rows: readonly Row[]): Promise<Find> {
  const indices = await Promise.all(
    relations.map(async (relation) => {
      const found = await askRecords(replica, relation.entity, questionOf(relation, rows));
      return [relation.entity, indexed(relation, found)] as const;
    }),
  );
  return finder(new Map(indices));
}
