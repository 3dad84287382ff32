/** What the kernel does not take, in the user's words. */
import { useCallback } from 'react';
import { texts, textOf, useTexts } from '../../i18n/texts';
import type { Mistake } from './pricing';

const refusalTexts = texts('refusals', {
  at: ['{{field}}: {{reason}}', '{{field}}: {{reason}}'],
  field_quantity: ['Quantità', 'Quantity'],
  field_unit_price: ['Prezzo', 'Price'],
  field_list_price: ['Prezzo di listino', 'List price'],
  field_discounts: ['Sconti', 'Discounts'],
  field_header_discounts: ['Sconto di testata', 'Header discount'],
  field_vat_rate: ['IVA', 'VAT'],
  field_natura: ['Natura IVA', 'VAT nature'],
  field_weight_kg: ['Peso', 'Weight'],
  field_kind: ['Tipo di riga', 'Kind of line'],
  field_presence: ['Presenza', 'Presence'],
  field_selected: ['Alternativa', 'Alternative'],
  field_serves: ['Righe servite', 'Lines served'],
  field_amount: ['Importo', 'Amount'],
  field_rate: ['Aliquota', 'Rate'],
  field_units: ['Unità', 'Units'],
  MISSING: ['manca', 'missing'],
  BY_LIST: ['dal listino, con la sincronizzazione', 'from the price list, with the synchronisation'],
  LIST_PRICE_MISSING: ['non c’è nei listini: scriverlo', 'not in the price lists: type it'],
  PRICE_LIST_UNKNOWN: ['il listino scelto non è su questo dispositivo', 'the chosen list is not on this device'],
  RATE_MISSING: ['il listino è in un’altra valuta', 'the list is in another currency'],
  field_method: ['Metodo', 'Method'],
  field_weights: ['Pesi', 'Weights'],
  field_lock: ['Blocco', 'Lock'],
  SPREAD_CHARGE_UNKNOWN: ['La voce non c’è più', 'The charge is no longer there'],
  SPREAD_CHARGE_NOT_BILLED: ['La voce non è fatturata al cliente: non si può ripartire', 'The charge is not billed to the customer: it cannot be spread'],
  SPREAD_LINE_LOCKED: ['ha il prezzo bloccato: sbloccarla o escluderla', 'has a locked price: unlock it or leave it out'],
  SPREAD_WEIGHT_NEGATIVE: ['peserebbe meno di zero', 'would weigh less than nothing'],
  SPREAD_NO_WEIGHT: ['non ha peso con questo metodo: nessuna riga può portare la sua parte', 'has no weight under this method: no line can carry its part'],
  SPREAD_COST_MISSING: ['manca il costo', 'the cost is missing'],
  NUMBER_MALFORMED: ['non è un numero', 'not a number'],
  NUMBER_TOO_LONG: ['numero troppo lungo', 'the number is too long'],
  NUMBER_TOO_LARGE: ['numero troppo grande', 'the number is too large'],
  NUMBER_TOO_FINE: ['troppi decimali', 'too many decimals'],
  CURRENCY_UNKNOWN: ['La valuta non esiste', 'There is no such currency'],
  QUANTITY_NEGATIVE: ['non può essere negativa', 'cannot be negative'],
  DISCOUNT_MALFORMED: ['si scrivono come 50+10+5', 'are written like 50+10+5'],
  DISCOUNT_TOO_LONG: ['troppo lunghi', 'too long'],
  DISCOUNT_TOO_MANY_STEPS: ['troppi sconti in cascata', 'too many steps'],
  DISCOUNT_OUT_OF_RANGE: ['fuori dai limiti: sopra -100, al massimo 100', 'out of range: above -100, at most 100'],
  TRADE_IN_NOT_PLAIN: ['una permuta vuole un prezzo positivo senza sconti', 'a trade-in takes a positive price without discounts'],
  ALTERNATIVE_CHOSEN_TWICE: ['ne è scelta più di una', 'more than one is chosen'],
  REVISION_TOO_LONG: ['La revisione ha troppe righe', 'The revision has too many lines'],
  VAT_RATE_OUT_OF_RANGE: ['aliquota fuori dai limiti', 'the rate is out of range'],
  VAT_RATE_NOT_IN_FORCE: ['aliquota non in vigore', 'the rate is not in force'],
  NATURA_MISSING: ['manca: serve se l’aliquota è zero', 'missing: needed where the rate is zero'],
  NATURA_NOT_ALLOWED: ['ammessa solo se l’aliquota è zero', 'allowed only where the rate is zero'],
  NATURA_UNKNOWN: ['codice sconosciuto', 'unknown code'],
  NATURA_RETIRED: ['codice non più in uso', 'code no longer in use'],
  VAT_GROUP_NEGATIVE: ['il totale di questa IVA sarebbe negativo', 'the total under this VAT would be negative'],
  CHARGE_UNITS_MISSING: ['mancano', 'missing'],
  CHARGE_SERVES_UNKNOWN_LINE: ['una riga non c’è più', 'a line is no longer there'],
  CHARGE_WEIGHT_NEGATIVE: ['valgono meno di zero', 'are worth less than zero'],
  WEIGHT_NEGATIVE: ['non può essere negativo', 'cannot be negative'],
});

/** Return a function that says what is wrong: "Sconti: si scrivono come 50+10+5". */
export function useRefusals(): (mistake: Mistake) => string {
  const t = useTexts(refusalTexts);
  return useCallback(
    ({ field, reason: code }) => {
      const reason = textOf(t, refusalTexts, code);
      const key = `field_${field}`;
      return refusalTexts.known.has(key) ? t('at', { field: textOf(t, refusalTexts, key), reason }) : reason;
    },
    [t],
  );
}
