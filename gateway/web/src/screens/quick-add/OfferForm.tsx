import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useFormFields } from '../../fields/formFields';
import { FormInputs } from '../../fields/FormInputs';
import { useTexts } from '../../i18n/texts';
import { useAuthor } from '../../replica';
import { PartyPicker } from '../../ui/PartyPicker';
import { dayOf } from '../../ui/day';
import { useToasts } from '../../ui/toast';
import { Form } from './Form';
import { closeQuickAdd, type Opening } from './opening';
import { quickAddTexts } from './texts';

const NEW = {};

/** An offer with its first revision; its lines come next. */
export function OfferForm({ opening }: { readonly opening: Opening }) {
  const t = useTexts(quickAddTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [party, setParty] = useState(opening.party_id ?? '');
  const [title, setTitle] = useState('');
  const custom = useFormFields('offers.offer', NEW, { party_id: party, title });
  const isComplete = party !== '' && title.trim() !== '' && custom?.isComplete === true;
  const save = async () => {
    const group = author.group();
    const offer = group.create('offers.offer', { party_id: party, title: title.trim(), offer_date: dayOf(new Date()), ...(custom?.given && { custom: custom.given }) });
    group.create('offers.revision', { offer_id: offer, currency: 'EUR', language: 'it' });
    toasts.done(t('offer_saved', { name: title.trim() }), await group.save());
    closeQuickAdd();
    navigate(`/offers/${offer}`);
  };
  return (
    <Form ready={isComplete} onSave={() => void save().catch(toasts.failed)}>
      <PartyPicker
        label={t('customer')}
        placeholder={t('customer_search')}
        nothing={t('nobody')}
        value={party}
        onChange={setParty}
        focused={party === ''}
      />
      <TextInput
        label={t('offer_title')}
        required
        maxLength={200}
        data-autofocus={opening.party_id !== undefined || undefined}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <FormInputs fields={custom} brief />
    </Form>
  );
}
