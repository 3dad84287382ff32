/** Writing lines, with undo and redo of every step. */
import { useMemo, useRef } from 'react';
import { useAuthor, type Author, type Group, type Written } from '../../replica';
import { newUuid } from '../../replica/ids';
import { positionsBetween, type Line, type LineFields } from './grid';

/** One step of the user: several changes that are undone together. */
type Step = (group: Group) => void;

export interface Editing {
  readonly change: (edits: readonly { readonly id: string; readonly fields: LineFields }[], created?: readonly LineFields[]) => Promise<void>;
  /** Put new lines before the line at this place (the number of lines: at the end). */
  readonly insert: (at: number, created: readonly LineFields[]) => Promise<void>;
  readonly remove: (ids: readonly string[]) => Promise<void>;
  /** Move lines by one place, -1 up or 1 down. */
  readonly move: (from: number, by: -1 | 1) => Promise<void>;
  /** Answer whether there was a step, and it could be taken back. */
  readonly undo: () => Promise<boolean>;
  readonly redo: () => Promise<boolean>;
}

class Steps {
  private readonly done: { step: Step; written: Pick<Written, 'undo'> }[] = [];
  private undone: Step[] = [];

  constructor(private readonly author: Author) {}

  async apply(step: Step): Promise<void> {
    this.undone = [];
    await this.write(step);
  }

  private async write(step: Step): Promise<void> {
    const group = this.author.group();
    step(group);
    this.done.push({ step, written: await group.save() });
  }

  async undo(): Promise<boolean> {
    const last = this.done.pop();
    if (last === undefined) return false;
    const taken = await last.written.undo();
    if (taken) this.undone.push(last.step);
    return taken;
  }

  async redo(): Promise<boolean> {
    const step = this.undone.pop();
    if (step === undefined) return false;
    await this.write(step);
    return true;
  }
}

/** How the lines of a revision are written. */
export function useEditing(revisionId: string, lines: readonly Line[]): Editing {
  const author = useAuthor();
  const steps = useMemo(() => new Steps(author), [author]);
  const latest = useRef(lines);
  latest.current = lines; // oxlint-disable-line react/refs -- read by handlers, never while drawing
  return useMemo(() => {
    const place = (group: Group, at: number, created: readonly { readonly id: string; readonly fields: LineFields }[]) => {
      const now = latest.current;
      const found = positionsBetween(now[at - 1]?.position ?? 0, now[at]?.position, created.length);
      // No room: everything from here on moves down.
      const from = now[at - 1]?.position ?? 0;
      const positions = found ?? created.map((_, n) => from + (n + 1) * 10);
      if (found === null) {
        for (const [n, line] of now.slice(at).entries()) {
          group.edit('offers.line', line.id, { position: from + (created.length + n + 1) * 10 });
        }
      }
      for (const [n, { id, fields }] of created.entries()) {
        group.create('offers.line', { kind: 'item', presence: 'standard', ...fields, id, revision_id: revisionId, position: positions[n] ?? 0 });
      }
    };
    const named = (created: readonly LineFields[]) => created.map((fields) => ({ id: newUuid(new Date()), fields }));
    return {
      change: (edits, created = []) => {
        const made = named(created);
        return steps.apply((group) => {
          for (const { id, fields } of edits) group.edit('offers.line', id, fields);
          if (made.length > 0) place(group, latest.current.length, made);
        });
      },
      insert: (at, created) => {
        const made = named(created);
        return steps.apply((group) => place(group, at, made));
      },
      remove: (ids) =>
        steps.apply((group) => {
          for (const id of ids) group.remove('offers.line', id);
        }),
      move: async (from, by) => {
        const [line, other] = [latest.current[from], latest.current[from + by]];
        if (line === undefined || other === undefined) return;
        await steps.apply((group) => {
          group.edit('offers.line', line.id, { position: other.position });
          group.edit('offers.line', other.id, { position: line.position });
        });
      },
      undo: () => steps.undo(),
      redo: () => steps.redo(),
    };
  }, [revisionId, steps]);
}
