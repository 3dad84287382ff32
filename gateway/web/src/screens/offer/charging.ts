/** What somebody makes of a charge: its fields as typed, what the kernel says of them, and how they are written. */
import type { Draft, Kernel } from '../../kernel';
import { entity, type Author, type FieldsOf, type RecordOf, type Written } from '../../replica';
import { newUuid } from '../../replica/ids';
import { parseDecimal } from '../../i18n/format';
import type { Language } from '../../i18n/texts';
import { changedFields } from '../../ui/changed';

export type Charge = RecordOf<'offers.charge'>;
type Method = Charge['spread_method'];

/** A charge in the form: numbers are as people typed them. */
export interface TypedCharge {
  readonly description: string;
  readonly mode: 'shown' | 'spread' | 'absorbed';
  readonly formula: Charge['formula'];
  readonly amount: string;
  readonly rate: string;
  readonly units: string;
  readonly base: Charge['base'];
  readonly serves: readonly string[];
  readonly vat: Charge['vat'];
  readonly vat_rate: string;
  readonly natura: string;
  readonly method: Method;
  /** Line -> weight, of a manual spread. */
  readonly weights: Readonly<Record<string, string>>;
}

export interface Spreading {
  readonly method: Method;
  readonly weights: Readonly<Record<string, string>>;
}

/** What spreading would write into the charge, and what the charge comes to. */
export interface SpreadFound {
  readonly fields: Pick<Charge, 'mode' | 'spread_method' | 'spread_inputs' | 'spread_shares'>;
  readonly net: string;
}

const orElse = <T extends string>(value: T | undefined, otherwise: T): T => (value === undefined || value === 'unspecified' ? otherwise : value);
const shown = (value: string | undefined, language: Language) => (language === 'it' ? (value ?? '').replace('.', ',') : (value ?? ''));

/** Return a charge as its form begins. */
export function typedOf(charge: Partial<Charge>, language: Language): TypedCharge {
  return {
    description: charge.description ?? '',
    mode: orElse(charge.mode as TypedCharge['mode'] | undefined, 'shown'),
    formula: orElse(charge.formula, 'fixed'),
    amount: shown(charge.amount, language),
    rate: shown(charge.rate, language),
    units: shown(charge.units, language),
    base: orElse(charge.base, 'net'),
    serves: charge.serves ?? [],
    vat: orElse(charge.vat, 'accessory'),
    vat_rate: shown(charge.vat_rate, language),
    natura: charge.natura ?? '',
    method: orElse(charge.spread_method, 'net'),
    weights: Object.fromEntries((charge.spread_shares ?? []).map((share) => [share.line_id ?? '', shown(share.weight, language)])),
  };
}

/** Which of the numbers a formula uses. */
export function usedNumbers({ formula, vat }: TypedCharge): ReadonlySet<string> {
  const used = new Set(formula === 'fixed' ? ['amount'] : ['rate']);
  if (formula !== 'fixed' && formula !== 'percent') used.add('units');
  if (vat === 'own_rate') used.add('vat_rate');
  return used;
}

/** Return the names of the numbers that cannot be read, and of those that must be there. */
export function wrongNumbers(typed: TypedCharge, language: Language): ReadonlySet<string> {
  const wrong = new Set<string>();
  for (const name of usedNumbers(typed)) {
    const value = parseDecimal(typed[name as 'amount'], language);
    const needed = name === 'amount' || name === 'rate' || name === 'vat_rate' || typed.formula === 'per_km' || typed.formula === 'per_day';
    if (value === null || (needed && value === '')) wrong.add(name);
  }
  return wrong;
}

/** Return the fields of the record; what the formula does not use is emptied. */
export function fieldsOf(typed: TypedCharge, language: Language): FieldsOf<'offers.charge'> {
  const used = usedNumbers(typed);
  const number = (name: 'amount' | 'rate' | 'units' | 'vat_rate') => (used.has(name) ? (parseDecimal(typed[name], language) ?? '') : '');
  return {
    description: typed.description.trim(),
    formula: typed.formula,
    amount: number('amount'),
    rate: number('rate'),
    units: number('units'),
    base: typed.base,
    serves: [...typed.serves],
    vat: typed.vat,
    vat_rate: number('vat_rate'),
    natura: typed.vat === 'own_rate' ? typed.natura.trim() : '',
  };
}

/** Return how it is to be spread; weights that cannot be read count nothing. */
export function spreadingOf(typed: TypedCharge, language: Language): Spreading {
  const weights = Object.entries(typed.weights).map(([id, text]) => [id, parseDecimal(text, language) || '0']);
  return { method: typed.method, weights: typed.method === 'manual' ? Object.fromEntries(weights) : {} };
}

/** Return a draft in which a charge is as in the form; a new one has the id `id`. */
export function draftWith(draft: Draft, id: string, typed: TypedCharge, language: Language): Draft {
  const before = draft.charges.find((charge) => charge.id === id);
  const blank = { ...entity('offers.charge').defaults, id, revision_id: draft.revision.id, position: 1_000_000 } as unknown as Charge;
  // A run that is there was made of other values: until it is made anew the charge is shown.
  const fields = { ...fieldsOf(typed, language), mode: typed.mode === 'absorbed' ? ('absorbed' as const) : ('shown' as const), spread_inputs: '', spread_shares: [] };
  const now = { ...(before ?? blank), ...fields } as Charge;
  return { ...draft, charges: [...draft.charges.filter((charge) => charge.id !== id), now] };
}

/** Ask the kernel to spread a charge of a draft. Throws `KernelRefusal` with what stands against it. */
export function spreadOf(kernel: Kernel, draft: Draft, chargeId: string, { method, weights }: Spreading): Promise<SpreadFound> {
  // Costs are there only for those who may see them.
  const costs = draft.lines.filter((line) => line.unit_cost != null && line.unit_cost !== '').map((line) => [line.id, line.unit_cost]);
  return kernel.call<SpreadFound>('spread_records', { ...draft, charge_id: chargeId, method, weights, unit_costs: Object.fromEntries(costs) });
}

interface Writing {
  readonly author: Author;
  readonly charge: Partial<Charge>;
  readonly revisionId: string;
  readonly position: number;
  readonly fields: FieldsOf<'offers.charge'>;
  readonly mode: TypedCharge['mode'];
  readonly spreading: Spreading;
  /** What the kernel found; null without one: then the run is shown when the owner has answered. */
  readonly found: SpreadFound | null;
}

/** Write a charge and its spreading together. */
export function writeCharge({ author, charge, revisionId, position, fields, mode, spreading, found }: Writing): Promise<Omit<Written, 'id'>> {
  const group = author.group();
  const id = charge.id ?? newUuid(new Date());
  const key = `offers.charge/${id}`;
  const wasSpread = charge.mode === 'spread';
  if (wasSpread && mode !== 'spread') {
    group.command('offers.charge:unspread', id, {}, { [key]: { mode: 'shown', spread_method: 'unspecified', spread_inputs: '', spread_shares: [] } });
  }
  const plain = mode === 'spread' ? (wasSpread ? {} : { mode: 'shown' as const }) : { mode };
  if (charge.id === undefined) group.create('offers.charge', { ...fields, ...plain, id, revision_id: revisionId, position });
  else {
    // What was not touched is not written: somebody else may write it meanwhile.
    const changed = changedFields(charge, { ...fields, ...plain });
    if (Object.keys(changed).length > 0) group.edit('offers.charge', id, changed);
  }
  if (mode === 'spread') group.command('offers.charge:spread', id, { ...spreading }, { [key]: { ...(found?.fields ?? { mode: 'spread' }) } });
  return group.save();
}
