/**
 * The queue of the user's own changes, and what became of each.
 *
 *     waiting       not sent, or sent without an answer; sent again with the same id until there is one
 *     acknowledged  applied, wholly or in part; shown over the replica until a bundle names it in `seen`
 *     parked        refused; the server keeps it with its payload until its author decides
 *     ended         decided, or nothing to wait for
 */
import type { Values } from './contracts';

export type ItemState = 'waiting' | 'acknowledged' | 'parked' | 'ended';
export type Choice = 'mine' | 'theirs' | 'edited' | 'discarded';
export type Outcome = 'applied' | 'merged' | 'conflict' | 'refused' | 'held';

/** A change or a command as it is sent, always the same. */
export interface ItemBody {
  readonly id: string;
  readonly group?: string;
  readonly entity: string;
  readonly record_id: string;
  readonly made_at: string;
  readonly op?: 'create' | 'update' | 'delete';
  readonly base_version?: number;
  readonly fields?: Values;
  readonly base?: Values;
  readonly command?: string;
  readonly request?: Values;
}

/** What a command is expected to do until the server's answer has arrived: "entity/id" -> values. */
export type Expected = Readonly<Record<string, Values>>;

/** One change or command of the queue. */
export interface QueuedItem {
  readonly position: number;
  readonly id: string;
  readonly group: string;
  readonly owner: string;
  readonly entity: string;
  readonly record_id: string;
  readonly body: ItemBody;
  readonly expected: Expected;
  readonly state: ItemState;
  /** What the server said last; '' before. */
  readonly outcome: Outcome | '';
  readonly reason: string;
  readonly detail: string;
  /** Fields in conflict: the server's value stands. */
  readonly conflicts: readonly string[];
  /** What stood there instead, with its version. */
  readonly theirs: Values;
  readonly needs_decision: boolean;
  readonly seen: boolean;
  readonly acknowledged_at: string;
  /** A decision about a parked change, and the choice. */
  readonly resolves: string;
  readonly choice: Choice | '';
  /** Whether it was in a call, answered or not: it cannot be taken back any more. */
  readonly sent: boolean;
}

/** Whether an item is laid over the replica. */
export function isShown(item: QueuedItem): boolean {
  return item.state === 'waiting' || (item.state === 'acknowledged' && !item.seen);
}
