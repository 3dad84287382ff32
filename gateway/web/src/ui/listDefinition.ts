/** What a list is made of, and what it asks of the replica. */
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Format } from '../i18n/format';
import type { Language, Pair } from '../i18n/texts';
import type { EntityName, Order, Query, RecordOf, Where } from '../replica';
import type { ListState } from './lists';
import type { Find, Relation } from './related';

export type Row<E extends EntityName> = RecordOf<E> & { readonly id: string };

/** What a cell may draw with. */
export interface Cell {
  readonly format: Format;
  readonly word: (kind: string, value?: string) => string;
  readonly find: Find;
  readonly language: Language;
  readonly now: Date;
}

export interface Column<E extends EntityName> {
  readonly key: string;
  readonly title: Pair;
  readonly width: string;
  readonly end?: boolean;
  /** Field by which it sorts. */
  readonly sort?: Order<E>[number][0];
  /** Not on view until somebody asks for it. */
  readonly hidden?: boolean;
  readonly text: (row: Row<E>, cell: Cell) => string;
  /** Drawn instead of the text. */
  readonly draw?: (row: Row<E>, cell: Cell) => ReactNode;
}

export interface Filter<E extends EntityName> {
  readonly key: string;
  readonly title: Pair;
  readonly options: readonly { readonly value: string; readonly label: Pair }[];
  readonly where: (values: readonly string[], about: { readonly user: string; readonly today: string }) => Where<E>;
}

export interface ListDefinition<E extends EntityName> {
  readonly name: string;
  readonly entity: E;
  readonly title: Pair;
  readonly search: Pair;
  readonly icon: Icon;
  readonly empty: Pair;
  readonly emptyHint: Pair;
  readonly columns: readonly Column<E>[];
  /** On a phone: above left, above right, below left, below right. */
  readonly phone: readonly [string, string, string, string];
  readonly filters: readonly Filter<E>[];
  readonly views: readonly { readonly name: Pair; readonly filters: ListState['filters'] }[];
  readonly sorting: ListState['sorting'];
  readonly related: readonly Relation[];
  readonly path: (row: Row<E>) => string;
}

/** Return a list as it comes: nothing chosen, the usual columns. */
export function freshState<E extends EntityName>(list: ListDefinition<E>): ListState {
  return {
    text: '',
    filters: {},
    sorting: list.sorting,
    columns: list.columns.filter((column) => column.hidden !== true).map((column) => column.key),
  };
}

/** Return what a list asks of the replica. */
export function queryOf<E extends EntityName>(
  list: ListDefinition<E>,
  state: ListState,
  about: { readonly user: string; readonly today: string },
): { readonly where: Where<E>; readonly order: NonNullable<Query<E>['order']> } {
  const chosen = list.filters.flatMap((filter) => {
    const values = state.filters[filter.key] ?? [];
    return values.length === 0 ? [] : [filter.where(values, about)];
  });
  const words = state.text.trim() === '' ? {} : { text: state.text };
  const by = list.columns.find((column) => column.key === state.sorting.by)?.sort;
  return {
    where: Object.assign({}, ...chosen, words) as Where<E>,
    order: by === undefined ? [] : [[by, state.sorting.direction]],
  };
}
