import { Checkbox, Popover, Stack, UnstyledButton } from '@mantine/core';
import { useTexts } from '../../i18n/texts';
import { enumValues, useAuthor, useRecords, type FieldsOf, type RecordOf } from '../../replica';
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
export function Facts({ party }: { readonly party: Party }) {
  const t = useTexts(customerTexts);
  const word = useWords();
  const author = useAuthor();
  const toasts = useToasts();
  const { rows: users } = useRecords('identity.user', { order: [['display_name', 'asc']], limit: 500 });
  const save = async (label: string, fields: FieldsOf<'crm.party'>) =>
    toasts.done(t('saved', { field: label }), await author.edit('crm.party', party.id, fields));
  const change = (label: string, fields: FieldsOf<'crm.party'>) => void save(label, fields).catch(toasts.failed);
  const text = (field: TextField) => ({
    label: t(field),
    value: party[field],
    onSave: (value: string) => change(t(field), { [field]: value }),
  });
  const privateNotes = party.private_notes;
  return (
    <Section title={t('facts')} actions={<StateActions party={party} />}>
      <Stack gap={2}>
        <InlineField {...text('name')} onSave={(value) => value !== '' && change(t('name'), { name: value })} first />
        <InlineField {...text('vat_number')} maxLength={20} />
        <InlineField {...text('tax_code')} maxLength={20} />
        <InlineField {...text('sdi_code')} maxLength={7} />
        <InlineField {...text('pec')} type="email" />
        <InlineField {...text('website')} type="url" />
        <InlineField {...text('country')} maxLength={2} onSave={(value) => change(t('country'), { country: value.toUpperCase() })} />
        <InlineField
          label={t('language')}
          value={party.language}
          shown={languageOf(party.language, t)}
          options={LANGUAGES.map((value) => ({ value, label: t(`language_${value}`) }))}
          onSave={(value) => change(t('language'), { language: value })}
        />
        <Roles party={party} onChange={(roles) => change(t('roles'), { roles: [...roles] })} />
        <InlineField
          label={t('owner')}
          value={party.owner_id}
          shown={users.find((user) => user.id === party.owner_id)?.display_name ?? t('nobody')}
          options={users.filter((user) => !user.inactive).map((user) => ({ value: user.id, label: user.display_name || user.user_name }))}
          onSave={(value) => change(t('owner'), { owner_id: value })}
        />
        <InlineField label={t('payment_terms')} value={party.payment_terms} />
        <InlineField
          label={t('credit')}
          value={party.credit_state === 'unspecified' ? '' : party.credit_state}
          shown={party.credit_state === 'unspecified' ? '' : word('credit', party.credit_state)}
        />
        <InlineField {...text('notes')} multiline />
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
