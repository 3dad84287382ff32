/**
 * Views of lists: records of whoever has the list's records, so that they are on every device of their user. Own ones are
 * changed here; those that others share are only looked at.
 */
import { useEffect, useMemo, useRef } from 'react';
import { askRecords, entity, useAuthor, useRecord, useMe, useRecords, useReplica, useSyncFact, type EntityName, type FieldsOf, type RecordOf, type Replica, type Written } from '../replica';
import { alone } from '../replica/alone';
import type { ListDefinition } from './listDefinition';
import { forgetOldViews, oldViews, type ListState, type OldView } from './lists';

type ViewEntity = Extract<EntityName, `${string}.list_view`>;
export type ListView = RecordOf<ViewEntity>;
export type Visibility = 'mine' | 'roles' | 'everybody';

/** As the contract limits them. */
export const LONGEST_NAME = 100;
const LONGEST_SEARCH = 200;
const MOST_VIEWS = 500;

/** Return the entity of the views of an entity's lists. */
const viewsOf = (of: EntityName) => `${entity(of).service}.list_view` as ViewEntity;

/** Return what a list shows by a view; what the list has no more is left out. */
export function stateOf<E extends EntityName>(list: ListDefinition<E>, view: ListView): Partial<ListState> {
  const columns = view.columns.filter((key) => list.columns.some((column) => column.key === key));
  const filters = view.filters.filter(({ name }) => list.filters.some((filter) => filter.key === name));
  return {
    text: view.search,
    filters: Object.fromEntries(filters.map(({ name = '', values = [] }) => [name, values])),
    ...(columns.length > 0 && { columns }),
    ...(list.columns.some((column) => column.key === view.sort_by) && { sorting: { by: view.sort_by, direction: view.descending ? 'desc' : 'asc' } }),
  };
}

/** Return the fields of a view that shows what the list shows. */
function fieldsOf({ text = '', filters = {}, sorting, columns = [] }: Partial<ListState>): FieldsOf<ViewEntity> {
  const chosen = Object.entries(filters).filter(([, values]) => values.length > 0);
  return {
    search: text.trim().slice(0, LONGEST_SEARCH),
    filters: chosen.map(([name, values]) => ({ name, values: [...values] })),
    sort_by: sorting?.by ?? '',
    descending: sorting?.direction === 'desc',
    columns: [...columns],
  };
}

export interface ListViews {
  readonly own: readonly ListView[];
  readonly shared: readonly ListView[];
  /** Roles of the user, with whom a view may be shared. */
  readonly roles: readonly string[];
  /** Keep what the list shows; an own view of this name shows it from now on. */
  readonly save: (name: string, visibility: Visibility, state: ListState) => Promise<Written>;
  readonly change: (view: ListView, name: string, visibility: Visibility) => Promise<Written>;
  readonly remove: (view: ListView) => Promise<Written>;
}

const NO_ROLES: readonly string[] = [];

/** The views of a list, by name. */
export function useListViews<E extends EntityName>(list: ListDefinition<E>, onFailed: (error: unknown) => void): ListViews {
  const author = useAuthor();
  const me = useMe();
  const roles = useRecord('identity.user', me).record?.role_ids ?? NO_ROLES;
  const of = viewsOf(list.entity);
  const { rows } = useRecords(of, { where: { entity: list.entity }, order: [['name', 'asc']], limit: MOST_VIEWS });
  useTakeOver(list.name, list.entity, me, onFailed);
  return useMemo(() => {
    const seenBy = (visibility: Visibility) => ({ visibility, ...(visibility === 'roles' && { role_ids: [...roles] }) });
    const own = rows.filter((view) => view.owner_id === me);
    return {
      own,
      shared: rows.filter((view) => view.owner_id !== me),
      roles,
      save: (name, visibility, state) => {
        const known = own.find((view) => view.name === name);
        if (known === undefined) return author.create(of, { ...made(list.entity, me, { name, state }), ...seenBy(visibility) });
        return author.edit(of, known.id, { ...fieldsOf(state), ...(visibility !== known.visibility && seenBy(visibility)) });
      },
      change: (view, name, visibility) => author.edit(of, view.id, { ...(name !== view.name && { name }), ...(visibility !== view.visibility && seenBy(visibility)) }),
      remove: (view) => author.remove(of, view.id),
    };
  }, [rows, me, roles, author, of, list.entity]);
}

const made = (of: EntityName, me: string, { name, state }: OldView): FieldsOf<ViewEntity> => ({ ...fieldsOf(state), entity: of, name: name.trim().slice(0, LONGEST_NAME), owner_id: me, visibility: 'mine' });

/** Make records of the views that this device kept by itself before there were any; once, by one tab. */
function useTakeOver(list: string, of: EntityName, me: string, onFailed: (error: unknown) => void): void {
  const replica = useReplica();
  const isUsable = useSyncFact(({ complete, lease_over }) => complete && !lease_over);
  const failed = useRef(onFailed);
  useEffect(() => {
    failed.current = onFailed;
  });
  useEffect(() => {
    // Before the copy is complete nobody knows which are records already.
    if (me === '' || !isUsable || oldViews(me, list).length === 0) return;
    void alone(`project-sales-views/${me}/${list}`, () => takeOver(replica, list, of, me)).catch((error: unknown) => failed.current(error));
  }, [replica, list, of, me, isUsable]);
}

async function takeOver(replica: Replica, list: string, of: EntityName, me: string): Promise<void> {
  const kept = oldViews(me, list);
  const known = await askRecords(replica, viewsOf(of), { where: { entity: of, owner_id: me } });
  const missing = kept.map((view) => made(of, me, view)).filter(({ name }) => !known.some((each) => each.name === name));
  const group = replica.author.group();
  for (const fields of missing) group.create(viewsOf(of), fields);
  // They stay where they were until they are records: whoever closes the page between finds them again by their names.
  if (missing.length > 0) await group.save();
  forgetOldViews(me, list);
}
