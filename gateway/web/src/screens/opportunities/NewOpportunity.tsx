import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { parseDecimal } from '../../i18n/format';
import { useFormFields } from '../../fields/formFields';
import { FormInputs } from '../../fields/FormInputs';
import { useLanguage, useTexts } from '../../i18n/texts';
import { useAuthor } from '../../replica';
import { DateField } from '../../ui/DateField';
import { PartyPicker } from '../../ui/PartyPicker';
import { useToasts } from '../../ui/toast';
import { opportunityTexts } from './texts';

const NEW = {};

/** A new opportunity: whose, what, for how much, until when. */
export function NewOpportunity({ party = '', onDone }: { readonly party?: string; readonly onDone: (id: string) => void }) {
  const t = useTexts(opportunityTexts);
  const language = useLanguage();
  const author = useAuthor();
  const toasts = useToasts();
  const [partyId, setPartyId] = useState(party);
  const [title, setTitle] = useState('');
  const [typedValue, setTypedValue] = useState('');
  const [close, setClose] = useState<string | null>('');
  const value = parseDecimal(typedValue, language);
  const custom = useFormFields('crm.opportunity', NEW, { party_id: partyId, title, value: value ?? '', expected_close: close ?? '' });
  const isComplete = partyId !== '' && title.trim() !== '' && value !== null && close !== null && custom?.isComplete === true;
  const save = async () => {
    const made = await author.create('crm.opportunity', { party_id: partyId, title: title.trim(), value: value ?? '', expected_close: close ?? '', ...(custom?.given && { custom: custom.given }) });
    toasts.done(t('added'), made);
    onDone(made.id);
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (isComplete) void save().catch(toasts.failed);
      }}
    >
      <Stack gap="md">
        {party === '' && <PartyPicker label={t('customer')} placeholder={t('find_customer')} nothing={t('no_customer')} value={partyId} onChange={setPartyId} focused />}
        <TextInput label={t('title')} required maxLength={200} value={title} onChange={(event) => setTitle(event.currentTarget.value)} {...(party !== '' && { 'data-autofocus': true })} />
        <Group grow align="flex-start">
          <TextInput label={t('value')} inputMode="decimal" maxLength={30} value={typedValue} error={value === null && t('invalid')} onChange={(event) => setTypedValue(event.currentTarget.value)} />
          <DateField label={t('expected_close')} value={close ?? ''} onChange={setClose} />
        </Group>
        <FormInputs fields={custom} brief />
        <Group justify="flex-end">
          <Button type="submit" disabled={!isComplete}>
            {t('add')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
