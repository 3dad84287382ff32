/** Offers by where they stand, a column each; the filters of the list hold. */
import { useMemo } from 'react';
import { Link } from 'wouter';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useRecords, type RecordOf, type Where } from '../../replica';
import { State, toneOfState } from '../../ui/State';
import { useWords } from '../../ui/words';
import { usePartyNames } from '../today/Reminders';
import styles from './Board.module.css';
import { currentRevisions } from './current';
import { offersTexts } from './texts';

type Offer = RecordOf<'offers.offer'>;

const COLUMNS: readonly { readonly key: 'work' | 'ready' | 'sent' | 'negotiation' | 'won' | 'out'; readonly states: readonly string[] }[] = [
  { key: 'work', states: ['unspecified', 'draft', 'in_work'] },
  { key: 'ready', states: ['ready'] },
  { key: 'sent', states: ['sent'] },
  { key: 'negotiation', states: ['negotiation'] },
  { key: 'won', states: ['accepted', 'ordered', 'changed'] },
  { key: 'out', states: ['lost', 'expired', 'suspended', 'cancelled'] },
];
/** Cards of a column; the list shows all. */
const MOST = 40;

export function Board({ where }: { readonly where: Where<'offers.offer'> }) {
  const t = useTexts(offersTexts);
  const { ready, rows } = useRecords('offers.offer', { where, order: [['updated_at', 'desc']], limit: 2000 });
  const columns = useMemo(
    () => COLUMNS.map(({ key, states }) => ({ key, offers: rows.filter((offer) => states.includes(offer.state)) })),
    [rows],
  );
  const shown = useMemo(() => columns.flatMap(({ offers }) => offers.slice(0, MOST)), [columns]);
  const { rows: revisions } = useRecords('offers.revision', {
    where: { offer_id: { in: shown.map((offer) => offer.id) } },
    limit: 5000,
  });
  const current = useMemo(() => currentRevisions(revisions), [revisions]);
  const names = usePartyNames(shown.map((offer) => offer.party_id));
  if (!ready) return <div className={styles.board} />;
  return (
    <div className={styles.board}>
      {columns.map(({ key, offers }) => (
        <section key={key} className={styles.column} aria-label={t(`column_${key}`)}>
          <h2 className={styles.head}>
            <span>{t(`column_${key}`)}</span>
            <span className={styles.count}>{offers.length}</span>
          </h2>
          <ul className={styles.cards}>
            {offers.slice(0, MOST).map((offer) => (
              <Card key={offer.id} offer={offer} revision={current.get(offer.id)} partyName={names.get(offer.party_id) ?? ''} />
            ))}
          </ul>
          {offers.length === 0 && <p className={styles.none}>{t('nothing')}</p>}
          {offers.length > MOST && <p className={styles.none}>{t('more', { number: offers.length - MOST })}</p>}
        </section>
      ))}
    </div>
  );
}

function Card({
  offer,
  revision,
  partyName,
}: {
  readonly offer: Offer;
  readonly revision: RecordOf<'offers.revision'> | undefined;
  readonly partyName: string;
}) {
  const t = useTexts(offersTexts);
  const format = useFormat();
  const word = useWords();
  const validUntil = revision?.valid_until ?? '';
  return (
    <li>
      <Link href={`/offers/${offer.id}`} className={styles.card}>
        <span className={styles.title}>{offer.title || offer.number}</span>
        <span className={styles.note}>{partyName}</span>
        <span className={styles.line}>
          <State tone={toneOfState(offer.state)}>{word('offer', offer.state)}</State>
          <span className={styles.amount}>{revision && format.money(revision.taxable, revision.currency)}</span>
        </span>
        <span className={styles.facts}>
          <span>{offer.number}</span>
          {validUntil !== '' && <span>{t('valid_until', { date: format.date(validUntil) })}</span>}
        </span>
      </Link>
    </li>
  );
}
