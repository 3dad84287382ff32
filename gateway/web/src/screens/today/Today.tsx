import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import { useFormat } from '../../i18n/format';
import { useLanguage, useTexts } from '../../i18n/texts';
import { useRecords, useMe } from '../../replica';
import { PageHead } from '../../ui/PageHead';
import { dayOf } from '../../ui/day';
import { Items, Quiet, Section } from '../../ui/Section';
import { State, toneOfState } from '../../ui/State';
import { TimelineItem } from '../../ui/TimelineItem';
import { useWords } from '../../ui/words';
import { ActivityItem } from '../activities/ActivityItem';
import { momentOf, morning, openOf } from '../activities/open';
import { UnsentReports } from '../dashboards/Unsent';
import { openQuickAdd } from '../quick-add/opening';
import { byMoment, usePartyNames } from './Reminders';
import styles from './Today.module.css';
import { todayTexts } from './texts';

const DAYS_AHEAD = 7;
const DAYS_TO_EXPIRY = 14;

/** What to do now, and what happened meanwhile. */
export default function Today() {
  const t = useTexts(todayTexts);
  const language = useLanguage();
  const [now] = useState(() => new Date());
  const day = new Intl.DateTimeFormat(language === 'it' ? 'it-IT' : 'en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
  return (
    <>
      <PageHead title={t('title')} note={day.format(now)}>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => openQuickAdd({ kind: 'activity' })}>
          {t('new_activity')}
        </Button>
      </PageHead>
      <div className={styles.columns}>
        <div className={styles.column}>
          <UnsentReports />
          <ToDo now={now} />
          <Expiring now={now} />
          <Requests now={now} />
        </div>
        <Latest />
      </div>
    </>
  );
}

interface Part {
  readonly now: Date;
}

function ToDo({ now }: Part) {
  const t = useTexts(todayTexts);
  const user = useMe();
  const { ready, rows } = useRecords('crm.activity', { where: openOf(user), order: [['due_at', 'asc']], limit: 500 });
  const until = morning(now, DAYS_AHEAD).toISOString();
  const shown = useMemo(() => rows.filter((row) => momentOf(row) < until).toSorted(byMoment), [rows, until]);
  const names = usePartyNames(shown.map((row) => row.party_id));
  return (
    <Section title={t('to_do')} count={shown.length} actions={<SeeAll to="/activities" />}>
      {ready && shown.length === 0 && <Quiet>{t('nothing_to_do')}</Quiet>}
      <Items>
        {shown.slice(0, 12).map((activity) => (
          <ActivityItem key={activity.id} activity={activity} partyName={names.get(activity.party_id) ?? ''} now={now} />
        ))}
      </Items>
    </Section>
  );
}

function SeeAll({ to }: { readonly to: string }) {
  const t = useTexts(todayTexts);
  return (
    <Button component={Link} href={to} variant="subtle" size="compact-sm">
      {t('all')}
    </Button>
  );
}

function Latest() {
  const t = useTexts(todayTexts);
  const { ready, rows } = useRecords('crm.timeline_entry', { order: [['happened_at', 'desc']], limit: 30 });
  const names = usePartyNames(rows.map((row) => row.party_id));
  const { rows: users } = useRecords('identity.user', { limit: 1000 });
  const userNames = useMemo(() => new Map(users.map((user) => [user.id, user.display_name || user.user_name])), [users]);
  return (
    <Section title={t('latest')}>
      {ready && rows.length === 0 && <Quiet>{t('nothing_latest')}</Quiet>}
      <Items>
        {rows.map((entry) => (
          <TimelineItem
            key={entry.id}
            entry={entry}
            partyName={names.get(entry.party_id) ?? ''}
            byName={userNames.get(entry.by_id) ?? ''}
          />
        ))}
      </Items>
    </Section>
  );
}

function Expiring({ now }: Part) {
  const t = useTexts(todayTexts);
  const format = useFormat();
  const limit = dayOf(morning(now, DAYS_TO_EXPIRY));
  const { ready, rows } = useRecords('offers.revision', {
    where: { state: { in: ['frozen', 'signed', 'sent'] }, valid_until: { lte: limit } },
    order: [['valid_until', 'asc']],
    limit: 200,
  });
  const { rows: offers } = useRecords('offers.offer', {
    where: { id: { in: [...new Set(rows.map((row) => row.offer_id))].toSorted() }, state: { in: ['ready', 'sent', 'negotiation'] } },
    limit: 200,
  });
  const byId = useMemo(() => new Map(offers.map((offer) => [offer.id, offer])), [offers]);
  const names = usePartyNames(offers.map((offer) => offer.party_id));
  const shown = rows.filter((row) => byId.has(row.offer_id)).slice(0, 8);
  const today = dayOf(now);
  return (
    <Section title={t('expiring')} count={shown.length} actions={<SeeAll to="/offers" />}>
      {ready && shown.length === 0 && <Quiet>{t('nothing_expiring', { days: DAYS_TO_EXPIRY })}</Quiet>}
      <ul className={styles.list}>
        {shown.map((revision) => {
          const offer = byId.get(revision.offer_id);
          const late = revision.valid_until < today;
          return (
            <li key={revision.id} className={styles.row}>
              <div className={styles.main}>
                <Link href={`/offers/${revision.offer_id}`} className={styles.link}>
                  {offer?.title || offer?.number || '—'}
                </Link>
                <div className={styles.note}>
                  <span>{names.get(offer?.party_id ?? '') ?? ''}</span>
                  <span>{offer?.number}</span>
                  <span data-late={late || undefined}>
                    {t(late ? 'expired_on' : 'valid_until', { date: format.date(revision.valid_until) })}
                  </span>
                </div>
              </div>
              <span className={styles.amount}>{format.money(revision.taxable, revision.currency)}</span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

const OPEN_REQUESTS = ['new', 'assigned', 'in_progress', 'waiting_for_parts', 'reopened', 'unspecified'] as const;

function Requests({ now }: Part) {
  const t = useTexts(todayTexts);
  const format = useFormat();
  const word = useWords();
  const until = morning(now, DAYS_AHEAD).toISOString();
  const { ready, rows } = useRecords('aftersales.request', {
    where: { state: { in: OPEN_REQUESTS }, any: [{ response_due_at: { lte: until } }, { resolution_due_at: { lte: until } }] },
    order: [['resolution_due_at', 'asc']],
    limit: 6,
  });
  const names = usePartyNames(rows.map((row) => row.party_id));
  return (
    <Section title={t('requests')} count={rows.length} actions={<SeeAll to="/requests" />}>
      {ready && rows.length === 0 && <Quiet>{t('nothing_requests')}</Quiet>}
      <ul className={styles.list}>
        {rows.map((request) => {
          const answering = request.responded_at == null && request.response_due_at != null;
          const due = (answering ? request.response_due_at : request.resolution_due_at) ?? '';
          const late = due !== '' && new Date(due) < now;
          return (
            <li key={request.id} className={styles.row}>
              <div className={styles.main}>
                <Link href={`/customers/${request.party_id}`} className={styles.link}>
                  {request.title}
                </Link>
                <div className={styles.note}>
                  <span>{names.get(request.party_id) ?? ''}</span>
                  <span>{request.number}</span>
                  {due !== '' && (
                    <span data-late={late || undefined}>
                      {t(late ? 'overdue_since' : answering ? 'answer_by' : 'resolve_by', { when: format.moment(due) })}
                    </span>
                  )}
                </div>
              </div>
              <State tone={toneOfState(request.priority)}>{word('priority', request.priority)}</State>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
