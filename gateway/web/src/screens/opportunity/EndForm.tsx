import { Alert, Button, Group, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useLanguage, useTexts } from '../../i18n/texts';
import type { Values } from '../../replica';
import { textIn, useReasons } from '../opportunities/stages';
import { opportunityTexts } from '../opportunities/texts';

interface EndFormProps {
  readonly command: 'lose' | 'drop';
  readonly competitor: string;
  readonly onDone: (request: Values) => void;
}

/** Why an opportunity ends without an order, and who won it. */
export function EndForm({ command, competitor, onDone }: EndFormProps) {
  const t = useTexts(opportunityTexts);
  const language = useLanguage();
  const { ready, reasons } = useReasons(command === 'lose' ? 'lost' : 'dropped');
  const [reason, setReason] = useState('');
  const [note, setNote] = useState('');
  const [rival, setRival] = useState(competitor);
  if (!ready) return null;
  const submitted = (event: FormEvent) => {
    event.preventDefault();
    if (reason !== '') onDone({ reason_id: reason, note: note.trim(), ...(command === 'lose' && { competitor: rival.trim() }) });
  };
  return (
    <form onSubmit={submitted} noValidate>
      <Stack gap="md">
        {reasons.length === 0 && <Alert color="yellow">{t('no_reasons')}</Alert>}
        <Select label={t('reason')} required data-autofocus data={reasons.map((each) => ({ value: each.id, label: textIn(each, language) }))} value={reason === '' ? null : reason} onChange={(value) => setReason(value ?? '')} />
        {command === 'lose' && <TextInput label={t('competitor')} maxLength={200} value={rival} onChange={(event) => setRival(event.currentTarget.value)} />}
        <Textarea label={t('note')} rows={3} maxLength={2000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button type="submit" disabled={reason === ''}>
            {t(command)}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
