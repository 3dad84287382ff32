import { ActionIcon, Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { Link } from 'wouter';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { enumValues, useAuthor, useRecord, useRecords, type RecordOf } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { useToday } from '../../ui/day';
import { PartyPicker } from '../../ui/PartyPicker';
import { Quiet } from '../../ui/Section';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { Writable } from '../../ui/Writable';
import styles from './Customer.module.css';
import { customerTexts } from './texts';

type Relationship = RecordOf<'crm.relationship'>;

/** What a customer is to other parties, and they to it, read from either side. */
export function Relationships({ id }: { readonly id: string }) {
  const t = useTexts(customerTexts);
  const { ready, rows } = useRecords('crm.relationship', { where: { any: [{ party_id: id }, { other_id: id }] }, order: [['kind', 'asc']] });
  const [adding, setAdding] = useState(false);
  if (!ready) return null;
  return (
    <section aria-label={t('relationships')}>
      <Group justify="space-between" mb="sm">
        <h3 className={styles.group}>{t('relationships')}</h3>
        <Writable>
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAdding(true)}>
            {t('add_relationship')}
          </Button>
        </Writable>
      </Group>
      {rows.length === 0 && <Quiet>{t('no_relationships')}</Quiet>}
      <ul className={styles.list}>
        {rows.map((relationship) => (
          <Row key={relationship.id} relationship={relationship} id={id} />
        ))}
      </ul>
      <Dialog opened={adding} onClose={() => setAdding(false)} title={t('add_relationship')}>
        {adding && <RelationshipForm id={id} onDone={() => setAdding(false)} />}
      </Dialog>
    </section>
  );
}

function Row({ relationship, id }: { readonly relationship: Relationship; readonly id: string }) {
  const t = useTexts(customerTexts);
  const word = useWords();
  const format = useFormat();
  const today = useToday();
  const author = useAuthor();
  const toasts = useToasts();
  const isOwn = relationship.party_id === id;
  const otherId = isOwn ? relationship.other_id : relationship.party_id;
  const { record: other } = useRecord('crm.party', otherId);
  const name = other?.name ?? t('not_here');
  const isOver = relationship.until !== '' && relationship.until < today;
  const remove = () =>
    void author
      .remove('crm.relationship', relationship.id)
      .then((made) => toasts.done(t('removed', { name }), made))
      .catch(toasts.failed);
  return (
    <li className={styles.row}>
      <div className={styles.main}>
        <span className={styles.note}>{word(isOwn ? 'relationship' : 'relationship_of', relationship.kind)}</span>{' '}
        {other === null ? (
          <span>{name}</span>
        ) : (
          <Link href={`/customers/${otherId}`} className={styles.link}>
            {name}
          </Link>
        )}
        <div className={styles.note}>{[relationship.function, isOver && t('until', { date: format.date(relationship.until) })].filter(Boolean).join(' · ')}</div>
      </div>
      <Writable>
        <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('remove_of', { name })} onClick={remove}>
          <IconTrash size={16} stroke={1.7} />
        </ActionIcon>
      </Writable>
    </li>
  );
}

function RelationshipForm({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const t = useTexts(customerTexts);
  const word = useWords();
  const author = useAuthor();
  const toasts = useToasts();
  const [kind, setKind] = useState<Relationship['kind']>('subsidiary_of');
  const [other, setOther] = useState('');
  const [what, setWhat] = useState('');
  const save = async () => {
    const made = await author.create('crm.relationship', { party_id: id, kind, other_id: other, function: what.trim() });
    toasts.done(t('relationship_added'), made);
    onDone();
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (other !== '') void save().catch(toasts.failed);
      }}
    >
      <Stack gap="md">
        <Select
          label={t('kind')}
          allowDeselect={false}
          data-autofocus
          data={enumValues('crm.relationship', 'kind').map((value) => ({ value, label: word('relationship', value) }))}
          value={kind}
          onChange={(value) => setKind(value as Relationship['kind'])}
        />
        <PartyPicker label={t('other_party')} placeholder={t('find_party')} nothing={t('no_party')} value={other} onChange={setOther} />
        <TextInput label={t('function')} maxLength={100} value={what} onChange={(event) => setWhat(event.currentTarget.value)} />
        <Group justify="flex-end">
          <Button type="submit" disabled={other === '' || other === id}>
            {t('save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
