/**
 * What waits for the user's decision, and the decision.
 *
 * A decision is a queue item: made without a network as well, sent before everything else. `mine` and `edited`
 * carry a new change with a new id, shown like any own change.
 */
import type { Values } from './contracts';
import { unusable } from './errors';
import type { Question } from './facts';
import type { Choice, ItemBody, QueuedItem } from './items';
import type { View } from './view';
import { conflictingFields, mineAgain, type Writing } from './writing';

export interface Decision {
  readonly body: ItemBody;
  readonly resolves: string;
  readonly choice: Choice;
}

export class Parked {
  constructor(
    private readonly view: View,
    private readonly writing: Writing,
  ) {}

  /** Return how many questions are open. */
  count(items: readonly QueuedItem[]): number {
    const decided = decidedIn(items);
    return items.filter((item) => item.needs_decision && !decided.has(item.id)).length;
  }

  /** Return what waits for a decision, the oldest first; its entities must be in the view's memory. */
  questions(items: readonly QueuedItem[]): Question[] {
    const decided = decidedIn(items);
    return items.filter((item) => item.needs_decision).map((item) => this.question(item, decided.has(item.id)));
  }

  private question(item: QueuedItem, decided: boolean): Question {
    const theirs = this.theirs(item);
    const wanted = item.body.fields ?? item.body.request ?? {};
    const names = conflictingFields(item.conflicts, wanted);
    return {
      id: item.id,
      entity: item.entity,
      record_id: item.record_id,
      outcome: item.outcome,
      reason: item.reason,
      detail: item.detail,
      conflicts: item.conflicts,
      made_at: item.body.made_at,
      base: only(item.body.base ?? {}, names),
      mine: only(wanted, names),
      theirs: only(theirs, names),
      theirs_by: text(theirs['updated_by']),
      theirs_at: text(theirs['updated_at']),
      decided,
    };
  }

  private theirs(item: QueuedItem): Values {
    const here = this.view.serverRecord(item.entity, item.record_id) ?? {};
    const told = item.theirs;
    return Number(told['version'] ?? 0) > Number(here['version'] ?? 0) ? { ...here, ...told } : here;
  }

  /**
   * Return the decision about a parked change, for the queue; `fields` are the values of `edited`.
   *
   * Throws `unusable`: QUESTION_UNKNOWN, QUESTION_DECIDED, EDITED_WITHOUT_FIELDS.
   */
  decision(items: readonly QueuedItem[], id: string, choice: Choice, fields: Values): Decision {
    const item = items.find((each) => each.id === id && each.needs_decision);
    if (item === undefined) throw unusable('QUESTION_UNKNOWN', id);
    if (decidedIn(items).has(id)) throw unusable('QUESTION_DECIDED', id);
    if (choice === 'edited' && Object.keys(fields).length === 0) throw unusable('EDITED_WITHOUT_FIELDS', id);
    return { body: this.change(item, choice, fields), resolves: id, choice };
  }

  private change(item: QueuedItem, choice: Choice, fields: Values): ItemBody {
    const { body: sent, entity: name, record_id: id } = item;
    if (choice === 'theirs' || choice === 'discarded') return this.writing.nothing(name, id);
    if (sent.command !== undefined) {
      const request = { ...sent.request, ...fields };
      return { ...this.writing.nothing(name, id), command: sent.command, request, ...this.baseNow(name, id) };
    }
    if (sent.op === 'create') {
      return { ...this.writing.nothing(name, id), op: 'create', fields: { ...sent.fields, ...fields } };
    }
    if (sent.op === 'delete' && choice === 'mine') return this.writing.removal(name, id);
    const seen = this.view.record(name, id) ?? {};
    const again = mineAgain(name, sent, seen, item.conflicts);
    return this.writing.update(name, id, { ...again, ...fields }, item.theirs);
  }

  private baseNow(name: string, id: string): { base_version: number } {
    return { base_version: Number(this.view.serverRecord(name, id)?.['version'] ?? 0) };
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function decidedIn(items: readonly QueuedItem[]): ReadonlySet<string> {
  return new Set(items.filter((item) => item.state === 'waiting' && item.resolves).map((item) => item.resolves));
}

function only(values: Values, names: ReadonlySet<string>): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
}
