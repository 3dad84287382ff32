/** What happens with a customer, a tab each. */
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useRecords, type RecordOf } from '../../replica';
import { Items, Quiet } from '../../ui/Section';
import { State, toneOfState } from '../../ui/State';
import { TimelineItem } from '../../ui/TimelineItem';
import { useWords } from '../../ui/words';
import { ActivityItem } from '../activities/ActivityItem';
import { isOpen, momentOf } from '../activities/open';
import { currentRevisions } from '../offers/current';
import styles from './Customer.module.css';
import { customerTexts } from './texts';

interface TabProps {
  /** Of the customer. */
  readonly id: string;
}

export function TimelineTab({ id }: TabProps) {
  const t = useTexts(customerTexts);
  const { ready, rows } = useRecords('crm.timeline_entry', {
    where: { any: [{ party_id: id }, { root_id: id }] },
    order: [['happened_at', 'desc']],
  });
  const { rows: done } = useRecords('crm.activity', {
    where: { party_id: id, state: 'done' },
    order: [['updated_at', 'desc']],
    limit: 50,
  });
  const { rows: users } = useRecords('identity.user', { limit: 1000 });
  const entries = useMemo(() => withOwn(rows, done), [rows, done]);
  if (!ready) return null;
  if (entries.length === 0) return <Quiet>{t('no_timeline')}</Quiet>;
  const names = new Map(users.map((user) => [user.id, user.display_name || user.user_name]));
  return (
    <Items>
      {entries.map((entry) => (
        <TimelineItem key={entry.id} entry={entry} byName={names.get(entry.by_id) ?? ''} />
      ))}
    </Items>
  );
}

type Entry = RecordOf<'crm.timeline_entry'>;

/** The timeline is made by the server: own activities stand in it at once, until their line arrives. */
function withOwn(entries: readonly Entry[], done: readonly RecordOf<'crm.activity'>[]): readonly Entry[] {
  const told = new Set(entries.map((entry) => entry.source_id));
  const own = done
    .filter((activity) => !told.has(activity.id))
    .map(
      (activity): Entry =>
        ({
          id: activity.id,
          what: 'activity_done',
          title: activity.subject,
          detail: activity.outcome,
          subject_entity: 'crm.activity',
          subject_id: activity.id,
          happened_at: activity.ends_at ?? activity.starts_at ?? activity.updated_at ?? null,
          by_id: activity.owner_id,
        }) as Entry,
    );
  return [...own, ...entries].toSorted((a, b) => ((a.happened_at ?? '') < (b.happened_at ?? '') ? 1 : -1));
}

/** In the order of their moments, due or begun; those without one where `otherwise` stands among the days. */
const byMoment = (otherwise: string) => {
  const at = (activity: RecordOf<'crm.activity'>) => momentOf(activity) || activity.starts_on || otherwise;
  return (a: RecordOf<'crm.activity'>, b: RecordOf<'crm.activity'>) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0);
};

export function ActivitiesTab({ id }: TabProps) {
  const t = useTexts(customerTexts);
  const { ready, rows } = useRecords('crm.activity', { where: { party_id: id }, order: [['due_at', 'asc']] });
  const [now] = useState(() => new Date());
  if (!ready) return null;
  if (rows.length === 0) return <Quiet>{t('no_activities')}</Quiet>;
  const open = rows.filter(isOpen).toSorted(byMoment('9'));
  const past = rows.filter((activity) => !isOpen(activity)).toSorted(byMoment('')).toReversed();
  return (
    <>
      <h3 className={styles.group}>{t('to_do')}</h3>
      {open.length === 0 ? (
        <Quiet>{t('nothing_to_do')}</Quiet>
      ) : (
        <Items>
          {open.map((activity) => (
            <ActivityItem key={activity.id} activity={activity} now={now} />
          ))}
        </Items>
      )}
      {past.length > 0 && <h3 className={styles.group}>{t('past')}</h3>}
      <Items>
        {past.map((activity) => (
          <ActivityItem key={activity.id} activity={activity} now={now} />
        ))}
      </Items>
    </>
  );
}

export function OffersTab({ id }: TabProps) {
  const t = useTexts(customerTexts);
  const format = useFormat();
  const word = useWords();
  const { ready, rows } = useRecords('offers.offer', { where: { party_id: id }, order: [['offer_date', 'desc']] });
  const { rows: revisions } = useRecords('offers.revision', { where: { offer_id: { in: rows.map((row) => row.id) } }, limit: 1000 });
  const current = useMemo(() => currentRevisions(revisions), [revisions]);
  if (!ready) return null;
  if (rows.length === 0) return <Quiet>{t('no_offers')}</Quiet>;
  return (
    <ul className={styles.list}>
      {rows.map((offer) => {
        const revision = current.get(offer.id);
        return (
          <li key={offer.id} className={styles.row}>
            <div className={styles.main}>
              <Link href={`/offers/${offer.id}`} className={styles.link}>
                {offer.title || offer.number}
              </Link>
              <div className={styles.note}>{[offer.number, format.date(offer.offer_date)].filter(Boolean).join(' · ')}</div>
            </div>
            <State tone={toneOfState(offer.state)}>{word('offer', offer.state)}</State>
            <span className={styles.amount}>{revision && format.money(revision.taxable, revision.currency)}</span>
          </li>
        );
      })}
    </ul>
  );
}

export function MachinesTab({ id }: TabProps) {
  const t = useTexts(customerTexts);
  const format = useFormat();
  const word = useWords();
  const { ready, rows } = useRecords('aftersales.installed_product', { where: { party_id: id }, order: [['delivered_on', 'desc']] });
  if (!ready) return null;
  if (rows.length === 0) return <Quiet>{t('no_machines')}</Quiet>;
  return (
    <ul className={styles.list}>
      {rows.map((product) => (
        <li key={product.id} className={styles.row}>
          <div className={styles.main}>
            <Link href={`/installed/${product.id}`} className={styles.link}>
              {product.description}
            </Link>
            <div className={styles.note}>
              {[product.serial_number && t('serial', { number: product.serial_number }), product.location, format.date(product.delivered_on)]
                .filter(Boolean)
                .join(' · ')}
            </div>
          </div>
          <State tone={toneOfState(product.state)}>{word('product', product.state)}</State>
        </li>
      ))}
    </ul>
  );
}

export function RequestsTab({ id }: TabProps) {
  const t = useTexts(customerTexts);
  const format = useFormat();
  const word = useWords();
  const { ready, rows } = useRecords('aftersales.request', { where: { party_id: id }, order: [['reported_at', 'desc']] });
  if (!ready) return null;
  if (rows.length === 0) return <Quiet>{t('no_requests')}</Quiet>;
  return (
    <ul className={styles.list}>
      {rows.map((request) => (
        <li key={request.id} className={styles.row}>
          <div className={styles.main}>
            <Link href={`/requests/${request.id}`} className={styles.link}>
              {request.title}
            </Link>
            <div className={styles.note}>{[request.number, format.moment(request.reported_at ?? '')].filter(Boolean).join(' · ')}</div>
          </div>
          <State tone={toneOfState(request.priority)}>{word('priority', request.priority)}</State>
          <State tone={toneOfState(request.state)}>{word('request', request.state)}</State>
        </li>
      ))}
    </ul>
  );
}
