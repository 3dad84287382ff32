/** The rows of a conflict: one per field, of the company's own fields one per key; and what a choice for each comes to. */
import type { Question, Values } from '../../replica';

const CUSTOM = 'custom';

export type Side = 'mine' | 'theirs' | 'other';

export interface DecisionRow {
  /** `website`, or `custom.sector`. */
  readonly name: string;
  readonly field: string;
  /** Of a custom field; '' of the others. */
  readonly key: string;
  readonly base: unknown;
  readonly mine: unknown;
  readonly theirs: unknown;
}

const within = (values: Values, key: string) => (values[CUSTOM] as Values | null | undefined)?.[key];

/** Return what is to be decided, in the order of the change. */
export function rowsOf({ base, mine, theirs, conflicts }: Question): readonly DecisionRow[] {
  return Object.entries(mine).flatMap(([field, value]): readonly DecisionRow[] => {
    if (field !== CUSTOM || typeof value !== 'object' || value === null) return [{ name: field, field, key: '', base: base[field], mine: value, theirs: theirs[field] }];
    const keys = Object.keys(value);
    // Of the keys that were sent only those in conflict, where the server names them; the others are kept already.
    const asked = keys.filter((key) => conflicts.includes(`${CUSTOM}.${key}`));
    return (asked.length > 0 ? asked : keys).map((key) => ({ name: `${CUSTOM}.${key}`, field: CUSTOM, key, base: within(base, key), mine: within(mine, key), theirs: within(theirs, key) }));
  });
}

/** Return the values of fields when each row is decided by itself; a custom field that is not there is taken away. */
export function decidedFields(rows: readonly DecisionRow[], chosen: (row: DecisionRow) => unknown): Values {
  const own = Object.fromEntries(rows.filter((row) => row.field === CUSTOM && row.key !== '').map((row) => [row.key, chosen(row) ?? null]));
  const fields = Object.fromEntries(rows.filter((row) => row.key === '').map((row) => [row.name, chosen(row)]));
  return Object.keys(own).length > 0 ? { ...fields, [CUSTOM]: own } : fields;
}
