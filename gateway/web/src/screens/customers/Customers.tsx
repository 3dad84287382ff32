import { Button, Menu, Popover, Stack, TextInput } from '@mantine/core';
import { IconPhonePlus, IconPlus, IconUserShare } from '@tabler/icons-react';
import { useState } from 'react';
import { useTexts } from '../../i18n/texts';
import { useAuthor, useRecords, type RecordOf } from '../../replica';
import { DateField } from '../../ui/DateField';
import { dayOf } from '../../ui/day';
import { RecordList } from '../../ui/RecordList';
import { useToasts } from '../../ui/toast';
import { openQuickAdd } from '../quick-add/opening';
import { BeyondSearch } from './BeyondSearch';
import { customerList } from './list';
import { customersTexts } from './texts';

/** Largest group of changes that the server takes in one transaction. */
const MOST = 1000;

/** Customers and prospects: find one, or do something with many. */
export default function Customers() {
  const t = useTexts(customersTexts);
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => openQuickAdd({ kind: 'party' })}>
      {t('new')}
    </Button>
  );
  return (
    <RecordList
      list={customerList}
      actions={
        <>
          <BeyondSearch />
          {add}
        </>
      }
      emptyAction={add}
      renderBulk={(rows, done) => (
        <>
          <PlanCalls parties={rows} done={done} />
          <Assign parties={rows} done={done} />
        </>
      )}
    />
  );
}

interface BulkProps {
  readonly parties: readonly RecordOf<'crm.party'>[];
  readonly done: () => void;
}

function PlanCalls({ parties, done }: BulkProps) {
  const t = useTexts(customersTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const [subject, setSubject] = useState('');
  const [due, setDue] = useState<string | null>(() => dayOf(new Date()));
  const plan = async () => {
    const group = author.group();
    for (const party of parties) {
      group.create('crm.activity', {
        party_id: party.id,
        kind: 'call',
        subject: subject.trim(),
        ...(due !== '' && { due_at: new Date(`${due}T09:00`).toISOString() }),
      });
    }
    toasts.done(t('planned', { count: parties.length }), await group.save());
    done();
  };
  const ready = subject.trim() !== '' && due !== null && parties.length <= MOST;
  return (
    <Popover position="bottom-start" trapFocus returnFocus shadow="sm" width={280}>
      <Popover.Target>
        <Button variant="default" size="compact-sm" leftSection={<IconPhonePlus size={15} aria-hidden />}>
          {t('plan_call')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('plan_call')}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) void plan().catch(toasts.failed);
          }}
        >
          <Stack gap="sm">
            <TextInput
              label={t('plan_subject')}
              required
              maxLength={200}
              data-autofocus
              value={subject}
              onChange={(event) => setSubject(event.currentTarget.value)}
              error={parties.length > MOST && t('most_at_once', { count: MOST })}
            />
            <DateField label={t('plan_due')} value={due ?? ''} onChange={setDue} />
            <Button type="submit" disabled={!ready}>
              {t('plan_do')}
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

function Assign({ parties, done }: BulkProps) {
  const t = useTexts(customersTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const { rows: users } = useRecords('identity.user', { where: { inactive: false }, order: [['display_name', 'asc']] });
  const assign = async (user: RecordOf<'identity.user'>) => {
    const group = author.group();
    for (const party of parties) group.edit('crm.party', party.id, { owner_id: user.id });
    const name = user.display_name || user.user_name;
    toasts.done(t('assigned', { count: parties.length, name }), await group.save());
    done();
  };
  return (
    <Menu position="bottom-start" shadow="sm">
      <Menu.Target>
        <Button variant="default" size="compact-sm" leftSection={<IconUserShare size={15} aria-hidden />} disabled={parties.length > MOST}>
          {t('assign')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
        {users.map((user) => (
          <Menu.Item key={user.id} onClick={() => void assign(user).catch(toasts.failed)}>
            {user.display_name || user.user_name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
