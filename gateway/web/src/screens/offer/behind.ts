/** What the server does not know yet of a revision. */
import { useMemo } from 'react';
import { useQueue, useRecords } from '../../replica';
import type { Revision } from './actions';

const PARTS: ReadonlySet<string> = new Set(['offers.line', 'offers.charge']);

/** Whether own changes to a revision, its offer, its lines or charges wait: the server's figures and prints lack them. */
export function useIsBehind(revision: Revision): boolean {
  const queue = useQueue();
  const { rows: lines } = useRecords('offers.line', { where: { revision_id: revision.id }, limit: 1000 });
  const { rows: charges } = useRecords('offers.charge', { where: { revision_id: revision.id }, limit: 200 });
  return useMemo(() => {
    const ids = new Set([revision.id, revision.offer_id, ...lines.map((line) => line.id), ...charges.map((charge) => charge.id)]);
    // A part that was deleted says no more of which revision it was.
    return queue.some((entry) => ids.has(entry.record_id) || (entry.what === 'delete' && PARTS.has(entry.entity)));
  }, [queue, revision, lines, charges]);
}
