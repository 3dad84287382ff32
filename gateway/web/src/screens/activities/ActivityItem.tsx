import { ActionIcon, Button, Menu, Popover, Stack, TextInput, Tooltip } from '@mantine/core';
import { IconCalendarTime, IconCheck, IconForms, IconMail, IconMapPin, IconPhone, IconSquareCheck, IconUsers, type Icon } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { CustomFields } from '../../fields/CustomFields';
import { useFields, useForm } from '../../fields/shapes';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useAuthor, type RecordOf, type Written } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { Writable } from '../../ui/Writable';
import styles from './ActivityItem.module.css';
import { daysToMonday, isOpen, momentOf, morning } from './open';
import { activitiesTexts } from './texts';

const ICONS: Readonly<Record<string, Icon>> = { call: IconPhone, visit: IconMapPin, meeting: IconUsers, task: IconSquareCheck, mail: IconMail };


/** An activity in a list: what, when, with whom; done and postponed here. */
export function ActivityItem({
  activity,
  partyName,
  now,
}: {
  readonly activity: RecordOf<'crm.activity'>;
  /** Absent where the customer is known anyway. */
  readonly partyName?: string | undefined;
  readonly now: Date;
}) {
  const t = useTexts(activitiesTexts);
  const format = useFormat();
  const word = useWords();
  const Picture = ICONS[activity.kind] ?? IconSquareCheck;
  const moment = momentOf(activity);
  const open = isOpen(activity);
  const late = open && moment !== '' && new Date(moment) < now;
  const when = moment === '' ? t('no_date') : format.moment(moment);
  return (
    <li className={styles.item} data-late={late || undefined}>
      <span className={styles.icon} title={word('activity', activity.kind)}>
        <Picture size={17} stroke={1.7} aria-label={word('activity', activity.kind)} />
      </span>
      <div className={styles.text}>
        <div className={styles.subject}>{activity.subject}</div>
        <div className={styles.note}>
          {partyName !== undefined && partyName !== '' && (
            <Link href={`/customers/${activity.party_id}`} className={styles.party}>
              {partyName}
            </Link>
          )}
          <span className={styles.when}>{late ? t('overdue', { when }) : open ? when : word('activity_state', activity.state)}</span>
          {activity.outcome !== '' && <span>{activity.outcome}</span>}
        </div>
      </div>
      <OtherData activity={activity} />
      {open && (
        <Writable>
          <Actions activity={activity} now={now} />
        </Writable>
      )}
    </li>
  );
}

/** The company's own fields of an activity, where there are any. */
function OtherData({ activity }: { readonly activity: RecordOf<'crm.activity'> }) {
  const t = useTexts(activitiesTexts);
  const [opened, setOpened] = useState(false);
  if (useFields('crm.activity').length === 0) return null;
  return (
    <>
      <Tooltip label={t('other_data')}>
        <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('other_data_of', { subject: activity.subject })} onClick={() => setOpened(true)}>
          <IconForms size={17} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
      <Dialog opened={opened} onClose={() => setOpened(false)} title={activity.subject}>
        {opened && <OtherFields activity={activity} />}
      </Dialog>
    </>
  );
}

function OtherFields({ activity }: { readonly activity: RecordOf<'crm.activity'> }) {
  return <CustomFields entity="crm.activity" record={activity} form={useForm('crm.activity', activity)} />;
}

function Actions({ activity, now }: { readonly activity: RecordOf<'crm.activity'>; readonly now: Date }) {
  const t = useTexts(activitiesTexts);
  const format = useFormat();
  const author = useAuthor();
  const toasts = useToasts();
  const tell = (text: string, written: Promise<Written>) => void written.then((made) => toasts.done(text, made)).catch(toasts.failed);
  const postpone = (days: number) => {
    const moment = morning(now, days).toISOString();
    const field = activity.due_at == null && activity.starts_at != null ? 'starts_at' : 'due_at';
    tell(
      t('postponed', { date: format.date(moment), subject: activity.subject }),
      author.edit('crm.activity', activity.id, { [field]: moment }),
    );
  };
  const cancel = () =>
    tell(
      t('cancelled', { subject: activity.subject }),
      author.command('crm.activity:cancel', activity.id, {}, { [`crm.activity/${activity.id}`]: { state: 'cancelled' } }),
    );
  return (
    <div className={styles.actions}>
      <Menu position="bottom-end" shadow="sm">
        <Menu.Target>
          <Tooltip label={t('postpone')}>
            <ActionIcon variant="subtle" color="gray" size={30} aria-label={t('postpone_of', { subject: activity.subject })}>
              <IconCalendarTime size={17} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => postpone(1)}>{t('tomorrow')}</Menu.Item>
          <Menu.Item onClick={() => postpone(daysToMonday(now))}>{t('next_week')}</Menu.Item>
          <Menu.Item onClick={() => postpone(30)}>{t('in_a_month')}</Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={cancel}>{t('cancel')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Complete activity={activity} />
    </div>
  );
}

function Complete({ activity }: { readonly activity: RecordOf<'crm.activity'> }) {
  const t = useTexts(activitiesTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const [opened, setOpened] = useState(false);
  const [outcome, setOutcome] = useState('');
  const complete = async () => {
    const said = outcome.trim();
    const expected = { [`crm.activity/${activity.id}`]: { state: 'done', outcome: said } };
    toasts.done(
      t('completed', { subject: activity.subject }),
      await author.command('crm.activity:complete', activity.id, { outcome: said }, expected),
    );
  };
  return (
    <Popover position="bottom-end" trapFocus returnFocus shadow="sm" width={280} opened={opened} onChange={setOpened}>
      <Popover.Target>
        <Button
          variant="default"
          size="compact-sm"
          className={styles.complete}
          leftSection={<IconCheck size={15} aria-hidden />}
          aria-label={t('complete_of', { subject: activity.subject })}
          onClick={() => setOpened((before) => !before)}
        >
          {t('complete')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('complete_of', { subject: activity.subject })}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setOpened(false);
            void complete().catch(toasts.failed);
          }}
        >
          <Stack gap="sm">
            <TextInput
              label={t('outcome')}
              placeholder={t('outcome_hint')}
              maxLength={500}
              data-autofocus
              value={outcome}
              onChange={(event) => setOutcome(event.currentTarget.value)}
            />
            <Button type="submit">{t('confirm')}</Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
