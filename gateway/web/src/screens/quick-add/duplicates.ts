/** Whether a customer is here already, judged on this device while it is typed; the server judges again, by more. */

// Said of many companies: no sign that two of them are one.
const COMMON = new Set(
  'srl srls spa sapa sas snc ss scarl scrl coop soc societa ditta gmbh ag kg ltd llc inc sarl sa bv nv unipersonale c e di del della dei the and und fratelli flli'.split(' '),
);
const LONG: Readonly<Record<string, string>> = {
  off: 'officine',
  officina: 'officine',
  mecc: 'meccanica',
  carp: 'carpenteria',
  costr: 'costruzioni',
  ind: 'industrie',
  industria: 'industrie',
  imp: 'impianti',
};
/** From here on a customer is proposed. */
const ALIKE = 0.6;

/** Return the words of a name that tell it from others, without accents and legal form. */
export function nameWords(name: string): readonly string[] {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[.'’`]/g, '');
  const found = plain.match(/[a-z0-9]+/g) ?? [];
  const kept = found.filter((word) => !COMMON.has(word)).map((word) => LONG[word] ?? word);
  return kept.length > 0 ? kept : found;
}

/** Return how alike two names are, 0 to 1: the share of letters in words that they have in common. */
export function likeness(left: string, right: string): number {
  const [a, b] = [nameWords(left), nameWords(right)];
  const common = a.filter((word) => b.some((other) => isSameWord(word, other)));
  return (2 * letters(common)) / Math.max(1, letters(a) + letters(b));
}

const letters = (words: readonly string[]) => words.reduce((sum, word) => sum + word.length, 0);

/** The same, or mistyped: one letter more, less, or other in a word of five. */
function isSameWord(left: string, right: string): boolean {
  if (left === right) return true;
  if (Math.min(left.length, right.length) < 5 || Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < Math.min(left.length, right.length) - start && left.at(-1 - end) === right.at(-1 - end)) end += 1;
  return Math.max(left.length, right.length) - start - end <= 1;
}

export interface Known {
  readonly id: string;
  readonly name: string;
  readonly vat_number: string;
}

/** Return the customers that may be the one being typed, the likeliest first. */
export function duplicatesOf<P extends Known>(
  typed: { readonly name: string; readonly vat_number: string },
  known: readonly P[],
): readonly P[] {
  const vat = digits(typed.vat_number);
  return known
    .map((party) => ({ party, alike: vat.length >= 8 && digits(party.vat_number) === vat ? 2 : likeness(typed.name, party.name) }))
    .filter(({ alike }) => alike >= ALIKE)
    .toSorted((a, b) => b.alike - a.alike)
    .map(({ party }) => party);
}

const digits = (text: string) => text.replace(/[^0-9]/g, '');
