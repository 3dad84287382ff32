import { Link } from 'wouter';
import { addressOf } from '../fields/names';
import { useFormat } from '../i18n/format';
import type { RecordOf } from '../replica';
import { useWords } from './words';
import styles from './TimelineItem.module.css';

/** Where a record of an entity is shown; '' where it has no screen. */
export const pathOf = (entity: string, id: string): string => addressOf(entity, id) ?? '';

/** One thing that happened: what, about what, when, by whom. */
export function TimelineItem({
  entry,
  partyName,
  byName,
}: {
  readonly entry: RecordOf<'crm.timeline_entry'>;
  readonly partyName?: string | undefined;
  readonly byName: string;
}) {
  const format = useFormat();
  const word = useWords();
  const path = pathOf(entry.subject_entity, entry.subject_id);
  const moment = entry.happened_at ?? '';
  return (
    <li className={styles.item}>
      <span className={styles.dot} aria-hidden />
      <div className={styles.text}>
        <div className={styles.what}>
          <span>{word('told', entry.what)}</span>
          {entry.title !== '' &&
            (path === '' ? <span className={styles.title}>{entry.title}</span> : <Link href={path} className={styles.link}>{entry.title}</Link>)}
        </div>
        {entry.detail !== '' && <div className={styles.detail}>{entry.detail}</div>}
        <div className={styles.note}>
          {partyName !== undefined && partyName !== '' && (
            <Link href={`/customers/${entry.party_id}`} className={styles.link}>
              {partyName}
            </Link>
          )}
          <time dateTime={moment}>{format.moment(moment)}</time>
          {byName !== '' && <span>{byName}</span>}
        </div>
      </div>
    </li>
  );
}
