/** The revision of an offer that counts: the accepted one, else the latest that was not set aside. */
import type { RecordOf } from '../../replica';

type Revision = RecordOf<'offers.revision'>;

const ASIDE: ReadonlySet<string> = new Set(['superseded', 'withdrawn', 'not_chosen']);

/** Later ones first; a revision that the server has not numbered yet is the latest. */
export function latestFirst(revisions: readonly Revision[]): readonly Revision[] {
  const place = (revision: Revision) => (revision.ordinal === 0 ? Number.MAX_SAFE_INTEGER : revision.ordinal);
  return revisions.toSorted((a, b) => place(b) - place(a) || (a.alternative < b.alternative ? -1 : 1));
}

/** Return the revision that counts of each offer, by the offer's id. */
export function currentRevisions(revisions: readonly Revision[]): ReadonlyMap<string, Revision> {
  const found = new Map<string, Revision>();
  for (const revision of latestFirst(revisions)) {
    const before = found.get(revision.offer_id);
    if (before === undefined || rank(revision) > rank(before)) found.set(revision.offer_id, revision);
  }
  return found;
}

function rank(revision: Revision): number {
  if (revision.state === 'accepted') return 2;
  return ASIDE.has(revision.state) ? 0 : 1;
}
