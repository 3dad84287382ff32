/** Whether a customer is here already, judged on this device while it is typed; the server judges again, by more.
 *
 * The same rule for names as the server's (`services/crm/domain/duplicates.py`): both are held to `duplicates.json`.
 */

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
  costruz: 'costruzioni',
  ind: 'industrie',
  industria: 'industrie',
  imp: 'impianti',
  az: 'azienda',
};
/** From here on a customer is proposed, of 100. */
const PROPOSED = 70;
/** From here on a name alone is enough. */
const MISTYPED = 0.9;
/** Letters of two words of which the longer has five. */
const LONG_ENOUGH = 9;
/** Below this nobody takes two words for one. */
const UNLIKE = 0.7;
/** Words of which every order is tried. */
const REORDERED = 3;

/** Return the words of a name that tell it from others, without accents and legal form. */
export function nameWords(name: string): readonly string[] {
  const plain = name.toLowerCase().replace(/ß/g, 'ss').normalize('NFKD').replace(/\p{M}/gu, '').replace(/[.'’`]/g, '');
  const found = plain.match(/[a-z0-9]+/g) ?? [];
  const kept = found.filter((word) => !COMMON.has(word)).map((word) => LONG[word] ?? word);
  return kept.length > 0 ? kept : found;
}

/** Return how likely two names are of one company, 0 to 100, when nothing else is known of it. */
export function pointsOf(left: readonly string[], right: readonly string[]): number {
  const alike = likeness(left, right);
  const points = alike < MISTYPED ? (PROPOSED * alike) / MISTYPED : 100 - (1 - alike) * 200;
  return Math.min(99, Math.round(points));
}

function likeness(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0 || right.length === 0) return 0;
  const [mine, theirs] = [without(left, right), without(right, left)];
  if (mine.length === 0 && theirs.length === 0) return 1;
  // One name has a word more: a short one may be half a legal form.
  if (mine.length === 0 || theirs.length === 0) return [...mine, ...theirs].join('').length <= 4 ? 0.88 : 0.8;
  if (mine.length !== theirs.length) return runTogether(mine.toSorted(), theirs.toSorted());
  return ofPairs(mine, theirs);
}

/** Return the words of the one name that the other has not, each as often as it has it more. */
function without(words: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return words.filter((word) => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Return how alike the words are when a space was forgotten or slipped: of their orders the best counts. */
function runTogether(mine: readonly string[], theirs: readonly string[]): number {
  const [few, many] = mine.length <= theirs.length ? [mine, theirs] : [theirs, mine];
  const orders = many.length <= REORDERED ? ordersOf(many) : [many];
  return Math.max(...orders.map((order) => wordLikeness(few.join(''), order.join(''))));
}

const ordersOf = (words: readonly string[]): readonly (readonly string[])[] =>
  words.length <= 1
    ? [words]
    : words.flatMap((first, at) => ordersOf(words.filter((_, other) => other !== at)).map((rest) => [first, ...rest]));

/** Return how alike the words are, each paired with the one that is most like it. */
function ofPairs(mine: readonly string[], theirs: readonly string[]): number {
  const left = [...theirs];
  let found = 1;
  for (const word of mine.toSorted()) {
    const nearest = left.map((other) => ({ other, alike: wordLikeness(word, other) })).reduce((a, b) => (isNearer(b, a) ? b : a));
    left.splice(left.indexOf(nearest.other), 1);
    found *= nearest.alike;
  }
  return found;
}

interface Near {
  readonly other: string;
  readonly alike: number;
}

const isNearer = (one: Near, than: Near) => one.alike > than.alike || (one.alike === than.alike && one.other > than.other);

/** Return 1 less what it costs to make one word of the other, as a share of their letters. */
function wordLikeness(left: string, right: string): number {
  const letters = left.length + right.length;
  // Letters that only one of them has are wrong in any case.
  const most = 1 - (without(lettersOf(left), lettersOf(right)).length + without(lettersOf(right), lettersOf(left)).length) / letters;
  if (most < UNLIKE) return most;
  const cost = costOf(left, right) + (left[0] === right[0] ? 0 : 1);
  return Math.max(1 - cost / letters, cost === 1 && letters >= LONG_ENOUGH ? MISTYPED : 0);
}

// Of a to z and digits alone: see `nameWords`.
const lettersOf = (word: string) => word.split('');

/** Return the least sum of slips: a letter too many, too few, or two that changed places; a wrong one counts double. */
function costOf(left: string, right: string): number {
  let earlier: readonly number[] = [];
  let above: readonly number[] = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 0; i < left.length; i += 1) {
    const row = [i + 1];
    for (let j = 0; j < right.length; j += 1) {
      const wrong = left[i] === right[j] ? 0 : 2;
      const changedPlaces = left[i] === right[j - 1] && left[i - 1] === right[j];
      row.push(
        Math.min(
          costAt(above, j) + wrong,
          costAt(above, j + 1) + 1,
          costAt(row, j) + 1,
          changedPlaces ? costAt(earlier, j - 1) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [earlier, above] = [above, row];
  }
  return costAt(above, right.length);
}

/** What there is not costs more than anything. */
const costAt = (row: readonly number[], at: number) => row[at] ?? Number.POSITIVE_INFINITY;

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
  const [words, vat] = [nameWords(typed.name), digits(typed.vat_number)];
  const pointsFor = (party: P): number => {
    const theirs = digits(party.vat_number);
    if (vat.length >= 8 && theirs === vat) return 100;
    const points = pointsOf(words, nameWords(party.name));
    return isOther(vat, theirs) ? points - 40 : points;
  };
  return known
    .map((party) => ({ party, points: pointsFor(party) }))
    .filter(({ points }) => points >= PROPOSED)
    .toSorted((a, b) => b.points - a.points)
    .map(({ party }) => party);
}

/** Two VAT numbers, and not one of them half typed. */
const isOther = (typed: string, stored: string) => typed.length >= 8 && stored !== '' && !stored.startsWith(typed);

const digits = (text: string) => text.replace(/[^0-9]/g, '');
