/**
 * The price lists of this copy, for lines without a price of their own: what the desktop copy does in
 * `gateway/device/listed.py`. The kernel asks them as the offers service does, so the price that is shown without a
 * network is the one that the owner will write.
 */
import type { Draft } from '../../kernel';
import { askRecords, type Replica } from '../../replica';
import { hasFigures } from './grid';

export interface PricedFor {
  readonly party_id: string;
  /** YYYY-MM-DD */
  readonly on: string;
  readonly user: string;
}

/** Return a draft with the lists that its lines need; as it is, if they need none. */
export async function withCatalogue(replica: Replica, draft: Draft, { party_id, on, user }: PricedFor): Promise<Draft> {
  const open = draft.lines.filter((line) => line.article_id !== '' && hasFigures(line) && (line.unit_price === '' || line.vat_rate === ''));
  if (open.length === 0) return draft;
  const wanted = [...new Set(open.map((line) => line.article_id))].toSorted();
  const [lists, prices, articles, parties] = await Promise.all([
    askRecords(replica, 'offers.price_list'),
    askRecords(replica, 'offers.price', { where: { article_id: { in: wanted } } }),
    askRecords(replica, 'offers.article', { where: { id: { in: wanted } } }),
    askRecords(replica, 'crm.party', { where: { id: party_id } }),
  ]);
  const catalogue = { lists, prices, articles, customer_code: parties[0]?.erp_code ?? '', on, user };
  return { ...draft, catalogue };
}
