/** At opening, one popup with what was missed and what is due: done, postponed, or looked at later. */
import { Button, Group, Menu, Modal, Text } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useAuthor, useRecords, useSyncFacts, type Group as Changes, type RecordOf } from '../../replica';
import { dayOf } from '../../ui/day';
import { Items } from '../../ui/Section';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { ActivityItem } from '../activities/ActivityItem';
import itemStyles from '../activities/ActivityItem.module.css';
import { daysToMonday, momentOf, morning, openOf } from '../activities/open';
import styles from './Today.module.css';
import { todayTexts } from './texts';

/** Whoever decides about conflicts or settings is not interrupted: it comes afterwards. */
const ELSEWHERE = /^\/(sync|settings)/;
const SHOWN = 'project-sales-reminded';

/** Once per window: a reload does not ask again. */
function wasShown(): boolean {
  try {
    return sessionStorage.getItem(SHOWN) !== null;
  } catch {
    return false;
  }
}

function remember(): void {
  try {
    sessionStorage.setItem(SHOWN, new Date().toISOString());
  } catch {
    // Forbidden storage: it is asked again after a reload.
  }
}

export function Reminders() {
  const t = useTexts(todayTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const { session } = useSyncFacts();
  const [location] = useLocation();
  const [now] = useState(() => new Date());
  const [opened, setOpened] = useState(() => !wasShown());
  const tonight = new Date(`${dayOf(now)}T23:59:59`).toISOString();
  const { ready, rows } = useRecords('crm.activity', {
    where: { ...openOf(session?.user_id ?? ''), due_at: { lte: tonight } },
    order: [['due_at', 'asc']],
    limit: 50,
  });
  const reminders = useDue(now);
  const reminded = useMemo(() => new Set(reminders.map((reminder) => reminder.subject_id)), [reminders]);
  const activities = rows.filter((row) => !reminded.has(row.id));
  const names = usePartyNames(rows.map((row) => row.party_id));
  const count = reminders.length + activities.length;
  const show = opened && !ELSEWHERE.test(location) && session !== null && ready && count > 0;
  useEffect(() => {
    if (show) remember();
  }, [show]);
  const allTomorrow = async () => {
    const group = author.group();
    const tomorrow = morning(now, 1);
    for (const reminder of reminders) snooze(group, reminder, now, tomorrow);
    for (const row of activities) group.edit('crm.activity', row.id, { due_at: tomorrow.toISOString() });
    toasts.done(t('postponed', { count }), await group.save());
    setOpened(false);
  };
  return (
    <Modal
      opened={show}
      onClose={() => setOpened(false)}
      title={t('reminders')}
      size={620}
      closeButtonProps={{ 'aria-label': t('close') }}
      transitionProps={{ duration: 0 }}
    >
      <Text size="sm" c="dimmed" mb="sm">
        {t('missed', { count })}
      </Text>
      <div className={styles.reminders}>
        <Items>
          {reminders.map((reminder) => (
            <ReminderItem key={reminder.id} reminder={reminder} now={now} />
          ))}
          {activities.map((activity) => (
            <ActivityItem key={activity.id} activity={activity} partyName={names.get(activity.party_id) ?? ''} now={now} />
          ))}
        </Items>
      </div>
      <Group justify="flex-end" gap="sm" mt="md">
        <Button variant="default" onClick={() => void allTomorrow().catch(toasts.failed)}>
          {t('all_tomorrow')}
        </Button>
        <Button onClick={() => setOpened(false)}>{t('close')}</Button>
      </Group>
    </Modal>
  );
}

type Reminder = RecordOf<'crm.reminder'>;

/** What waits for an answer: fired by the server, or past its time while the server was away. */
function useDue(now: Date): readonly Reminder[] {
  const past = { lte: now.toISOString() };
  const { rows } = useRecords('crm.reminder', { where: { any: [{ due_at: past }, { next_at: past }] }, limit: 100 });
  return rows;
}

const triggerOf = (reminder: Reminder) => reminder.due_at ?? reminder.next_at ?? '';

function dismiss(group: Changes, reminder: Reminder, now: Date): void {
  const done = { due_at: null, next_at: null, snoozed_until: null, acknowledged_at: now.toISOString() };
  group.command('crm.reminder:dismiss', reminder.id, { due_at: triggerOf(reminder) }, { [`crm.reminder/${reminder.id}`]: done });
}

function snooze(group: Changes, reminder: Reminder, now: Date, until: Date): void {
  const later = { due_at: null, next_at: until.toISOString(), snoozed_until: until.toISOString(), acknowledged_at: now.toISOString() };
  const request = { until: until.toISOString(), due_at: triggerOf(reminder) };
  group.command('crm.reminder:snooze', reminder.id, request, { [`crm.reminder/${reminder.id}`]: later });
}

function ReminderItem({ reminder, now }: { readonly reminder: Reminder; readonly now: Date }) {
  const t = useTexts(todayTexts);
  const word = useWords();
  const format = useFormat();
  const author = useAuthor();
  const toasts = useToasts();
  const { rows: about } = useRecords('crm.activity', { where: { id: reminder.subject_id }, limit: 1 });
  const text = reminder.text || about[0]?.subject || word(reminder.subject_entity);
  const answer = (said: string, write: (group: Changes) => void) => {
    const group = author.group();
    write(group);
    void group.save().then((written) => toasts.done(said, written)).catch(toasts.failed);
  };
  const later = (until: Date) => answer(t('snoozed', { date: format.moment(until.toISOString()) }), (group) => snooze(group, reminder, now, until));
  return (
    <li className={itemStyles.item}>
      <span className={itemStyles.icon}>
        <IconBell size={17} stroke={1.7} aria-hidden />
      </span>
      <div className={itemStyles.text}>
        <div className={itemStyles.subject}>{text}</div>
        <div className={itemStyles.note}>{format.moment(triggerOf(reminder))}</div>
      </div>
      <div className={itemStyles.actions}>
        <Menu position="bottom-end" shadow="sm">
          <Menu.Target>
            <Button variant="subtle" color="gray" size="compact-sm" aria-label={t('snooze_of', { text })}>
              {t('snooze')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => later(new Date(now.getTime() + 3_600_000))}>{t('in_an_hour')}</Menu.Item>
            <Menu.Item onClick={() => later(morning(now, 1))}>{t('tomorrow')}</Menu.Item>
            <Menu.Item onClick={() => later(morning(now, daysToMonday(now)))}>{t('next_week')}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <Button
          variant="default"
          size="compact-sm"
          aria-label={t('seen_of', { text })}
          onClick={() => answer(t('seen_done', { text }), (group) => dismiss(group, reminder, now))}
        >
          {t('seen')}
        </Button>
      </div>
    </li>
  );
}

/** Names of customers by id. */
export function usePartyNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const wanted = [...new Set(ids)].toSorted();
  const { rows } = useRecords('crm.party', { where: { id: { in: wanted } }, limit: 500 });
  return useMemo(() => new Map(rows.map((row) => [row.id, row.name])), [rows]);
}

/** When an activity is due comes first; without a date last. */
export const byMoment = (a: Parameters<typeof momentOf>[0], b: Parameters<typeof momentOf>[0]) =>
  (momentOf(a) || '9') < (momentOf(b) || '9') ? -1 : 1;
