import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { CustomFields } from '../../fields/CustomFields';
import { useForm } from '../../fields/shapes';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useAuthor, useRecord, type Written } from '../../replica';
import { DateField } from '../../ui/DateField';
import { Dialog } from '../../ui/Dialog';
import { TimeField } from '../../ui/TimeField';
import { dayOf } from '../../ui/day';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import styles from './Calendar.module.css';
import { partyOf, whenOf } from './EntryButton';
import type { Entry } from './entries';
import { endBefore, hasEarlier, leaveOut, repeats, type Target } from './moving';
import { midnight } from './span';
import { calendarTexts } from './texts';

/** An entry: what it is, when, with whom; moved, done or dropped here. */
export function EntryDetails({ entry, names, onClose, onMove }: { readonly entry: Entry; readonly names: ReadonlyMap<string, string>; readonly onClose: () => void; readonly onMove: (entry: Entry, target: Target) => void }) {
  const t = useTexts(calendarTexts);
  const word = useWords();
  const format = useFormat();
  const { source } = entry;
  const { record } = source;
  const { record: owner } = useRecord('identity.user', record.owner_id);
  // As it is now: its fields are changed here while it stands open.
  const { record: latest } = useRecord(source.entity, record.id);
  const form = useForm(source.entity, latest);
  const kind = source.entity === 'crm.activity' ? word('activity', source.record.kind) : t('private');
  const day = format.date(dayOf(entry.begins));
  const facts = [
    `${day}, ${whenOf(entry, format, t)}`,
    [kind, repeats(entry) && t('repeats')].filter(Boolean).join(', '),
    !entry.isMine && owner !== null && t('of', { name: owner.display_name }),
    record.location,
    record.notes,
  ].filter((each): each is string => typeof each === 'string' && each !== '');
  return (
    <Dialog opened onClose={onClose} title={record.subject} size={440}>
      <Stack gap="md">
        <Stack gap={4}>
          {facts.map((fact) => (
            <Text key={fact} size="sm" style={{ overflowWrap: 'anywhere' }}>
              {fact}
            </Text>
          ))}
          {source.entity === 'crm.activity' && source.record.party_id !== '' && (
            <Link href={`/customers/${source.record.party_id}`}>{partyOf(entry, names) || t('customer')}</Link>
          )}
        </Stack>
        {latest !== null && <CustomFields entity={source.entity} record={latest} form={form} readOnly={!entry.isMine} />}
        {entry.isMine && <Move entry={entry} onMove={onMove} onClose={onClose} />}
        {entry.isMine && <Actions entry={entry} onClose={onClose} />}
      </Stack>
    </Dialog>
  );
}

/** The same as dragging, by typing. */
function Move({ entry, onMove, onClose }: { readonly entry: Entry; readonly onMove: (entry: Entry, target: Target) => void; readonly onClose: () => void }) {
  const t = useTexts(calendarTexts);
  const [day, setDay] = useState(() => dayOf(entry.begins));
  const [from, setFrom] = useState<string | null>(() => clockOf(entry.begins));
  const [to, setTo] = useState<string | null>(() => clockOf(entry.ends));
  const timed = entry.days === null;
  const begins = timed ? new Date(`${day}T${from}`) : midnight(day);
  const ends = new Date(`${day}T${to}`);
  const hasEnd = timed && !entry.isDue && dayOf(entry.begins) === dayOf(entry.ends);
  const isRight = day !== '' && !Number.isNaN(begins.getTime()) && (!hasEnd || ends >= begins);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isRight) return;
        onClose();
        onMove(entry, hasEnd ? { begins, ends } : { begins });
      }}
    >
      <div className={styles.times}>
        <DateField label={timed ? t('date') : t('first_day')} value={day} onChange={(wanted) => setDay(wanted ?? '')} />
        {timed && <TimeField label={t('from')} value={from} onChange={setFrom} />}
        {hasEnd && <TimeField label={t('to')} value={to} error={ends < begins ? t('ends_before') : undefined} onChange={setTo} />}
      </div>
      <Button type="submit" variant="default" mt="sm" disabled={!isRight}>
        {t('move')}
      </Button>
    </form>
  );
}

function Actions({ entry, onClose }: { readonly entry: Entry; readonly onClose: () => void }) {
  const t = useTexts(calendarTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const { source, occurrence } = entry;
  const name = source.record.subject;
  const carryOut = (said: string, write: () => Promise<Omit<Written, 'id'>>) => {
    onClose();
    void write().then((written) => toasts.done(said, written)).catch(toasts.failed);
  };
  const tell = (command: 'crm.activity:complete' | 'crm.activity:cancel', state: string) => () => {
    const { id } = source.record;
    if (repeats(entry)) return author.command(command, id, { recurrence_id: occurrence.recurrenceId });
    return author.command(command, id, {}, { [`crm.activity/${id}`]: { state } });
  };
  const isOpen = source.entity === 'crm.activity' && ['planned', 'in_progress', 'unspecified'].includes(source.record.state);
  return (
    <Group gap="sm">
      {isOpen && <Button onClick={() => carryOut(t('completed', { name }), tell('crm.activity:complete', 'done'))}>{t('complete')}</Button>}
      {repeats(entry) && (
        <Button variant="default" onClick={() => carryOut(t('left_out', { name }), () => leaveOut(author, entry))}>
          {t('leave_out')}
        </Button>
      )}
      {hasEarlier(entry) && (
        <Button variant="default" onClick={() => carryOut(t('ended', { name }), () => endBefore(author, entry))}>
          {t('end_here')}
        </Button>
      )}
      {isOpen && !repeats(entry) && (
        <Button variant="default" onClick={() => carryOut(t('cancelled', { name }), tell('crm.activity:cancel', 'cancelled'))}>
          {t('cancel')}
        </Button>
      )}
      {source.entity === 'crm.appointment' && !repeats(entry) && (
        <Button variant="default" onClick={() => carryOut(t('removed', { name }), () => author.remove('crm.appointment', source.record.id))}>
          {t('remove')}
        </Button>
      )}
    </Group>
  );
}

const clockOf = (moment: Date) => `${String(moment.getHours()).padStart(2, '0')}:${String(moment.getMinutes()).padStart(2, '0')}`;
