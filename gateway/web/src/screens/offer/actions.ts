/**
 * What may be done with an offer and a revision of it now, and if not, why: read from the owner's own table of moves
 * (`services/offers/domain/transitions.py`), so a button and the server's answer cannot differ.
 */
import table from '../../contracts/moves.json';
import type { RecordOf } from '../../replica';

export type Offer = RecordOf<'offers.offer'>;
export type Revision = RecordOf<'offers.revision'>;
export type OfferCommand = 'start' | 'negotiate' | 'accept' | 'lose' | 'expire' | 'suspend' | 'resume' | 'reopen' | 'cancel' | 'explain';
export type RevisionCommand = 'freeze' | 'send' | 'withdraw' | 'revise' | 'alternative';
export type Command = OfferCommand | RevisionCommand;

export const OFFER_COMMANDS: readonly OfferCommand[] = ['start', 'negotiate', 'accept', 'explain', 'lose', 'expire', 'suspend', 'resume', 'reopen', 'cancel'];
export const REVISION_COMMANDS: readonly RevisionCommand[] = ['freeze', 'send', 'withdraw', 'revise', 'alternative'];

/** Why a command is not possible now; of TRANSITION_NOT_ALLOWED with the states from which it is. */
export interface Obstacle {
  readonly reason: string;
  readonly of: 'offer' | 'revision';
  readonly from: readonly string[];
}

interface Move {
  readonly entity: string;
  readonly command: string;
  readonly sources: readonly string[];
  readonly target: string;
}

const moves = new Map((table as readonly Move[]).map((each) => [`${each.entity}:${each.command}`, each]));
const sourcesOf = (entity: string, command: string) => moves.get(`${entity}:${command}`)?.sources ?? [];
/** The state that a command of an offer leads to. */
export const targetOf = (command: OfferCommand) => moves.get(`offer:${command}`)?.target ?? '';

const CLOSED: ReadonlySet<string> = new Set(['accepted', 'ordered', 'changed', 'cancelled']);
/** Whether an offer is what its order says, or nothing any more. */
export const isClosed = (offer: Offer) => CLOSED.has(offer.state);
const LIVE: ReadonlySet<string> = new Set(['frozen', 'signed', 'sent']);
const LETTERS: readonly string[] = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');

/** Facts beside the states. */
export interface About {
  readonly offer: Offer;
  readonly revision: Revision;
  readonly revisions: readonly Revision[];
  readonly lines: number;
  /** Facts that the kernel found missing for freezing. */
  readonly missing: readonly string[];
  /** Whether the kernel could not read a line, a charge or a term. */
  readonly isRefused: boolean;
  /** YYYY-MM-DD */
  readonly today: string;
}

const begun = (state: string) => (state === 'unspecified' ? 'draft' : state);
const fact = (reason: string): Obstacle => ({ reason, of: 'offer', from: [] });

function stateObstacle(of: 'offer' | 'revision', state: string, sources: readonly string[]): Obstacle | null {
  return sources.includes(begun(state)) ? null : { reason: 'TRANSITION_NOT_ALLOWED', of, from: sources };
}

/** Return why a command is not possible now; null: it is. */
export function obstacle(command: Command, about: About): Obstacle | null {
  const { offer, revision } = about;
  switch (command) {
    case 'freeze':
      return stateObstacle('revision', revision.state, sourcesOf('revision', 'freeze')) ?? againstFreezing(about);
    case 'send':
      return (
        stateObstacle('revision', revision.state, sourcesOf('revision', 'send')) ??
        stateObstacle('offer', offer.state, [...sourcesOf('offer', 'send'), ...sourcesOf('offer', 'send_again')])
      );
    case 'withdraw':
      return CLOSED.has(offer.state) ? fact('OFFER_CLOSED') : stateObstacle('revision', revision.state, sourcesOf('revision', 'withdraw'));
    case 'revise':
    case 'alternative':
      return againstRevising(command, about);
    case 'accept':
      return stateObstacle('offer', offer.state, sourcesOf('offer', 'accept')) ?? againstAccepting(about);
    default: {
      const isEnd = ['lose', 'cancel', 'expire', 'suspend'].includes(command);
      if (isEnd && offer.accepted_revision_id !== '') return fact('OFFER_CLOSED');
      return stateObstacle('offer', offer.state, sourcesOf('offer', command));
    }
  }
}

