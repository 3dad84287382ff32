/** The filters of reports as their parts: `field operator value` joined by AND, as `services/kit/records/filters.py` reads them. */
export interface Term {
  /** Of the source (state), of the company's own (custom.grade), or of a record that is named (party_id.territory_id). */
  readonly field: string;
  readonly sign: Sign;
  /** '' asks for what is not filled in. */
  readonly value: string;
}

const SIGNS = ['!=', '<=', '>=', '=', '<', '>', ':'] as const;
export type Sign = (typeof SIGNS)[number];

const TERM = /\s*([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*){0,3})\s*(!=|<=|>=|=|<|>|:)\s*("(?:[^"\\]|\\.)*"|[^\s"]+)(\s+AND\s+|\s*$)/y;

/** Return the parts of a filter; null where it is none that this program can read. */
export function termsOf(filter: string): readonly Term[] | null {
  const text = filter.trim();
  const found: Term[] = [];
  for (let at = 0; at < text.length; ) {
    TERM.lastIndex = at;
    const [whole = '', field = '', written = '', value = '', rest = ''] = TERM.exec(text) ?? [];
    const sign = SIGNS.find((each) => each === written);
    at += whole.length;
    const isCutOff = rest.trim() !== '' && at === text.length;
    if (sign === undefined || isCutOff) return null;
    found.push({ field, sign, value: value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value });
  }
  return found;
}
