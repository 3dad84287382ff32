import { ActionIcon, Alert, Button, Group, Text, Title, Tooltip } from '@mantine/core';
import { IconArrowLeft, IconFileOff, IconLock, IconSnowflake, IconThumbUp, IconVersions } from '@tabler/icons-react';
import { useEffect, useMemo } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { useTexts } from '../../i18n/texts';
import { useAuthor, useRecord, useRecords, type RecordOf, type Written } from '../../replica';
import { newUuid } from '../../replica/ids';
import { EmptyState } from '../../ui/EmptyState';
import { useKeys } from '../../ui/keys';
import { useNeighbours } from '../../ui/sequence';
import { State, toneOfState } from '../../ui/State';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { currentRevisions, latestFirst } from '../offers/current';
import { Lines } from './Lines';
import styles from './Offer.module.css';
import { isDraft, usePricing } from './pricing';
import { Charges, Revisions, Terms, Totals } from './sides';
import { offerTexts } from './texts';

type Offer = RecordOf<'offers.offer'>;
type Revision = RecordOf<'offers.revision'>;

/** An offer: its revisions and terms on the left, lines in the middle, totals on the right. */
export default function OfferScreen({ params }: { readonly params: Readonly<Record<string, string>> }) {
  const t = useTexts(offerTexts);
  const id = params['id'] ?? '';
  const { ready, record: offer } = useRecord('offers.offer', id);
  const found = useRecords('offers.revision', { where: { offer_id: id } });
  const asked = new URLSearchParams(useSearch()).get('rev');
  const revisions = useMemo(() => latestFirst(found.rows), [found.rows]);
  if (!ready || !found.ready) return null;
  if (offer === null) {
    return (
      <EmptyState
        isPage
        icon={IconFileOff}
        title={t('missing')}
        hint={t('missing_hint')}
        action={
          <Button component={Link} href="/offers" variant="default">
            {t('to_list')}
          </Button>
        }
      />
    );
  }
  const revision = revisions.find((each) => each.id === asked) ?? currentRevisions(revisions).get(id);
  return (
    <>
      <Head offer={offer} revision={revision} />
      {revision !== undefined && <Contents key={revision.id} offer={offer} revision={revision} revisions={revisions} />}
    </>
  );
}

interface ContentsProps {
  readonly offer: Offer;
  readonly revision: Revision;
  readonly revisions: readonly Revision[];
}

function Contents({ offer, revision, revisions }: ContentsProps) {
  const pricing = usePricing(revision);
  const readOnly = !isDraft(revision);
  return (
    <div className={styles.columns}>
      <div className={styles.side}>
        <Revisions offer={offer} revisions={revisions} shown={revision} />
        <Terms offer={offer} revision={revision} readOnly={readOnly} />
      </div>
      <div className={styles.middle}>
        <Notice revision={revision} />
        <Lines revision={revision} pricing={pricing} readOnly={readOnly} />
      </div>
      <div className={styles.side}>
        <Totals revision={revision} pricing={pricing} />
        <Charges revision={revision} pricing={pricing} />
      </div>
    </div>
  );
}

function Notice({ revision }: { readonly revision: Revision }) {
  const t = useTexts(offerTexts);
  if (isDraft(revision)) return null;
  const aside = ['superseded', 'withdrawn', 'not_chosen'].includes(revision.state);
  const frozen = revision.sha256 === '' ? t('read_only_pending') : t('read_only', { hash: `${revision.sha256.slice(0, 16)}…` });
  return (
    <Alert icon={<IconLock size={17} />} color="gray" py="sm" className={styles.notice} title={aside ? t('closed') : undefined}>
      <span title={revision.sha256}>{frozen}</span>
    </Alert>
  );
}

