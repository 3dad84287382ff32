/** Taking back what may have been sent: a further change that restores what stood there. */
import type { Values } from './contracts';
import type { ItemBody } from './items';
import type { Wish } from './writing';

const MOST_REMOVED = 1_000;

/** What was removed from this page lately, as it was seen: what is taken back is shown before its owner has answered. */
export class Removed {
  private readonly byItem = new Map<string, Values>();

  remember(removed: readonly (readonly [itemId: string, values: Values | null])[]): void {
    for (const [id, values] of removed) if (values !== null) this.byItem.set(id, values);
    for (const id of [...this.byItem.keys()].slice(0, Math.max(0, this.byItem.size - MOST_REMOVED))) this.byItem.delete(id);
  }

  get(itemId: string): Values | undefined {
    return this.byItem.get(itemId);
  }
}

/** Return the wish that brings back what was there before; null where there is none. */
export function oppositeOf(body: ItemBody, removed: Values | undefined): Wish | null {
  const { entity: name, record_id: id } = body;
  switch (body.op) {
    case 'create':
      return { op: 'remove', entity: name, id };
    case 'update':
      return { op: 'edit', entity: name, id, fields: oppositeFields(body.fields ?? {}, body.base ?? {}) };
    case 'delete':
      return removed === undefined ? null : { op: 'restore', entity: name, id, values: removed };
    default:
      return null;
  }
}

function oppositeFields(fields: Values, base: Values): Values {
  return Object.fromEntries(
    Object.keys(fields).map((name) => {
      const before = base[name] ?? null;
      if (name !== 'custom') return [name, before];
      const keys = Object.keys(fields[name] ?? {});
      return [name, Object.fromEntries(keys.map((key) => [key, ((before ?? {}) as Values)[key] ?? null]))];
    }),
  );
}
