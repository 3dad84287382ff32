/** At opening, one popup with what was missed and what is due: done, postponed, or looked at later. */
import { Button, Group, Menu, Text } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useEffect, useMemo } from 'react';
import { useLocation } from 'wouter';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useAuthor, useRecords, useSyncFacts, type Group as Changes } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { dayOf } from '../../ui/day';
import { Items } from '../../ui/Section';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { ActivityItem } from '../activities/ActivityItem';
import itemStyles from '../activities/ActivityItem.module.css';
import { daysToMonday, momentOf, morning } from '../activities/open';
import { closeReminders, rememberShown, triggerOf, useClock, useDue, useReminding, useUndisturbing, type Reminder } from './due';
import styles from './Today.module.css';
import { todayTexts } from './texts';

/** Whoever decides about conflicts or settings is not interrupted: it comes afterwards. */
const ELSEWHERE = /^\/(sync|settings)/;
export function Reminders() {
  const t = useTexts(todayTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const { session } = useSyncFacts();
  const [location] = useLocation();
  const now = useClock();
  const { ready, reminders, activities, count } = useDue(now);
  const opened = useReminding(reminders, ready);
  const names = usePartyNames(activities.map((row) => row.party_id));
  const today = dayOf(now);
  const isMissed = (moment: string) => dayOf(new Date(moment)) < today;
  const show = useUndisturbing(opened && !ELSEWHERE.test(location) && session !== null && ready && count > 0);
  useEffect(() => {
    if (show) rememberShown();
  }, [show]);
  const together = (said: string, write: (group: Changes) => void) => {
    const group = author.group();
    write(group);
    closeReminders();
    void group.save().then((written) => toasts.done(said, written)).catch(toasts.failed);
  };
  const allTomorrow = () =>
    together(t('postponed', { count }), (group) => {
      const tomorrow = morning(now, 1);
      for (const reminder of reminders) snooze(group, reminder, now, tomorrow);
      for (const row of activities) group.edit('crm.activity', row.id, { due_at: tomorrow.toISOString() });
    });
  const allSeen = () =>
    together(t('seen_all_done', { count: reminders.length }), (group) => {
      for (const reminder of reminders) dismiss(group, reminder, now);
    });
  const part = (title: string, missed: boolean) => {
    const [mine, late] = [reminders.filter((each) => isMissed(triggerOf(each)) === missed), activities.filter((each) => isMissed(momentOf(each)) === missed)];
    if (mine.length + late.length === 0) return null;
    return (
      <section aria-label={title}>
        <h3 className={styles.part}>{title}</h3>
        <Items>
          {mine.map((reminder) => (
            <ReminderItem key={reminder.id} reminder={reminder} now={now} />
          ))}
          {late.map((activity) => (
            <ActivityItem key={activity.id} activity={activity} partyName={names.get(activity.party_id) ?? ''} now={now} />
          ))}
        </Items>
      </section>
    );
  };
  return (
    <Dialog
      opened={show}
      onClose={closeReminders}
      title={t('reminders')}
      size={620}
    >
      <Text size="sm" c="dimmed" mb="sm">
        {t('missed', { count })}
      </Text>
      <div className={styles.reminders}>
        {part(t('due_now'), false)}
        {part(t('due_before'), true)}
      </div>
      <Group justify="flex-end" gap="sm" mt="md">
        {reminders.length > 1 && (
          <Button variant="default" onClick={allSeen}>
            {t('seen_all')}
          </Button>
        )}
        <Button variant="default" onClick={allTomorrow}>
          {t('all_tomorrow')}
        </Button>
        <Button onClick={closeReminders}>{t('close')}</Button>
      </Group>
    </Dialog>
  );
}

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