function Head({ offer, revision }: { readonly offer: Offer; readonly revision: Revision | undefined }) {
  const t = useTexts(offerTexts);
  const word = useWords();
  const [, navigate] = useLocation();
  const { record: party } = useRecord('crm.party', offer.party_id);
  const { record: order } = useRecord('offers.order', offer.order_id);
  const { previous, next } = useNeighbours('offers.offer', offer.id, { order: [['offer_date', 'desc']] });
  const go = (id: string | null) => (id === null ? undefined : () => navigate(`/offers/${id}`));
  useKeys({
    j: go(next),
    'alt+arrowdown': go(next),
    k: go(previous),
    'alt+arrowup': go(previous),
    escape: () => navigate('/offers'),
  });
  useEffect(() => {
    document.title = `${offer.number || offer.title} · Project Sales`;
  }, [offer.number, offer.title]);
  return (
    <div className={styles.head}>
      <Tooltip label={t('to_list')}>
        <ActionIcon component={Link} href="/offers" variant="subtle" color="gray" size={34} aria-label={t('to_list')}>
          <IconArrowLeft size={19} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
      <div className={styles.name}>
        <Title order={1} fz={20} lh={1.3}>
          {offer.title || offer.number}
        </Title>
        <Group gap="0 12px">
          <Text size="sm" c="dimmed">
            {offer.number || t('no_number')}
          </Text>
          <State tone={toneOfState(offer.state)}>{word('offer', offer.state)}</State>
          {party !== null && (
            <Link href={`/customers/${party.id}`} className={styles.link}>
              {party.name}
            </Link>
          )}
          {order !== null && (
            <State tone={toneOfState(order.state)}>
              {order.number === '' ? word('order', order.state) : t('order_number', { number: order.number })}
            </State>
          )}
        </Group>
      </div>
      {revision !== undefined && <Actions offer={offer} revision={revision} />}
    </div>
  );
}

const ACCEPTABLE: ReadonlySet<string> = new Set(['ready', 'sent', 'negotiation']);
const FROZEN: ReadonlySet<string> = new Set(['frozen', 'signed', 'sent']);

/** What may be done now, by the states of offer and revision. */
function Actions({ offer, revision }: { readonly offer: Offer; readonly revision: Revision }) {
  const t = useTexts(offerTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const tell = (text: string, written: Promise<Written>) => void written.then((made) => toasts.done(text, made)).catch(toasts.failed);
  const [offerKey, revisionKey] = [`offers.offer/${offer.id}`, `offers.revision/${revision.id}`];
  const freeze = () =>
    tell(
      t('frozen'),
      author.command('offers.revision:freeze', revision.id, {}, { [revisionKey]: { state: 'frozen' }, [offerKey]: { state: 'ready' } }),
    );
  const revise = () => tell(t('revised'), author.command('offers.revision:revise', revision.id, { revision_id: newUuid(new Date()) }));
  const accept = () =>
    tell(
      t('accepted'),
      author.command(
        'offers.offer:accept',
        offer.id,
        { revision_id: revision.id, accepted_at: new Date().toISOString() },
        { [offerKey]: { state: 'accepted', accepted_revision_id: revision.id }, [revisionKey]: { state: 'accepted' } },
      ),
    );
  const isAcceptable = ACCEPTABLE.has(offer.state) && FROZEN.has(revision.state);
  const isRevisable = !isDraft(revision) && ['ready', 'sent', 'negotiation', 'lost', 'expired', 'suspended'].includes(offer.state);
  return (
    <Group gap="sm" className={styles.actions}>
      {isRevisable && (
        <Button variant="default" leftSection={<IconVersions size={16} aria-hidden />} onClick={revise}>
          {t('revise')}
        </Button>
      )}
      {isDraft(revision) && ['unspecified', 'draft', 'in_work', 'ready'].includes(offer.state) && (
        <Button variant="default" leftSection={<IconSnowflake size={16} aria-hidden />} onClick={freeze}>
          {t('freeze')}
        </Button>
      )}
      {isAcceptable && (
        <Button leftSection={<IconThumbUp size={16} aria-hidden />} onClick={accept}>
          {t('accept')}
        </Button>
      )}
    </Group>
  );
}
