/**
 * The figures of a revision: the kernel's for what is on screen, changes that were not sent included.
 *
 * A draft is priced anew shortly after its last change, and only the answer to what is on screen is taken, so an older
 * one never replaces a newer one. A revision that is no draft shows its record's own figures.
 */
import { useEffect, useMemo, useState } from 'react';
import { KernelRefusal, useKernel, type Draft, type Figures, type LineFigures } from '../../kernel';
import { useRecords, useReplica, useMe, type RecordOf } from '../../replica';
import { useToday } from '../../ui/day';
import { withCatalogue } from './catalogue';
import { inOrder, type Line } from './grid';

type Offer = RecordOf<'offers.offer'>;
type Revision = RecordOf<'offers.revision'>;

/** Long enough for what is written in one go (a paste, copying down), short enough not to be noticed. */
export const PAUSE_MS = 120;
/** More are not read: a part of the lines has no total. */
const LINES = 1000;
const CHARGES = 200;

/** One value that the kernel does not take. */
export interface Mistake {
  /** Id of the line or the charge; '' if it belongs to the revision. */
  readonly id: string;
  readonly isLine: boolean;
  readonly field: string;
  /** The kernel's; or MISSING, LIST_PRICE_MISSING, BY_LIST (there are no lists here: the owner finds the price). */
  readonly reason: string;
}

export interface Pricing {
  /** null: those of the records hold. */
  readonly figures: Figures | null;
  /** Why what is on screen has no figures; then `figures` are those of the last draft that made sense. */
  readonly mistakes: readonly Mistake[];
  /** What the figures are of, with the lists that were asked; null: those of the records hold. */
  readonly draft: Draft | null;
}

const OF_RECORD: Pricing = { figures: null, mistakes: [], draft: null };

/** Whether lines and terms of a revision may still be written. */
export const isDraft = (revision: Revision) => revision.state === 'draft' || revision.state === 'unspecified';

/** How a revision is priced now. A component that shows another revision is to be mounted anew. */
export function usePricing(offer: Offer, revision: Revision): Pricing {
  const kernel = useKernel();
  const replica = useReplica();
  const user = useMe();
  const on = useToday();
  const lines = useRecords('offers.line', { where: { revision_id: revision.id }, limit: LINES });
  const charges = useRecords('offers.charge', { where: { revision_id: revision.id }, limit: CHARGES });
  const [answer, setAnswer] = useState(OF_RECORD);
  const isWhole = lines.ready && charges.ready && lines.total === lines.rows.length && charges.total === charges.rows.length;
  const written = useMemo<Draft | null>(
    () => (isWhole && isDraft(revision) ? { revision, lines: lines.rows, charges: charges.rows } : null),
    [isWhole, revision, lines.rows, charges.rows],
  );
  const { party_id } = offer;
  useEffect(() => {
    if (written === null) return undefined;
    let isLatest = true;
    const ask = async () => {
      let draft = written;
      try {
        draft = await withCatalogue(replica, written, { party_id, on, user });
        const figures = await kernel.price(draft);
        if (isLatest) setAnswer({ figures, mistakes: [], draft });
      } catch (error) {
        if (!isLatest) return;
        // No kernel: the records' figures hold, and it is asked again with the next change.
        if (!(error instanceof KernelRefusal)) setAnswer(OF_RECORD);
        else setAnswer((last) => ({ figures: last.figures, mistakes: mistakesOf(error, draft), draft }));
      }
    };
    const timer = setTimeout(() => void ask(), PAUSE_MS);
    return () => {
      isLatest = false;
      clearTimeout(timer);
    };
  }, [kernel, replica, written, party_id, on, user]);
  return written === null ? OF_RECORD : answer;
}

const PLACE = /^(lines|charges)\[(\d+)\]\.(\w+)$/;

/** Return what the kernel refused, by the records that it concerns. */
export function mistakesOf(refusal: KernelRefusal, draft: Draft): readonly Mistake[] {
  const parts: Readonly<Record<string, readonly { readonly id: string }[]>> = {
    lines: inOrder(draft.lines),
    charges: draft.charges.toSorted((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1)),
  };
  if (refusal.violations.length === 0) return [{ id: '', isLine: false, field: '', reason: refusal.reason }];
  return refusal.violations.map(({ field: path, reason }) => {
    const [, list = '', place = '', name = path] = PLACE.exec(path) ?? [];
    const record = parts[list]?.[Number(place)];
    if (record === undefined) return { id: '', isLine: false, field: name, reason };
    const isOpen = reason === 'NUMBER_MALFORMED' && Reflect.get(record, name) === '';
    const isListed = name === 'unit_price' && 'article_id' in record && record.article_id !== '';
    const listed = (draft.catalogue?.lists.length ?? 0) === 0 ? 'BY_LIST' : 'LIST_PRICE_MISSING';
    return { id: record.id, isLine: list === 'lines', field: name, reason: !isOpen ? reason : isListed ? listed : 'MISSING' };
  });
}

/** Return the amount of a line as it is to be shown; '' while unknown. */
export function amountIn({ figures }: Pricing, line: Line): string {
  return figures === null ? line.amount : (figures.lines[line.id]?.amount ?? '');
}

/** Return what the price lists gave a line that has no price of its own; undefined if they did not. */
export function listedIn({ figures }: Pricing, line: Line): LineFigures | undefined {
  const found = figures?.lines[line.id];
  return found?.unit_price === undefined ? undefined : found;
}

/** Return a revision with the figures that are to be shown of it. */
export function revisionIn({ figures }: Pricing, revision: Revision): Revision {
  return figures === null ? revision : { ...revision, ...figures.revision };
}
