import { ActionIcon, Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { IconAt, IconDeviceMobile, IconMail, IconShieldCheck, IconPencil, IconPhone, IconPlus, IconTrash, IconWorld, type Icon } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { useFormFields } from '../../fields/formFields';
import { FormInputs } from '../../fields/FormInputs';
import { useTexts } from '../../i18n/texts';
import { enumValues, useAuthor, useRecords, type RecordOf } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { changedFields } from '../../ui/changed';
import { Quiet } from '../../ui/Section';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { Writable } from '../../ui/Writable';
import styles from './Customer.module.css';
import { Relationships } from './Relationships';
import { customerTexts } from './texts';

type Point = RecordOf<'crm.contact_point'>;
type Address = RecordOf<'crm.address'>;

const ICONS: Readonly<Record<string, Icon>> = { email: IconMail, phone: IconPhone, mobile: IconDeviceMobile, pec: IconShieldCheck, web: IconWorld };

/** People, how to reach them, and where the customer is. */
export function ContactsTab({ id }: { readonly id: string }) {
  return (
    <Stack gap="lg">
      <Points id={id} />
      <Relationships id={id} />
      <Addresses id={id} />
    </Stack>
  );
}

function Points({ id }: { readonly id: string }) {
  const t = useTexts(customerTexts);
  const { ready, rows } = useRecords('crm.contact_point', { where: { party_id: id }, order: [['person_name', 'asc'], ['kind', 'asc']] });
  const [edited, setEdited] = useState<Partial<Point> | null>(null);
  if (!ready) return null;
  const people = [...new Set(rows.map((row) => row.person_name))];
  return (
    <section aria-label={t('people')}>
      <Group justify="space-between" mb="sm">
        <h3 className={styles.group}>{t('people')}</h3>
        <Writable>
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setEdited({})}>
            {t('add_contact')}
          </Button>
        </Writable>
      </Group>
      {rows.length === 0 && <Quiet>{t('no_contacts')}</Quiet>}
      {people.map((person) => (
        <div key={person}>
          {person !== '' && <strong className={styles.person}>{person}</strong>}
          <ul className={styles.list}>
            {rows
              .filter((row) => row.person_name === person)
              .map((point) => (
                <PointRow key={point.id} point={point} onEdit={() => setEdited(point)} />
              ))}
          </ul>
        </div>
      ))}
      <Dialog opened={edited !== null} onClose={() => setEdited(null)} title={t(edited?.id === undefined ? 'add_contact' : 'people')}>
        {edited !== null && <PointForm party={id} point={edited} onDone={() => setEdited(null)} />}
      </Dialog>
    </section>
  );
}

function addressOf(point: Point): string {
  switch (point.kind) {
    case 'phone':
    case 'mobile':
      return `tel:${point.value.replace(/[^+0-9]/g, '')}`;
    case 'web':
      return /^https?:\/\//.test(point.value) ? point.value : `https://${point.value}`;
    default:
      return `mailto:${point.value}`;
  }
}

function PointRow({ point, onEdit }: { readonly point: Point; readonly onEdit: () => void }) {
  const t = useTexts(customerTexts);
  const word = useWords();
  const Picture = ICONS[point.kind] ?? IconAt;
  return (
    <li className={styles.row}>
      <Picture size={17} stroke={1.7} aria-label={word('contact', point.kind)} />
      <div className={styles.main}>
        <a href={addressOf(point)} className={styles.link} rel="noreferrer">
          {point.value}
        </a>
        <div className={styles.note}>{[point.label, point.preferred && t('preferred')].filter(Boolean).join(' · ')}</div>
      </div>
      <Writable>
        <RowActions entity="crm.contact_point" id={point.id} name={point.value} onEdit={onEdit} />
      </Writable>
    </li>
  );
}

function RowActions({
  entity,
  id,
  name,
  onEdit,
}: {
  readonly entity: 'crm.contact_point' | 'crm.address';
  readonly id: string;
  readonly name: string;
  readonly onEdit: () => void;
}) {
  const t = useTexts(customerTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const remove = () =>
    void author
      .remove(entity, id)
      .then((written) => toasts.done(t('removed', { name }), written))
      .catch(toasts.failed);
  return (
    <Group gap={2} wrap="nowrap">
      <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('change_of', { name })} onClick={onEdit}>
        <IconPencil size={16} stroke={1.7} />
      </ActionIcon>
      <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('remove_of', { name })} onClick={remove}>
        <IconTrash size={16} stroke={1.7} />
      </ActionIcon>
    </Group>
  );
}

/** Fields of a form as texts, what each input is given, and what of them was touched. */
function useFields<F extends Readonly<Record<string, string>>>(first: F) {
  const [opened] = useState(first);
  const [fields, setFields] = useState(first);
  const set = (key: keyof F & string, value: string | null) => value !== null && setFields((before) => ({ ...before, [key]: value }));
  const field = (key: keyof F & string) => ({
    value: fields[key],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => set(key, event.currentTarget.value),
  });
  return { fields, field, set, touched: changedFields(opened, fields) };
}

interface FormProps {
  readonly party: string;
  readonly onDone: () => void;
}

