import { Group, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { useFormFields } from '../../fields/formFields';
import { FormInputs } from '../../fields/FormInputs';
import { useTexts } from '../../i18n/texts';
import { useAuthor, useRecords } from '../../replica';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { duplicatesOf, nameWords } from './duplicates';
import { Form } from './Form';
import { closeQuickAdd, type Opening } from './opening';
import styles from './quickAdd.module.css';
import { quickAddTexts } from './texts';

const NEW = {};
const ROLES = ['prospect'];

/** A customer with the person to ask for; those that may be the same are shown while one types. */
export function PartyForm({ opening }: { readonly opening: Opening }) {
  const t = useTexts(quickAddTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const [, navigate] = useLocation();
  const [fields, setFields] = useState({
    name: opening.name ?? '',
    vat_number: '',
    country: 'IT',
    contact: '',
    email: '',
    phone: '',
  });
  const field = (key: keyof typeof fields) => ({
    label: t(key),
    value: fields[key],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => {
      const { value } = event.currentTarget;
      setFields((before) => ({ ...before, [key]: value }));
    },
  });

  const custom = useFormFields('crm.party', NEW, { name: fields.name, vat_number: fields.vat_number, country: fields.country, kind: 'company', roles: ROLES });
  const isComplete = fields.name.trim() !== '' && custom?.isComplete === true;
  const save = async () => {
    const group = author.group();
    const party = group.create('crm.party', {
      kind: 'company',
      name: fields.name.trim(),
      vat_number: fields.vat_number.trim(),
      country: fields.country.trim().toUpperCase(),
      roles: ['prospect'],
      ...(custom?.given && { custom: custom.given }),
    });
    const person = { party_id: party, person_name: fields.contact.trim() };
    if (fields.email.trim() !== '') group.create('crm.contact_point', { ...person, kind: 'email', value: fields.email.trim() });
    if (fields.phone.trim() !== '') group.create('crm.contact_point', { ...person, kind: 'phone', value: fields.phone.trim() });
    toasts.done(t('party_saved', { name: fields.name.trim() }), await group.save());
    closeQuickAdd();
    navigate(`/customers/${party}`);
  };
  return (
    <Form ready={isComplete} onSave={() => void save().catch(toasts.failed)}>
      <TextInput {...field('name')} required maxLength={200} data-autofocus autoComplete="off" />
      <Similar name={fields.name} vatNumber={fields.vat_number} />
      <Group grow align="flex-start">
        <TextInput {...field('vat_number')} maxLength={20} autoComplete="off" />
        <TextInput {...field('country')} maxLength={2} autoComplete="off" />
      </Group>
      <TextInput {...field('contact')} maxLength={200} autoComplete="off" />
      <Group grow align="flex-start">
        <TextInput {...field('email')} type="email" maxLength={200} autoComplete="off" />
        <TextInput {...field('phone')} type="tel" maxLength={40} autoComplete="off" />
      </Group>
      <FormInputs fields={custom} brief />
    </Form>
  );
}

function Similar({ name, vatNumber }: { readonly name: string; readonly vatNumber: string }) {
  const t = useTexts(quickAddTexts);
  const word = useWords();
  const [, navigate] = useLocation();
  const asked = useMemo(() => {
    const beginnings = nameWords(name)
      .filter((each) => each.length >= 3)
      .map((each) => ({ name: { contains: each.slice(0, 4) } }));
    const digits = vatNumber.replace(/[^0-9]/g, '');
    return [...beginnings, ...(digits.length >= 8 ? [{ vat_number: { contains: digits } }] : [])];
  }, [name, vatNumber]);
  const { rows } = useRecords('crm.party', { where: { any: asked }, limit: asked.length === 0 ? 0 : 2000 });
  const found = asked.length === 0 ? [] : duplicatesOf({ name, vat_number: vatNumber }, rows).slice(0, 3);
  if (found.length === 0) return null;
  return (
    <output className={styles.similar}>
      <Text size="sm" fw={550}>
        {t('similar')}
      </Text>
      <Stack gap={2} mt={4}>
        {found.map((party) => (
          <UnstyledButton
            key={party.id}
            className={styles.one}
            onClick={() => {
              closeQuickAdd();
              navigate(`/customers/${party.id}`);
            }}
          >
            <span className={styles.name}>{party.name}</span>
            <span className={styles.note}>
              {[word('party', party.state), party.vat_number, party.erp_code].filter(Boolean).join(' · ')}
            </span>
          </UnstyledButton>
        ))}
      </Stack>
    </output>
  );
}
