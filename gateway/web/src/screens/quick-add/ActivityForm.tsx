import { Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';
import { useFormFields } from '../../fields/formFields';
import { FormInputs } from '../../fields/FormInputs';
import { useTexts } from '../../i18n/texts';
import { useAuthor } from '../../replica';
import { DateField } from '../../ui/DateField';
import { TimeField } from '../../ui/TimeField';
import { PartyPicker } from '../../ui/PartyPicker';
import { dayOf } from '../../ui/day';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { Form } from './Form';
import { closeQuickAdd, type Opening } from './opening';
import { quickAddTexts } from './texts';

const NEW = {};
const KINDS = ['call', 'visit', 'meeting', 'task', 'mail'] as const;

/** What was done, with its outcome; or what is to be done, with its date. */
export function ActivityForm({ opening }: { readonly opening: Opening }) {
  const t = useTexts(quickAddTexts);
  const word = useWords();
  const author = useAuthor();
  const toasts = useToasts();
  const [party, setParty] = useState(opening.party_id ?? '');
  const [kind, setKind] = useState<(typeof KINDS)[number]>('call');
  const [subject, setSubject] = useState('');
  const [when, setWhen] = useState<'done' | 'planned'>('done');
  const [outcome, setOutcome] = useState('');
  const [due, setDue] = useState(() => dayOf(new Date()));
  const [time, setTime] = useState<string | null>('09:00');

  const custom = useFormFields('crm.activity', NEW, { party_id: party, kind, subject, state: when });
  const save = async () => {
    const group = author.group();
    const common = { party_id: party, kind, subject: subject.trim(), ...(custom?.given && { custom: custom.given }) };
    if (when === 'done') {
      const now = new Date().toISOString();
      const id = group.create('crm.activity', { ...common, starts_at: now });
      const expected = { state: 'done', outcome: outcome.trim() };
      group.command('crm.activity:complete', id, { outcome: outcome.trim() }, { [`crm.activity/${id}`]: expected });
    } else {
      group.create('crm.activity', { ...common, due_at: new Date(`${due}T${time || '09:00'}`).toISOString() });
    }
    toasts.done(t('activity_saved', { name: subject.trim() }), await group.save());
    closeQuickAdd();
  };
  const ready = party !== '' && subject.trim() !== '' && (when === 'done' || (due !== '' && time !== null)) && custom?.isComplete === true;
  return (
    <Form ready={ready} onSave={() => void save().catch(toasts.failed)}>
      <PartyPicker
        label={t('customer')}
        placeholder={t('customer_search')}
        nothing={t('nobody')}
        value={party}
        onChange={setParty}
        focused={party === ''}
      />
      <Labelled label={t('type')}>
        {(id) => (
          <SegmentedControl
            aria-labelledby={id}
            fullWidth
            size="xs"
            value={kind}
            onChange={setKind}
            data={KINDS.map((value) => ({ value, label: word('activity', value) }))}
          />
        )}
      </Labelled>
      <TextInput
        label={t('subject')}
        placeholder={t('subject_hint')}
        required
        maxLength={200}
        data-autofocus={opening.party_id !== undefined || undefined}
        value={subject}
        onChange={(event) => setSubject(event.currentTarget.value)}
      />
      <Labelled label={t('when')}>
        {(id) => (
          <SegmentedControl
            aria-labelledby={id}
            fullWidth
            value={when}
            onChange={setWhen}
            data={(['done', 'planned'] as const).map((value) => ({ value, label: t(value) }))}
          />
        )}
      </Labelled>
      {when === 'done' ? (
        <TextInput
          label={t('outcome')}
          placeholder={t('outcome_hint')}
          maxLength={500}
          value={outcome}
          onChange={(event) => setOutcome(event.currentTarget.value)}
        />
      ) : (
        <Group grow>
          <DateField label={t('due')} required value={due} onChange={(wanted) => setDue(wanted ?? '')} />
          <TimeField label={t('time')} value={time} onChange={setTime} />
        </Group>
      )}
      <FormInputs fields={custom} brief />
    </Form>
  );
}

function Labelled({ label, children }: { readonly label: string; readonly children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <Stack gap={4}>
      <Text id={id} size="sm" fw={500}>
        {label}
      </Text>
      {children(id)}
    </Stack>
  );
}