function PointForm({ party, point, onDone }: FormProps & { readonly point: Partial<Point> }) {
  const t = useTexts(customerTexts);
  const word = useWords();
  const author = useAuthor();
  const toasts = useToasts();
  const { fields, field, set, touched } = useFields<Record<'kind' | 'value' | 'person_name' | 'label', string>>({
    kind: point.kind ?? 'email',
    value: point.value ?? '',
    person_name: point.person_name ?? '',
    label: point.label ?? '',
  });
  const custom = useFormFields('crm.contact_point', point, { party_id: party, ...fields });
  const isComplete = fields.value.trim() !== '' && custom?.isComplete === true;
  const save = async () => {
    const name = fields.value.trim();
    if (point.id === undefined) {
      const values = { ...fields, kind: fields.kind as Point['kind'], value: name };
      toasts.done(t('added', { name }), await author.create('crm.contact_point', { party_id: party, ...values, ...(custom?.given && { custom: custom.given }) }));
    } else {
      const changed = { ...(touched as Partial<Point>), ...('value' in touched && { value: name }), ...(custom?.changed && { custom: custom.changed }) };
      if (Object.keys(changed).length > 0) toasts.done(t('changed', { name }), await author.edit('crm.contact_point', point.id, changed));
    }
    onDone();
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (isComplete) void save().catch(toasts.failed);
      }}
    >
      <Stack gap="md">
        <Select
          label={t('kind')}
          allowDeselect={false}
          value={fields.kind}
          onChange={(value) => set('kind', value)}
          data={enumValues('crm.contact_point', 'kind').map((value) => ({ value, label: word('contact', value) }))}
        />
        <TextInput label={t('value')} required maxLength={200} data-autofocus {...field('value')} />
        <TextInput label={t('person')} maxLength={200} {...field('person_name')} />
        <TextInput label={t('label')} maxLength={100} {...field('label')} />
        <FormInputs fields={custom} />
        <Button type="submit" disabled={!isComplete}>
          {t('save')}
        </Button>
      </Stack>
    </form>
  );
}

/** Return an address on one line. */
export function addressLine(address: Address): string {
  const town = [address.postal_code, address.city, address.province && `(${address.province})`].filter(Boolean).join(' ');
  return [address.street, town, address.country].filter(Boolean).join(', ');
}

function Addresses({ id }: { readonly id: string }) {
  const t = useTexts(customerTexts);
  const word = useWords();
  const { ready, rows } = useRecords('crm.address', { where: { party_id: id }, order: [['kind', 'asc']] });
  const [edited, setEdited] = useState<Partial<Address> | null>(null);
  if (!ready) return null;
  return (
    <section aria-label={t('addresses')}>
      <Group justify="space-between" mb="sm">
        <h3 className={styles.group}>{t('addresses')}</h3>
        <Writable>
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setEdited({})}>
            {t('add_address')}
          </Button>
        </Writable>
      </Group>
      {rows.length === 0 && <Quiet>{t('no_addresses')}</Quiet>}
      <ul className={styles.list}>
        {rows.map((address) => (
          <li key={address.id} className={styles.row}>
            <div className={styles.main}>
              {addressLine(address)}
              <div className={styles.note}>{[word('address', address.kind), address.label].filter(Boolean).join(' · ')}</div>
            </div>
            <Writable>
              <RowActions entity="crm.address" id={address.id} name={addressLine(address)} onEdit={() => setEdited(address)} />
            </Writable>
          </li>
        ))}
      </ul>
      <Dialog opened={edited !== null} onClose={() => setEdited(null)} title={t(edited?.id === undefined ? 'add_address' : 'change_address')}>
        {edited !== null && <AddressForm party={id} address={edited} onDone={() => setEdited(null)} />}
      </Dialog>
    </section>
  );
}

function AddressForm({ party, address, onDone }: FormProps & { readonly address: Partial<Address> }) {
  const t = useTexts(customerTexts);
  const word = useWords();
  const author = useAuthor();
  const toasts = useToasts();
  const { fields, field, set, touched } = useFields<Record<'kind' | 'label' | 'street' | 'postal_code' | 'city' | 'province' | 'country', string>>({
    kind: address.kind === undefined || address.kind === 'unspecified' ? 'legal' : address.kind,
    label: address.label ?? '',
    street: address.street ?? '',
    postal_code: address.postal_code ?? '',
    city: address.city ?? '',
    province: address.province ?? '',
    country: address.country ?? 'IT',
  });
  const custom = useFormFields('crm.address', address, { party_id: party, ...fields });
  const isComplete = fields.city.trim() !== '' && custom?.isComplete === true;
  const save = async () => {
    const name = fields.city;
    if (address.id === undefined) {
      const values = { ...fields, kind: fields.kind as Address['kind'] };
      toasts.done(t('added', { name }), await author.create('crm.address', { party_id: party, ...values, ...(custom?.given && { custom: custom.given }) }));
    } else {
      const changed = { ...(touched as Partial<Address>), ...(custom?.changed && { custom: custom.changed }) };
      if (Object.keys(changed).length > 0) toasts.done(t('changed', { name }), await author.edit('crm.address', address.id, changed));
    }
    onDone();
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (isComplete) void save().catch(toasts.failed);
      }}
    >
      <Stack gap="md">
        <Select
          label={t('kind')}
          allowDeselect={false}
          value={fields.kind}
          onChange={(value) => set('kind', value)}
          data={enumValues('crm.address', 'kind').map((value) => ({ value, label: word('address', value) }))}
        />
        <TextInput label={t('street')} maxLength={200} data-autofocus {...field('street')} />
        <Group grow align="flex-start">
          <TextInput label={t('postal_code')} maxLength={20} {...field('postal_code')} />
          <TextInput label={t('city')} required maxLength={100} {...field('city')} />
        </Group>
        <Group grow align="flex-start">
          <TextInput label={t('province')} maxLength={50} {...field('province')} />
          <TextInput label={t('country')} maxLength={2} {...field('country')} />
        </Group>
        <TextInput label={t('label')} maxLength={100} {...field('label')} />
        <FormInputs fields={custom} />
        <Button type="submit" disabled={!isComplete}>
          {t('save')}
        </Button>
      </Stack>
    </form>
  );
}
