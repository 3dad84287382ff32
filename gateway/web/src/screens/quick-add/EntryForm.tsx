import { Checkbox, Group, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useFormFields } from '../../fields/formFields';
import { FormInputs } from '../../fields/FormInputs';
import { useTexts } from '../../i18n/texts';
import { useAuthor } from '../../replica';
import { DateField } from '../../ui/DateField';
import { TimeField } from '../../ui/TimeField';
import { nameOf } from '../../time/occurrences';
import { hereZone } from '../../time/zones';
import { PartyPicker } from '../../ui/PartyPicker';
import { dayOf } from '../../ui/day';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { Form } from './Form';
import { closeQuickAdd, type Opening } from './opening';
import styles from './quickAdd.module.css';
import { quickAddTexts } from './texts';

const NEW = {};
const KINDS = ['visit', 'call', 'meeting', 'task', 'demonstration', 'private'] as const;
const RULES = { never: '', daily: 'FREQ=DAILY', weekdays: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', weekly: 'FREQ=WEEKLY', monthly: 'FREQ=MONTHLY', yearly: 'FREQ=YEARLY' } as const;
type Rhythm = keyof typeof RULES;
const HOUR_MS = 3_600_000;

/** Something in the calendar: with a customer, or one's own; once or again and again. */
export function EntryForm({ opening }: { readonly opening: Opening }) {
  const t = useTexts(quickAddTexts);
  const word = useWords();
  const author = useAuthor();
  const toasts = useToasts();
  const [start] = useState(() => opening.begins ?? nextHour(new Date()));
  const [party, setParty] = useState(opening.party_id ?? '');
  const [kind, setKind] = useState<(typeof KINDS)[number]>('visit');
  const [subject, setSubject] = useState('');
  const [location, setLocation] = useState('');
  const [whole, setWhole] = useState(false);
  const [day, setDay] = useState(() => opening.on ?? dayOf(start));
  const [from, setFrom] = useState<string | null>(() => clockOf(start));
  const [to, setTo] = useState<string | null>(() => clockOf(opening.ends ?? hourAfter(start)));
  const [rhythm, setRhythm] = useState<Rhythm>('never');

  const [begins, ends] = [new Date(`${day}T${from}`), new Date(`${day}T${to}`)];
  // The first start is one of the rule: nothing begins on a Saturday that repeats from Monday to Friday.
  const fitsRule = rhythm !== 'weekdays' || ![0, 6].includes(begins.getDay());
  const isReversed = ends < begins;
  const isTimed = ![begins, ends].some((each) => Number.isNaN(each.getTime())) && !isReversed;
  const entity = kind === 'private' ? 'crm.appointment' : 'crm.activity';
  const custom = useFormFields(entity, NEW, { party_id: party, kind, subject, location });
  const ready = subject.trim() !== '' && day !== '' && (whole || isTimed) && fitsRule && custom?.isComplete === true;
  const save = async () => {
    const times = whole ? { starts_on: day } : { starts_at: nameOf(begins.getTime()), ends_at: nameOf(ends.getTime()) };
    const common = { subject: subject.trim(), location: location.trim(), time_zone: hereZone(), recurrence: RULES[rhythm], ...times, ...(custom?.given && { custom: custom.given }) };
    const written =
      kind === 'private'
        ? await author.create('crm.appointment', common)
        : await author.create('crm.activity', { ...common, kind, party_id: party });
    toasts.done(t('entry_saved', { name: common.subject }), written);
    closeQuickAdd();
  };
  return (
    <Form ready={ready} onSave={() => void save().catch(toasts.failed)}>
      <TextInput label={t('subject')} placeholder={t('subject_hint')} required maxLength={200} data-autofocus value={subject} onChange={(event) => setSubject(event.currentTarget.value)} />
      <Select
        label={t('type')}
        allowDeselect={false}
        value={kind}
        onChange={(chosen) => setKind(KINDS.find((each) => each === chosen) ?? 'visit')}
        data={KINDS.map((value) => ({ value, label: value === 'private' ? t('private') : word('activity', value) }))}
      />
      {kind !== 'private' && (
        <PartyPicker label={t('customer')} placeholder={t('customer_search')} nothing={t('nobody')} value={party} onChange={setParty} optional />
      )}
      <div className={styles.times}>
        <DateField label={t('day')} required value={day} onChange={(wanted) => setDay(wanted ?? '')} />
        {!whole && <TimeField label={t('from')} required value={from} onChange={setFrom} />}
        {!whole && <TimeField label={t('to')} required value={to} error={isReversed ? t('ends_before') : undefined} onChange={setTo} />}
      </div>
      <Checkbox label={t('whole_day')} checked={whole} onChange={(event) => setWhole(event.currentTarget.checked)} />
      <Group align="flex-start" grow wrap="nowrap">
        <Select
          label={t('repeats')}
          allowDeselect={false}
          value={rhythm}
          error={fitsRule ? undefined : t('not_a_weekday')}
          onChange={(chosen) => setRhythm(chosen ?? 'never')}
          data={(Object.keys(RULES) as Rhythm[]).map((value) => ({ value, label: t(`repeats_${value}`) }))}
        />
        <TextInput label={t('place')} maxLength={300} value={location} onChange={(event) => setLocation(event.currentTarget.value)} />
      </Group>
      <FormInputs key={entity} fields={custom} brief />
    </Form>
  );
}

const clockOf = (moment: Date) => `${String(moment.getHours()).padStart(2, '0')}:${String(moment.getMinutes()).padStart(2, '0')}`;

function nextHour(now: Date): Date {
  const moment = new Date(now);
  moment.setHours(moment.getHours() + 1, 0, 0, 0);
  return moment;
}

/** An hour later, on the same day. */
function hourAfter(start: Date): Date {
  const later = new Date(start.getTime() + HOUR_MS);
  if (dayOf(later) === dayOf(start)) return later;
  const last = new Date(start);
  last.setHours(23, 59, 0, 0);
  return last;
}
