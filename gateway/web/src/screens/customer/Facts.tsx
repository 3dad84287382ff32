import { Checkbox, Popover, Stack, UnstyledButton } from '@mantine/core';
import type { Form } from '../../fields/definitions';
import { useTexts } from '../../i18n/texts';
import { enumValues, useAuthor, useReadOnly, useRecords, type FieldsOf, type RecordOf } from '../../replica';
import { InlineField } from '../../ui/InlineField';
import inline from '../../ui/InlineField.module.css';
import { Section } from '../../ui/Section';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { StateActions } from './StateActions';
import { customerTexts } from './texts';

type Party = RecordOf<'crm.party'>;
type TextField = 'name' | 'vat_number' | 'tax_code' | 'sdi_code' | 'pec' | 'website' | 'country' | 'notes';

const LANGUAGES = ['it', 'en', 'de', 'fr', 'es'] as const;

/** The facts of a customer, each changed where it stands. */
export function Facts({ party, form }: { readonly party: Party; readonly form: Form | null }) {
  const t = useTexts(customerTexts);
  const word = useWords();
  const author = useAuthor();
  const toasts = useToasts();
  const isReadOnly = useReadOnly();
  const { rows: users } = useRecords('identity.user', { order: [['display_name', 'asc']], limit: 500 });
  const save = async (label: string, fields: FieldsOf<'crm.party'>) =>
    toasts.done(t('saved', { field: label }), await author.edit('crm.party', party.id, fields));
  const change = (label: string, fields: FieldsOf<'crm.party'>) => void save(label, fields).catch(toasts.failed);
  const isHidden = (field: keyof Party) => form?.rule(field).isHidden ?? false;
  const unless = <F,>(field: keyof Party, handler: F) => (form?.rule(field).isReadOnly ? undefined : handler);
  /** A fact as the form of its user has it: not there, to be read, or to be written. */
  const text = (field: TextField, props: Partial<Parameters<typeof InlineField>[0]> & { readonly kept?: (value: string) => string | null } = {}) => {
    if (isHidden(field)) return null;
    const { kept = (value: string) => value, ...rest } = props;
    const isRequired = form?.rule(field).isRequired ?? false;
    const keep = (typed: string) => {
      const value = kept(typed);
      if (value === null || (isRequired && value === '')) toasts.done(t('needed', { field: t(field) }));
      else change(t(field), { [field]: value });
    };
    return <InlineField label={isRequired ? `${t(field)} *` : t(field)} value={party[field]} onSave={unless(field, keep)} {...rest} />;
  };
  const privateNotes = party.private_notes;
  return (
    <Section title={t('facts')} actions={!isReadOnly && <StateActions party={party} />}>
      <Stack gap={2}>
        {text('name', { first: true, kept: (value) => (value === '' ? null : value) })}
        {text('vat_number', { maxLength: 20 })}
        {text('tax_code', { maxLength: 20 })}
        {text('sdi_code', { maxLength: 7 })}
        {text('pec', { type: 'email' })}
        {text('website', { type: 'url', shown: party.website.replace(/^https?:\/\//, '') })}
        {text('country', { maxLength: 2, kept: (value) => value.toUpperCase() })}
        <InlineField
          label={t('language')}
          value={party.language}
          shown={languageOf(party.language, t)}
          options={LANGUAGES.map((value) => ({ value, label: t(`language_${value}`) }))}
          onSave={unless('language', (value: string) => change(t('language'), { language: value }))}
        />
        {isReadOnly ? (
          <InlineField label={t('roles')} value={party.roles.map((role) => word('role', role)).join(', ')} />
        ) : (
          <Roles party={party} onChange={(roles) => change(t('roles'), { roles: [...roles] })} />
        )}
        <InlineField
          label={t('owner')}
          value={party.owner_id}
          shown={users.find((user) => user.id === party.owner_id)?.display_name ?? t('nobody')}
          options={users.filter((user) => !user.inactive).map((user) => ({ value: user.id, label: user.display_name || user.user_name }))}
          onSave={unless('owner_id', (value: string) => change(t('owner'), { owner_id: value }))}
        />
        <InlineField label={t('payment_terms')} value={party.payment_terms} />
        <InlineField
          label={t('credit')}
          value={party.credit_state === 'unspecified' ? '' : party.credit_state}
          shown={party.credit_state === 'unspecified' ? '' : word('credit', party.credit_state)}
        />
        {text('notes', { multiline: true })}
        {privateNotes != null && (
          <InlineField
            label={t('private_notes')}
            value={privateNotes}
            multiline
            onSave={(value) => change(t('private_notes'), { private_notes: value })}
          />
        )}
      </Stack>
    </Section>
  );
}

function languageOf(code: string, t: (key: `language_${(typeof LANGUAGES)[number]}`) => string): string {
  const known = LANGUAGES.find((each) => each === code);
  return known === undefined ? code : t(`language_${known}`);
}

function Roles({ party, onChange }: { readonly party: Party; readonly onChange: (roles: Party['roles']) => void }) {
  const t = useTexts(customerTexts);
  const word = useWords();
  const all = enumValues('crm.party', 'roles') as Party['roles'];
  const shown = party.roles.map((role) => word('role', role)).join(', ');
  return (
    <div className={inline.field}>
      <span className={inline.label}>{t('roles')}</span>
      <Popover position="bottom-start" trapFocus returnFocus shadow="sm">
        <Popover.Target>
          <UnstyledButton className={inline.value} data-empty={shown === '' || undefined} aria-label={`${t('roles')}: ${shown}`}>
            {shown === '' ? '—' : shown}
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown aria-label={t('roles')}>
          <Stack gap="sm">
            {all.map((role) => (
              <Checkbox
                key={role}
                size="sm"
                label={word('role', role)}
                checked={party.roles.includes(role)}
                onChange={(event) =>
                  onChange(event.currentTarget.checked ? [...party.roles, role] : party.roles.filter((each) => each !== role))
                }
              />
            ))}
          </Stack>
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}
