/** Entries of a day side by side where their times overlap. */
import { minutesOn, type Entry } from './entries';

export interface Placed {
  readonly entry: Entry;
  /** Minutes on the clock. */
  readonly top: number;
  readonly height: number;
  /** Column, and how many there are. */
  readonly column: number;
  readonly columns: number;
}

/** No entry is drawn lower than this many minutes: its text has to be read. */
const LEAST = 30;

export function placed(entries: readonly Entry[], day: string): readonly Placed[] {
  const found: Placed[] = [];
  let group: { entry: Entry; top: number; bottom: number; column: number }[] = [];
  let end = 0;
  const close = () => {
    const columns = Math.max(0, ...group.map((each) => each.column + 1));
    for (const { entry, top, bottom, column } of group) found.push({ entry, top, height: bottom - top, column, columns });
    group = [];
  };
  for (const entry of entries) {
    const top = Math.min(minutesOn(entry.begins, day), 1440 - LEAST);
    const bottom = Math.max(minutesOn(entry.ends, day), top + LEAST);
    if (top >= end) close();
    const taken = new Set(group.filter((each) => each.bottom > top).map((each) => each.column));
    let column = 0;
    while (taken.has(column)) column += 1;
    group.push({ entry, top, bottom, column });
    end = Math.max(group.length === 1 ? 0 : end, bottom);
  }
  close();
  return found;
}
