import { Alert, Button, Group, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { parseDecimal } from '../../i18n/format';
import { useLanguage, useTexts } from '../../i18n/texts';
import { useRecords, type RecordOf, type Values } from '../../replica';
import type { Command, Offer } from './actions';
import { actionTexts } from './actionTexts';
import { currentRevisions } from '../offers/current';

/** Command -> outcome whose reasons it takes. */
const OUTCOMES: Readonly<Partial<Record<Command, RecordOf<'offers.reason'>['outcome']>>> = {
  lose: 'lost',
  cancel: 'cancelled',
  expire: 'expired',
  suspend: 'suspended',
};

/** Return the text of a reason in the user's language. */
export function reasonText(reason: RecordOf<'offers.reason'>, language: string): string {
  const texts: Readonly<Record<string, string>> = reason.texts;
  return texts[language] ?? texts['it'] ?? reason.code;
}

interface OutcomeFormProps {
  readonly command: Command;
  readonly offer: Offer;
  readonly onDone: (request: Values) => void;
}

/** Why an offer ends or rests; whom it was lost to, and at which price. */
export function OutcomeForm({ command, offer, onDone }: OutcomeFormProps) {
  const t = useTexts(actionTexts);
  const language = useLanguage();
  const outcome = OUTCOMES[command] ?? (offer.state === 'lost' ? 'lost' : 'won');
  const { ready, rows: reasons } = useRecords('offers.reason', { where: { outcome, inactive: false }, order: [['position', 'asc']] });
  const { rows: revisions } = useRecords('offers.revision', { where: { offer_id: offer.id } });
  const currency = currentRevisions(revisions).get(offer.id)?.currency || 'EUR';
  const isExplained = command === 'explain';
  const [reason, setReason] = useState(isExplained ? offer.outcome_reason_id : '');
  const [note, setNote] = useState(isExplained ? offer.outcome_note : '');
  const [competitor, setCompetitor] = useState(isExplained ? offer.competitor : '');
  const [typedPrice, setTypedPrice] = useState(isExplained ? offer.competitor_price : '');
  const price = parseDecimal(typedPrice, language);
  const hasRival = command === 'lose' || command === 'explain';
  const isComplete = price !== null && (reason !== '' || command === 'suspend');
  const submitted = (event: FormEvent) => {
    event.preventDefault();
    if (!isComplete) return;
    onDone({ ...(reason !== '' && { reason_id: reason }), note: note.trim(), ...(hasRival && { competitor: competitor.trim(), competitor_price: price }) });
  };
  if (!ready) return null;
  return (
    <form onSubmit={submitted} noValidate>
      <Stack gap="md">
        {reasons.length === 0 && <Alert color="yellow">{t('no_reasons')}</Alert>}
        <Select
          label={t('reason')}
          description={t('reason_hint')}
          required={command !== 'suspend'}
          data-autofocus
          data={reasons.map((each) => ({ value: each.id, label: reasonText(each, language) }))}
          value={reason === '' ? null : reason}
          onChange={(value) => setReason(value ?? '')}
          clearable={command === 'suspend'}
        />
        {hasRival && (
          <Group grow align="flex-start">
            <TextInput label={t('competitor')} maxLength={200} value={competitor} onChange={(event) => setCompetitor(event.currentTarget.value)} />
            <TextInput
              label={t('competitor_price', { currency })}
              inputMode="decimal"
              maxLength={30}
              value={typedPrice}
              error={price === null && t('bad_price')}
              onChange={(event) => setTypedPrice(event.currentTarget.value)}
            />
          </Group>
        )}
        <Textarea label={t('note')} rows={3} maxLength={2000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        {command === 'cancel' && <Alert color="yellow">{t('for_good')}</Alert>}
        <Group justify="flex-end">
          <Button type="submit" disabled={!isComplete} {...(command === 'cancel' && { color: 'red' })}>
            {t(command)}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
