import { Button, Group, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTexts } from '../../i18n/texts';
import { useRecords, type Values } from '../../replica';
import type { Offer } from './actions';
import { actionTexts } from './actionTexts';

interface SendFormProps {
  readonly offer: Offer;
  readonly onDone: (request: Values) => void;
}

/** How a frozen revision gets to the customer: by our mail, or it went already by another way. */
export function SendForm({ offer, onDone }: SendFormProps) {
  const { ready, rows: points } = useRecords('crm.contact_point', {
    where: { party_id: offer.party_id, kind: 'email' },
    order: [['preferred', 'desc'], ['value', 'asc']],
  });
  if (!ready) return null;
  const known = points.find((point) => point.person_name === offer.contact_name)?.value ?? points[0]?.value ?? '';
  return <Fields known={known} onDone={onDone} />;
}

function Fields({ known, onDone }: { readonly known: string; readonly onDone: SendFormProps['onDone'] }) {
  const t = useTexts(actionTexts);
  const [how, setHow] = useState('mail');
  const [to, setTo] = useState(known);
  const [subject, setSubject] = useState('');
  const [text, setText] = useState('');
  const isMail = how === 'mail';
  const isWrong = isMail && to.trim() !== '' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(to.trim());
  const submitted = (event: FormEvent) => {
    event.preventDefault();
    if (isWrong) return;
    if (isMail) onDone({ to: to.trim(), subject: subject.trim(), text });
    else onDone({ by_hand: true, to: to.trim(), sent_at: new Date().toISOString() });
  };
  return (
    <form onSubmit={submitted} noValidate>
      <Stack gap="md">
        <SegmentedControl
          aria-label={t('how')}
          value={how}
          onChange={setHow}
          data={[
            { value: 'mail', label: t('by_mail') },
            { value: 'hand', label: t('by_hand') },
          ]}
        />
        {isMail && <Text size="sm">{t('by_mail_hint')}</Text>}
        <TextInput
          label={t(isMail ? 'to' : 'to_hand')}
          description={isMail && t('to_hint')}
          type={isMail ? 'email' : 'text'}
          maxLength={320}
          data-autofocus
          value={to}
          error={isWrong && t('bad_address')}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        {isMail && (
          <>
            <TextInput label={t('subject')} description={t('subject_hint')} maxLength={500} value={subject} onChange={(event) => setSubject(event.currentTarget.value)} />
            <Textarea label={t('text')} rows={5} maxLength={20_000} value={text} onChange={(event) => setText(event.currentTarget.value)} />
          </>
        )}
        <Group justify="flex-end">
          <Button type="submit" disabled={isWrong}>
            {t(isMail ? 'send_now' : 'mark_sent')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