function againstFreezing({ offer, lines, missing, isRefused }: About): Obstacle | null {
  if (CLOSED.has(offer.state)) return fact('OFFER_CLOSED');
  if (lines === 0) return fact('REVISION_EMPTY');
  if (isRefused) return fact('LINES_REFUSED');
  const found = sourcesOf('offer', 'freeze');
  const [first] = missing;
  return first === undefined ? stateObstacle('offer', offer.state, found) : fact(first);
}

function againstAccepting({ revision, today }: About): Obstacle | null {
  if (revision.state === 'draft' || revision.state === 'unspecified') return fact('REVISION_NOT_FROZEN');
  if (!LIVE.has(revision.state)) return fact('REVISION_NOT_CURRENT');
  return revision.valid_until !== '' && revision.valid_until < today ? fact('OFFER_EXPIRED') : null;
}

function againstRevising(command: 'revise' | 'alternative', { offer, revision, revisions }: About): Obstacle | null {
  if (CLOSED.has(offer.state)) return fact('OFFER_CLOSED');
  const isOpen = revisions.some((each) => each.alternative === revision.alternative && begun(each.state) === 'draft');
  if (command === 'revise') return isOpen ? fact('DRAFT_EXISTS') : null;
  return nextAlternative(revisions) === '' ? fact('ALTERNATIVES_USED_UP') : null;
}

/** Return the letter of the next alternative; the first revision, which has none, counts as A. */
export function nextAlternative(revisions: readonly Revision[]): string {
  const used = new Set(revisions.map((each) => each.alternative || 'A'));
  return LETTERS.find((letter) => !used.has(letter)) ?? '';
}

/** What people most likely do next; the rest is in the menu. */
const LIKELY: Readonly<Record<string, readonly Command[]>> = {
  ready: ['send', 'accept'],
  sent: ['accept', 'revise'],
  negotiation: ['accept', 'revise'],
  suspended: ['resume'],
  lost: ['reopen', 'revise'],
  expired: ['reopen', 'revise', 'lose'],
  accepted: ['explain'],
  ordered: ['explain'],
};

/** Return what is offered as buttons, the likeliest first. */
export function likely(about: About): readonly Command[] {
  const isDraft = begun(about.revision.state) === 'draft';
  const wanted: readonly Command[] = isDraft ? ['freeze'] : (LIKELY[about.offer.state] ?? []);
  if (wanted[0] === 'explain' && about.offer.outcome_reason_id !== '') return [];
  // What stands against freezing is said on the button; what is no move at all is not offered.
  return wanted.filter((command) => {
    const found = obstacle(command, about);
    return found === null || (command === 'freeze' && found.reason !== 'TRANSITION_NOT_ALLOWED' && found.reason !== 'OFFER_CLOSED');
  });
}

/** Return the hash of the frozen revision before this one, along what they were made from; '' for none. */
export function previousHash(revision: Revision, revisions: readonly Revision[]): string {
  const byId = new Map(revisions.map((each) => [each.id, each]));
  for (let at = byId.get(revision.based_on_id); at !== undefined; at = byId.get(at.based_on_id)) {
    if (at.sha256 !== '') return at.sha256;
  }
  return '';
}

/** Whether the customer can still accept another revision than this one. */
export const hasOtherLive = (revision: Revision, revisions: readonly Revision[]) =>
  revisions.some((each) => each.id !== revision.id && LIVE.has(each.state));
