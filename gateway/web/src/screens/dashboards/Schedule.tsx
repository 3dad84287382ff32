import { ActionIcon, Button, Checkbox, Group, NativeSelect, SimpleGrid, Stack } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { textOf, useLanguage, useTexts } from '../../i18n/texts';
import { useRecords, useMe, type RecordOf } from '../../replica';
import { DateField } from '../../ui/DateField';
import { Dialog } from '../../ui/Dialog';
import { TimeField } from '../../ui/TimeField';
import { dayOf } from '../../ui/day';
import { textIn } from './figures';
import { useChanges, type KeptReport } from './kept';
import { ownTexts } from './ownTexts';
import { FORMATS, planOf, RHYTHMS, scheduleOf, WEEKDAYS, type Plan } from './scheduling';
import { dashboardTexts } from './texts';

const DAY_MS = 86_400_000;
const MOST_RECIPIENTS = 50;

type User = RecordOf<'identity.user'>;

/** When a report goes to whom: set, held up, taken away. */
export function ScheduleForm(props: { readonly kept: KeptReport; readonly onClose: () => void }) {
  const { ready, rows } = useRecords('identity.user', { order: [['display_name', 'asc']], limit: 500 });
  return ready ? <Form {...props} users={rows} /> : null;
}

/** Whether a mail would reach somebody. */
const isReached = (user: User) => user.email !== '' && !user.inactive;

function Form({ kept, users, onClose }: { readonly kept: KeptReport; readonly users: readonly User[]; readonly onClose: () => void }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const { change } = useChanges();
  const me = useMe();
  const { report } = kept;
  const name = textIn(report.names, language);
  const [plan, setPlan] = useState(() => planOf(report.schedule, dayOf(new Date(Date.now() + DAY_MS)), users.some((each) => each.id === me && isReached(each)) ? me : ''));
  const [waiting, setWaiting] = useState(false);
  const set = (to: Partial<Plan>) => setPlan((before) => ({ ...before, ...to }));
  const schedule = scheduleOf(plan);
  const write = async (wanted: typeof schedule, told: string) => {
    setWaiting(true);
    const isDone = await change(kept, { schedule: wanted }, told);
    setWaiting(false);
    if (isDone) onClose();
  };
  const rhythms = [...RHYTHMS, ...(plan.rhythm === 'own' ? (['own'] as const) : [])];
  return (
    <Dialog opened onClose={onClose} title={t('schedule_of', { report: name })}>
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (schedule !== null && !waiting) void write(schedule, t('schedule_saved', { report: name }));
        }}
      >
        <Stack gap="md">
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" verticalSpacing="md">
            <NativeSelect data-autofocus label={t('rhythm')} value={plan.rhythm} onChange={(event) => set({ rhythm: rhythms.find((each) => each === event.currentTarget.value) ?? 'weekly' })} data={rhythms.map((value) => ({ value, label: t(`rhythm_${value}`) }))} />
            {plan.rhythm === 'weekly' && (
              <NativeSelect label={t('weekday')} value={plan.weekday} onChange={(event) => set({ weekday: WEEKDAYS.find((each) => each === event.currentTarget.value) ?? 'MO' })} data={WEEKDAYS.map((value) => ({ value, label: textOf(t, dashboardTexts, `weekday_${value}`) }))} />
            )}
            <DateField label={t('first_day')} required value={plan.day} onChange={(day) => set({ day: day ?? '' })} />
            <TimeField label={t('time')} description={t('time_hint')} inputWrapperOrder={['label', 'input', 'description', 'error']} required value={plan.time} onChange={(time) => set({ time })} />
            <NativeSelect label={t('format')} value={plan.format} onChange={(event) => set({ format: FORMATS.find((each) => each === event.currentTarget.value) ?? 'pdf' })} data={FORMATS.map((value) => ({ value, label: t(`as_${value}`) }))} />
          </SimpleGrid>
          <Recipients users={users} value={plan.recipients} onChange={(recipients) => set({ recipients })} />
          <Checkbox label={t('paused')} checked={plan.paused} onChange={(event) => set({ paused: event.currentTarget.checked })} />
          <Group justify="space-between">
            {report.schedule == null ? (
              <span />
            ) : (
              <Button variant="subtle" color="red" disabled={waiting} onClick={() => void write(null, t('schedule_removed', { report: name }))}>
                {t('schedule_remove')}
              </Button>
            )}
            <Button type="submit" disabled={schedule === null || waiting}>
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Recipients({ users, value, onChange }: { readonly users: readonly User[]; readonly value: readonly string[]; readonly onChange: (ids: string[]) => void }) {
  const t = useTexts(dashboardTexts);
  const own = useTexts(ownTexts);
  const named = (user: User) => user.display_name || user.user_name;
  const said = (user: User) => (user.email === '' ? own('no_address', { name: named(user) }) : named(user));
  const chosen = value.map((id) => ({ id, user: users.find((each) => each.id === id) }));
  const others = users.filter((each) => !value.includes(each.id) && !each.inactive);
  const isLacking = [...others, ...chosen.flatMap(({ user }) => user ?? [])].some((each) => each.email === '');
  return (
    <Stack gap={6} role="group" aria-label={t('recipients')}>
      <strong>{t('recipients')}</strong>
      {chosen.map(({ id, user }) => (
        <Group key={id} gap={4} justify="space-between">
          <span>{user === undefined ? t('nobody') : said(user)}</span>
          <ActionIcon variant="subtle" color="gray" size={28} aria-label={t('recipient_remove', { name: user === undefined ? t('nobody') : named(user) })} title={t('remove')} onClick={() => onChange(value.filter((each) => each !== id))}>
            <IconX size={16} />
          </ActionIcon>
        </Group>
      ))}
      <NativeSelect
        label={t('recipient_add')}
        description={isLacking ? `${t('recipients_hint')} ${own('no_address_hint')}` : t('recipients_hint')}
        value=""
        disabled={value.length >= MOST_RECIPIENTS}
        onChange={(event) => event.currentTarget.value !== '' && onChange([...value, event.currentTarget.value])}
        data={[{ value: '', label: '—' }, ...others.map((each) => ({ value: each.id, label: said(each), disabled: !isReached(each) }))]}
      />
    </Stack>
  );
}
