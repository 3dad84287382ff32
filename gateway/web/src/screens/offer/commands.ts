/** Gives the commands of an offer, each with what it is expected to do, shown until the owner's answer. */
import { KernelRefusal, useKernel } from '../../kernel';
import { useTexts } from '../../i18n/texts';
import { ReplicaError, useAuthor, type Values, type Written } from '../../replica';
import { newUuid } from '../../replica/ids';
import { useToasts } from '../../ui/toast';
import { hasOtherLive, nextAlternative, previousHash, targetOf, type Command, type Offer, type OfferCommand, type Revision } from './actions';
import { actionTexts } from './actionTexts';
import type { Pricing } from './pricing';

interface Subject {
  readonly offer: Offer;
  readonly revision: Revision;
  readonly revisions: readonly Revision[];
  readonly pricing: Pricing;
}
type Expected = Readonly<Record<string, Values>>;

/** Return a function that gives a command and tells how it went. */
export function useCommands(subject: Subject): (command: Command, request?: Values) => void {
  const t = useTexts(actionTexts);
  const author = useAuthor();
  const kernel = useKernel();
  const toasts = useToasts();
  const { offer, revision, revisions, pricing } = subject;
  const [offerKey, revisionKey] = [`offers.offer/${offer.id}`, `offers.revision/${revision.id}`];

  /** The hash that the owner will come to; '' where there is no kernel to compute it, then the owner's is taken. */
  const hash = async (): Promise<string> => {
    if (pricing.figures === null || pricing.draft === null) return '';
    try {
      const asked = { ...pricing.draft, offer, previous_sha256: previousHash(revision, revisions) };
      return (await kernel.call<{ readonly sha256: string }>('freeze_draft', asked)).sha256;
    } catch (error) {
      if (error instanceof ReplicaError && !(error instanceof KernelRefusal)) return '';
      throw error;
    }
  };
  const freeze = async () => {
    const sha256 = await hash();
    const lines = Object.entries(pricing.figures?.lines ?? {}).map(([id, fields]): readonly [string, Values] => [`offers.line/${id}`, { ...fields }]);
    const expected: Expected = {
      ...Object.fromEntries(lines),
      [revisionKey]: { ...pricing.figures?.revision, state: 'frozen', sha256, previous_sha256: previousHash(revision, revisions) },
      [offerKey]: { state: 'ready' },
    };
    return author.command('offers.revision:freeze', revision.id, sha256 === '' ? {} : { sha256 }, expected);
  };
  const send = (request: Values) => {
    if (request['by_hand'] !== true) return author.command('offers.revision:send', revision.id, request);
    const sent = { sent_at: request['sent_at'], sent_to: request['to'] ?? '', sending_failure: '' };
    return author.command('offers.revision:send', revision.id, request, {
      [revisionKey]: { ...sent, state: 'sent' },
      ...(offer.state === 'ready' && { [offerKey]: { state: 'sent' } }),
    });
  };
  const withdraw = () => {
    const falls = ['ready', 'sent', 'negotiation'].includes(offer.state) && !hasOtherLive(revision, revisions);
    return author.command('offers.revision:withdraw', revision.id, {}, { [revisionKey]: { state: 'withdrawn' }, ...(falls && { [offerKey]: { state: 'in_work' } }) });
  };
  const revise = (alternative: string) =>
    author.command('offers.revision:revise', revision.id, { revision_id: newUuid(new Date()), ...(alternative !== '' && { alternative }) });
  const accept = () =>
    author.command(
      'offers.offer:accept',
      offer.id,
      { revision_id: revision.id, accepted_at: new Date().toISOString() },
      { [offerKey]: { state: 'accepted', accepted_revision_id: revision.id }, [revisionKey]: { state: 'accepted' } },
    );
  const move = (command: OfferCommand, request: Values) => {
    const { reason_id: outcome_reason_id, note: outcome_note, ...rival } = request;
    const told = outcome_reason_id === undefined ? {} : { outcome_reason_id, outcome_note, ...rival };
    const state = targetOf(command);
    return author.command(`offers.offer:${command}`, offer.id, request, { [offerKey]: { ...told, ...(state !== '' && { state }) } });
  };
  const given = (command: Command, request: Values): Promise<Written> => {
    switch (command) {
      case 'freeze':
        return freeze();
      case 'send':
        return send(request);
      case 'withdraw':
        return withdraw();
      case 'revise':
        return revise('');
      case 'alternative':
        return revise(nextAlternative(revisions));
      case 'accept':
        return accept();
      default:
        return move(command, request);
    }
  };
  return (command, request = {}) => {
    const text = t(command === 'send' && request['by_hand'] !== true ? 'done_send_mail' : `done_${command}`);
    given(command, request)
      .then((made) => toasts.done(text, made))
      .catch(toasts.failed);
  };
}
