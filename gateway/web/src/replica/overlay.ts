/**
 * The user's own changes, laid over what the server sent.
 *
 * An edit is shown from the moment it is made until a bundle brings it back, so it never vanishes in between.
 * Fields in conflict are shown as the server has them; what the user wanted waits among the conflicts.
 */
import { entity, type Entity, type Values } from './contracts';
import type { QueuedItem } from './items';

/** Return a record as its user sees it, null if there is none. `key` is `entity/id`. */
export function overlaid(values: Values | null, items: Iterable<QueuedItem>, key: string): Values | null {
  for (const item of items) {
    if (`${item.entity}/${item.record_id}` === key && item.body.op !== undefined) values = changed(values, item);
    const expected = item.expected[key];
    if (expected === undefined) continue;
    // A command that makes a record names its id.
    if (values === null && 'id' in expected) values = { ...entity(key.slice(0, key.indexOf('/'))).defaults };
    if (values !== null) values = { ...values, ...expected };
  }
  return values;
}

function changed(values: Values | null, item: QueuedItem): Values | null {
  const { op, fields = {} } = item.body;
  if (op === 'delete') return item.conflicts.includes('deleted') ? values : null;
  const definition = entity(item.entity);
  // Once the replica has the record, what was created stands under later changes of others.
  if (op === 'create') values ??= { ...definition.defaults, id: item.record_id };
  if (values === null) return null;
  const written: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (!item.conflicts.includes(name)) {
      written[name] = changedValue(definition, name, values[name], value, item.conflicts);
    }
  }
  return { ...values, ...written };
}

interface SetChange {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** Return a field's value after a change: sets by {add, remove}, custom fields by key. */
export function changedValue(
  definition: Entity,
  name: string,
  now: unknown,
  wanted: unknown,
  conflicts: readonly string[] = [],
): unknown {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return wanted;
  if (name === 'custom') {
    const merged: Record<string, unknown> = { ...(now as Values | undefined) };
    for (const [key, text] of Object.entries(wanted)) {
      if (!conflicts.includes(`custom.${key}`)) merged[key] = text;
    }
    return Object.fromEntries(
      Object.entries(merged)
        .filter(([, text]) => text !== null)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
  if (definition.fields[name]?.set) {
    const { add = [], remove = [] } = wanted as SetChange;
    const gone = new Set(remove);
    return [...new Set([...((now ?? []) as readonly string[]), ...add])].filter((each) => !gone.has(each)).toSorted();
  }
  return wanted;
}
