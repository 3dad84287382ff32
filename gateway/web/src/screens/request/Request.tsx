import { useState } from 'react';
import { Link } from 'wouter';
import { CustomFields } from '../../fields/CustomFields';
import { CustomRecords } from '../../fields/CustomRecords';
import { useForm } from '../../fields/shapes';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useRecord, useRecords, type RecordOf } from '../../replica';
import { InlineField } from '../../ui/InlineField';
import { Missing } from '../../ui/Missing';
import { RecordHead } from '../../ui/RecordHead';
import styles from '../../ui/RecordHead.module.css';
import { Items, Quiet, Section } from '../../ui/Section';
import { State, toneOfState } from '../../ui/State';
import { TimelineItem } from '../../ui/TimelineItem';
import { useWords } from '../../ui/words';
import { ActivityItem } from '../activities/ActivityItem';
import { requestTexts } from './texts';

type Request = RecordOf<'aftersales.request'>;

/** A service request: what is wrong, until when it is to be answered and solved, what was done. */
export default function RequestScreen({ params }: { readonly params: Readonly<Record<string, string>> }) {
  const t = useTexts(requestTexts);
  const id = params['id'] ?? '';
  const { ready, record: request } = useRecord('aftersales.request', id);
  const form = useForm('aftersales.request', request);
  const word = useWords();
  const { record: party } = useRecord('crm.party', request?.party_id ?? '');
  if (!ready) return null;
  if (request === null) return <Missing list="/requests" />;
  return (
    <>
      <RecordHead entity="aftersales.request" id={id} title={request.title} list="/requests" otherwise={{ order: [['resolution_due_at', 'asc']] }}>
        {request.number !== '' && <span className={styles.note}>{request.number}</span>}
        <State tone={toneOfState(request.state)}>{word('request', request.state)}</State>
        <State tone={toneOfState(request.priority)}>{word('priority', request.priority)}</State>
        {party !== null && (
          <Link href={`/customers/${party.id}`} className={styles.link}>
            {party.name}
          </Link>
        )}
      </RecordHead>
      <div className={styles.columns}>
        <div className={styles.column}>
          <Deadlines request={request} />
          <Facts request={request} />
          <CustomFields entity="aftersales.request" record={request} form={form} />
        </div>
        <div className={styles.column}>
          <Section title={t('what')}>{request.description === '' ? <Quiet>{t('no_description')}</Quiet> : <p className={styles.text}>{request.description}</p>}</Section>
          {request.resolution !== '' && (
            <Section title={t('solved')}>
              <p className={styles.text}>{request.resolution}</p>
            </Section>
          )}
          <Tasks id={id} />
          <Activities id={id} />
          <CustomRecords parentEntity="aftersales.request" parentId={id} />
          <History id={id} />
        </div>
      </div>
    </>
  );
}

/** The promises of the service: kept, open, or broken. */
function Deadlines({ request }: { readonly request: Request }) {
  const t = useTexts(requestTexts);
  const format = useFormat();
  const [now] = useState(() => new Date());
  const deadline = (due: string | null | undefined, done: string | null | undefined) => {
    if (done) return <State tone={due && done > due ? 'attention' : 'good'}>{t('met', { moment: format.moment(done) })}</State>;
    if (!due) return t('none');
    const isLate = new Date(due) < now;
    return <State tone={isLate ? 'trouble' : 'calm'}>{t(isLate ? 'late' : 'by', { moment: format.moment(due) })}</State>;
  };
  return (
    <Section title={t('deadlines')}>
      <InlineField label={t('reported')} value={request.reported_at ?? ''} shown={format.moment(request.reported_at ?? '')} />
      <InlineField label={t('response')} value="x" shown={deadline(request.response_due_at, request.responded_at)} />
      <InlineField label={t('resolution')} value="x" shown={deadline(request.resolution_due_at, request.resolved_at)} />
      {request.closed_at && <InlineField label={t('closed')} value={request.closed_at} shown={format.moment(request.closed_at)} />}
    </Section>
  );
}

function Facts({ request }: { readonly request: Request }) {
  const t = useTexts(requestTexts);
  const format = useFormat();
  const word = useWords();
  const { record: machine } = useRecord('aftersales.installed_product', request.installed_product_id);
  const { record: assignee } = useRecord('identity.user', request.assignee_id);
  const named = machine === null ? '' : [machine.description, machine.serial_number].filter(Boolean).join(' · ');
  return (
    <Section title={t('facts')}>
      <InlineField label={t('machine')} value={named} shown={machine === null ? '' : <Link href={`/installed/${machine.id}`}>{named}</Link>} />
      <InlineField label={t('contact')} value={request.contact_name} />
      <InlineField label={t('assignee')} value={assignee?.display_name ?? t('nobody')} />
      <InlineField label={t('fault_on')} value={request.fault_on} shown={format.date(request.fault_on)} />
      <InlineField label={t('coverage')} value={request.coverage} shown={[word('coverage', request.coverage), request.coverage_note].filter(Boolean).join(' · ')} />
    </Section>
  );
}

function Tasks({ id }: { readonly id: string }) {
  const t = useTexts(requestTexts);
  const format = useFormat();
  const word = useWords();
  const { ready, rows, total } = useRecords('aftersales.task', { where: { request_id: id }, order: [['position', 'asc']] });
  return (
    <Section title={t('tasks')} count={total}>
      {ready && rows.length === 0 && <Quiet>{t('no_tasks')}</Quiet>}
      <ul className={styles.list}>
        {rows.map((task) => (
          <li key={task.id} className={styles.row}>
            <div className={styles.main}>
              {task.title}
              <div className={styles.note}>{[task.outcome || task.notes, task.due_at && t('by', { moment: format.moment(task.due_at) })].filter(Boolean).join(' · ')}</div>
            </div>
            <State tone={toneOfState(task.state)}>{word('task', task.state)}</State>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Activities({ id }: { readonly id: string }) {
  const t = useTexts(requestTexts);
  const { ready, rows, total } = useRecords('crm.activity', { where: { subject_id: id }, order: [['due_at', 'asc']] });
  const [now] = useState(() => new Date());
  return (
    <Section title={t('activities')} count={total}>
      {ready && rows.length === 0 && <Quiet>{t('no_activities')}</Quiet>}
      <Items>
        {rows.map((activity) => (
          <ActivityItem key={activity.id} activity={activity} now={now} />
        ))}
      </Items>
    </Section>
  );
}

function History({ id }: { readonly id: string }) {
  const t = useTexts(requestTexts);
  const { ready, rows } = useRecords('crm.timeline_entry', { where: { subject_id: id }, order: [['happened_at', 'desc']] });
  const { rows: users } = useRecords('identity.user', { limit: 1000 });
  const names = new Map(users.map((user) => [user.id, user.display_name || user.user_name]));
  return (
    <Section title={t('history')}>
      {ready && rows.length === 0 && <Quiet>{t('no_history')}</Quiet>}
      <Items>
        {rows.map((entry) => (
          <TimelineItem key={entry.id} entry={entry} byName={names.get(entry.by_id) ?? ''} />
        ))}
      </Items>
    </Section>
  );
}
