import { ActionIcon, Alert, Button, Group, Text, Title, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconArrowLeft, IconFileOff, IconLock, IconMail } from '@tabler/icons-react';
import { useEffect, useMemo, type ReactNode } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { CustomFields } from '../../fields/CustomFields';
import { CustomRecords } from '../../fields/CustomRecords';
import { useForm } from '../../fields/shapes';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useReadOnly, useRecord, useRecords, type RecordOf } from '../../replica';
import { EmptyState } from '../../ui/EmptyState';
import { useKeys } from '../../ui/keys';
import { useNeighbours } from '../../ui/sequence';
import { State, toneOfState } from '../../ui/State';
import { useWords } from '../../ui/words';
import { Writable } from '../../ui/Writable';
import { currentRevisions, latestFirst } from '../offers/current';
import { Actions } from './Actions';
import { isClosed } from './actions';
import { actionTexts } from './actionTexts';
import { Charges } from './Charges';
import { Lines } from './Lines';
import { useIsBehind } from './behind';
import styles from './Offer.module.css';
import { isDraft, usePricing } from './pricing';
import { Print } from './Print';
import { Outcome, Revisions, Terms, Totals } from './sides';
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
  if (revision === undefined) return <Head offer={offer} />;
  return <Contents key={revision.id} offer={offer} revision={revision} revisions={revisions} />;
}

interface ContentsProps {
  readonly offer: Offer;
  readonly revision: Revision;
  readonly revisions: readonly Revision[];
}

function Contents({ offer, revision, revisions }: ContentsProps) {
  const pricing = usePricing(offer, revision);
  const behind = useIsBehind(revision);
  const form = useForm('offers.offer', offer);
  const isBeyond = useReadOnly();
  const readOnly = isBeyond || !isDraft(revision);
  return (
    <>
      <Head offer={offer}>
        <Print offer={offer} revision={revision} behind={behind} />
        <Writable>
          <Actions offer={offer} revision={revision} revisions={revisions} pricing={pricing} />
        </Writable>
      </Head>
      <div className={styles.columns}>
        <div className={styles.side}>
          <Revisions offer={offer} revisions={revisions} shown={revision} />
          <Terms offer={offer} revision={revision} readOnly={readOnly} />
          <CustomFields entity="offers.offer" record={offer} form={form} readOnly={isClosed(offer)} />
        </div>
        <div className={styles.middle}>
          <Notice revision={revision} />
          <Lines revision={revision} pricing={pricing} readOnly={readOnly} />
          <CustomRecords parentEntity="offers.offer" parentId={offer.id} readOnly={isClosed(offer)} />
        </div>
        <div className={styles.side}>
          <Totals revision={revision} pricing={pricing} behind={behind} />
          <Charges revision={revision} pricing={pricing} readOnly={readOnly} />
          <Outcome offer={offer} currency={revision.currency || 'EUR'} />
        </div>
      </div>
    </>
  );
}

function Notice({ revision }: { readonly revision: Revision }) {
  if (isDraft(revision)) return null;
  return (
    <>
      <Frozen revision={revision} />
      <Sending revision={revision} />
    </>
  );
}

/** Where the revision stands on its way to the customer. */
function Sending({ revision }: { readonly revision: Revision }) {
  const t = useTexts(actionTexts);
  const format = useFormat();
  const { sending_id, sending_failure, sent_at, sent_to } = revision;
  if (sending_failure !== '') {
    return (
      <Alert icon={<IconAlertTriangle size={17} />} color="red" py="sm" className={styles.notice}>
        {t('sending_failed', { reason: sending_failure })}
      </Alert>
    );
  }
  const sent = sent_at ? (sent_to === '' ? t('sent_on', { date: format.moment(sent_at) }) : t('sent_to', { date: format.moment(sent_at), to: sent_to })) : '';
  const text = sending_id === '' ? sent : t('sending');
  if (text === '') return null;
  return (
    <Alert icon={<IconMail size={17} />} color="gray" py="sm" className={styles.notice}>
      {text}
    </Alert>
  );
}

function Frozen({ revision }: { readonly revision: Revision }) {
  const t = useTexts(offerTexts);
  const aside = ['superseded', 'withdrawn', 'not_chosen'].includes(revision.state);
  const frozen = revision.sha256 === '' ? t('read_only_pending') : t('read_only', { hash: `${revision.sha256.slice(0, 16)}…` });
  return (
    <Alert icon={<IconLock size={17} />} color="gray" py="sm" className={styles.notice} title={aside ? t('closed') : undefined}>
      <span title={revision.sha256}>{frozen}</span>
    </Alert>
  );
}

function Head({ offer, children }: { readonly offer: Offer; readonly children?: ReactNode }) {
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
      <Group gap="sm" className={styles.actions}>
        {children}
      </Group>
    </div>
  );
}
