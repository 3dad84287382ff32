import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { useTexts } from '../../i18n/texts';
import { useReplica } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { Items, Quiet } from '../../ui/Section';
import { useToasts } from '../../ui/toast';
import styles from './Dashboards.module.css';
import { addressOf, nameOf, type Applied, type Found } from './figures';
import { InWords } from './InWords';
import type { Opened } from './Tile';
import { dashboardTexts } from './texts';

const SHOWN = 100;

/** The records behind a figure, at most a hundred of them. */
export function Behind({
  opened,
  applied,
  onClose,
}: {
  readonly opened: Opened | null;
  readonly applied: readonly Applied[];
  readonly onClose: () => void;
}) {
  const t = useTexts(dashboardTexts);
  const { online } = useReplica();
  const toasts = useToasts();
  const [records, setRecords] = useState<readonly Found[] | null>(null);
  const asked = opened === null ? '' : JSON.stringify([opened.path, opened.definition, opened.key, opened.measure, applied]);
  useEffect(() => {
    setRecords(null);
    if (opened === null) return;
    let isCurrent = true;
    const definition = opened.definition === undefined ? {} : { definition: JSON.parse(JSON.stringify(opened.definition)) as unknown };
    const body = { ...definition, key: opened.key, ...(opened.measure > 0 && { measure: opened.measure }), applied: JSON.parse(JSON.stringify(applied)) as unknown, page_size: SHOWN };
    online.post(`${opened.path}:rows`, body).then(
      (found) => isCurrent && setRecords((found as { readonly records: readonly Found[] }).records),
      (error: unknown) => {
        if (!isCurrent) return;
        toasts.failed(error);
        onClose();
      },
    );
    return () => {
      isCurrent = false;
    };
    // oxlint-disable-next-line react/exhaustive-deps -- the same question has the same text
  }, [asked]);
  return (
    <Dialog
      opened={opened !== null}
      onClose={onClose}
      size="lg"
      title={opened === null ? '' : t('rows_of', { report: opened.title })}
    >
      {opened !== null && (
        <section aria-label={t('definition')} className={styles.definition}>
          <strong>{opened.of}</strong>
          {opened.description !== '' && <p className={styles.note}>{opened.description}</p>}
          <InWords counted={opened.counted} measure={opened.measure} applied={applied.filter((each) => !opened.ignored.includes(each.field))} />
        </section>
      )}
      {records?.length === 0 && <Quiet>{t('rows_none')}</Quiet>}
      <Items>
        {records?.map((record) => {
          const address = addressOf(opened?.source ?? '', record);
          return <li key={String(record['id'])}>{address === '' ? nameOf(record) : <Link href={address}>{nameOf(record)}</Link>}</li>;
        })}
      </Items>
      {records?.length === SHOWN && <Quiet>{t('rows_more', { count: SHOWN })}</Quiet>}
    </Dialog>
  );
}
