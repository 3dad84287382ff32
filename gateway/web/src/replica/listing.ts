/** What the sync centre tells of the queue. */
import type { QueueEntry } from './facts';
import { isShown, type QueuedItem } from './items';

/** What the sync centre lists: what is on its way, and what waits for a decision. */
export function isListed(item: QueuedItem): boolean {
  return isShown(item) || item.needs_decision;
}

/** Return an item as the sync centre shows it. */
export function entryOf(item: QueuedItem): QueueEntry {
  const { body } = item;
  return {
    id: item.id,
    entity: item.entity,
    record_id: item.record_id,
    what: body.op ?? body.command ?? '',
    fields: Object.keys(body.fields ?? body.request ?? {}),
    made_at: body.made_at,
    state: item.state,
    outcome: item.outcome,
    reason: item.reason,
    detail: item.detail,
  };
}
