import { ActionIcon, Button, Group, MultiSelect, SegmentedControl, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconPlus } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useLanguage, useTexts } from '../../i18n/texts';
import { useAuthor, useRecords, useMe } from '../../replica';
import { dayOf } from '../../ui/day';
import { useKeys } from '../../ui/keys';
import { PageHead } from '../../ui/PageHead';
import { useIsPhone } from '../../ui/phone';
import { useToasts } from '../../ui/toast';
import { openQuickAdd } from '../quick-add/opening';
import { usePartyNames } from '../today/Reminders';
import { AgendaView } from './AgendaView';
import { useBusy } from './busy';
import styles from './Calendar.module.css';
import { EntryDetails } from './EntryDetails';
import { useEntries, type Entry } from './entries';
import type { Drawing } from './EntryButton';
import { HoursView } from './HoursView';
import { MonthView } from './MonthView';
import { momentOn, move, notBefore, repeats, seriesCanFollow, stretched, type Scope, type Target } from './moving';
import { SeriesQuestion } from './SeriesQuestion';
import { daysOf, midnight, step, titleOf, VIEWS, type ViewName } from './span';
import { calendarTexts } from './texts';
import { useDrag, type Landing } from './useDrag';

const MINUTE_MS = 60_000;

/** Calls, visits, meetings and one's own appointments: by day, week or month, with colleagues beside. */
export default function Calendar() {
  const t = useTexts(calendarTexts);
  const locale = useLanguage() === 'it' ? 'it-IT' : 'en-GB';
  const now = useNow();
  const today = dayOf(now);
  const { view, on, colleagues, go } = useAddress(today);
  const phone = useIsPhone();
  const me = useMe();
  const users = useMemo(() => [me, ...colleagues], [me, colleagues]);
  const days = useMemo(() => daysOf(view, on), [view, on]);
  const { ready, entries } = useEntries(days, users);
  const { known, busy } = useBusy(view, on, colleagues);
  const { asked, propose, answer } = useMove();
  const [opened, setOpened] = useState<Entry | null>(null);
  const names = usePartyNames(entries.flatMap(({ source }) => (source.entity === 'crm.activity' ? [source.record.party_id] : [])));
  const people = useRecords('identity.user', { order: [['display_name', 'asc']], limit: 500 }).rows;
  const { dragged, wasDragged, grip } = useDrag((entry, landing) => propose(entry, landing.isEnd ? { begins: entry.begins, ends: endOf(entry, landing) } : { begins: landed(entry, landing) }));
  const drawing: Drawing = {
    names,
    initials: (entry) => (entry.userId === me ? '' : initialsOf(people.find((each) => each.id === entry.userId)?.display_name ?? '?')),
    tone: (entry) => users.indexOf(entry.userId) % 6,
    grip,
    open: (entry) => {
      if (!wasDragged()) setOpened(entry);
    },
    nudge: (entry, byDays, byMinutes) => propose(entry, { begins: nudged(entry, byDays, byMinutes) }),
    stretch: (entry, byDays, byMinutes) => propose(entry, { begins: entry.begins, ends: stretched(entry, byDays, byMinutes) }),
  };
  useKeys({
    '1': () => go({ view: 'day' }),
    '2': () => go({ view: 'week' }),
    '3': () => go({ view: 'month' }),
    '0': () => go({ on: today }),
    j: () => go({ on: step(view, on, 1) }),
    k: () => go({ on: step(view, on, -1) }),
  });
  return (
    <div className={styles.screen}>
      <PageHead title={t('title')} note={<span className={styles.period}>{titleOf(view, days, on, locale)}</span>}>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => add(on === today || days.includes(today) ? today : on)}>
          {t('add')}
        </Button>
      </PageHead>
      <Group className={styles.toolbar} gap="sm" mb="md">
        <Group gap={4} wrap="nowrap">
          <ActionIcon variant="default" size={34} aria-label={t('before')} onClick={() => go({ on: step(view, on, -1) })}>
            <IconChevronLeft size={18} />
          </ActionIcon>
          <Button variant="default" className={styles.today} onClick={() => go({ on: today })}>
            {t('today')}
          </Button>
          <ActionIcon variant="default" size={34} aria-label={t('after')} onClick={() => go({ on: step(view, on, 1) })}>
            <IconChevronRight size={18} />
          </ActionIcon>
        </Group>
        <SegmentedControl className={styles.view} aria-label={t('view')} value={view} onChange={(chosen) => go({ view: chosen })} data={VIEWS.map((value) => ({ value, label: t(value) }))} />
        <MultiSelect
          className={styles.colleagues}
          aria-label={t('colleagues')}
          placeholder={colleagues.length === 0 ? t('colleagues_hint') : ''}
          nothingFoundMessage={t('colleagues_none')}
          searchable
          maxValues={5}
          value={[...colleagues]}
          onChange={(chosen) => go({ colleagues: chosen })}
          data={people.filter((each) => each.id !== me).map((each) => ({ value: each.id, label: each.display_name || each.user_name }))}
        />
      </Group>
      {!known && (
        <Text size="sm" c="dimmed" mb="xs">
          {t('busy_offline')}
        </Text>
      )}
      {ready &&
        (phone ? (
          <AgendaView days={days} entries={entries} drawing={drawing} today={today} locale={locale} onAdd={() => add(on)} />
        ) : view === 'month' ? (
          <MonthView days={days} month={on.slice(0, 7)} entries={entries} drawing={drawing} landing={dragged} today={today} locale={locale} onAdd={add} />
        ) : (
          <HoursView days={days} entries={entries} busy={busy} drawing={drawing} landing={dragged} today={today} now={now} locale={locale} onAdd={add} />
        ))}
      {opened !== null && <EntryDetails key={opened.key} entry={opened} names={names} onClose={() => setOpened(null)} onMove={propose} />}
      {asked !== null && <SeriesQuestion entry={asked.entry} canFollow={seriesCanFollow(asked.entry, asked.target)} onAnswer={answer} />}
    </div>
  );
}

const add = (begins: Date | string, ends?: Date) => openQuickAdd(typeof begins === 'string' ? { kind: 'entry', on: begins } : { kind: 'entry', begins, ...(ends !== undefined && { ends }) });

/** What is on view stands in the address: back, a reload and a link show the same. */
function useAddress(today: string) {
  const [, navigate] = useLocation();
  const search = useSearch();
  const asked = useMemo(() => new URLSearchParams(search), [search]);
  const view = VIEWS.find((each) => each === asked.get('view')) ?? 'week';
  const on = /^\d{4}-\d\d-\d\d$/.test(asked.get('on') ?? '') ? (asked.get('on') ?? today) : today;
  const shown = asked.get('with') ?? '';
  const colleagues = useMemo(() => shown.split(',').filter(Boolean), [shown]);
  const go = (to: { readonly view?: ViewName; readonly on?: string; readonly colleagues?: readonly string[] }) => {
    const next = new URLSearchParams({ view: to.view ?? view, on: to.on ?? on });
    const chosen = to.colleagues ?? colleagues;
    if (chosen.length > 0) next.set('with', chosen.join(','));
    navigate(`/calendar?${next.toString()}`, { replace: to.colleagues !== undefined });
  };
  return { view, on, colleagues, go };
}

/** Moves an entry; one that repeats only after its user has said what moves. */
function useMove() {
  const t = useTexts(calendarTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const [asked, setAsked] = useState<{ readonly entry: Entry; readonly target: Target } | null>(null);
  const carryOut = (entry: Entry, target: Target, scope: Scope) =>
    void move(author, entry, target, scope)
      .then((written) => toasts.done(t(target.begins.getTime() === entry.begins.getTime() ? 'stretched' : 'moved', { name: entry.source.record.subject }), written))
      .catch(toasts.failed);
  return {
    asked,
    propose: (entry: Entry, target: Target) => {
      if (target.begins.getTime() === entry.begins.getTime() && (target.ends === undefined || target.ends.getTime() === entry.ends.getTime())) return;
      if (repeats(entry)) setAsked({ entry, target });
      else carryOut(entry, target, 'one');
    },
    answer: (scope: Scope | null) => {
      if (asked !== null && scope !== null) carryOut(asked.entry, asked.target, scope);
      setAsked(null);
    },
  };
}

/** Where a dropped entry begins: whole days keep none of the hours, hours stay where a day has none. */
function landed(entry: Entry, { day, minutes }: Landing): Date {
  if (entry.days !== null) return midnight(day);
  return momentOn(day, minutes ?? entry.begins.getHours() * 60 + entry.begins.getMinutes());
}

/** Where the end of an entry was dropped. */
function endOf(entry: Entry, { day, minutes }: Landing): Date {
  return notBefore(entry, momentOn(day, minutes ?? 0));
}

function nudged(entry: Entry, days: number, minutes: number): Date {
  const moment = new Date(entry.begins);
  moment.setDate(moment.getDate() + days);
  if (entry.days === null) moment.setMinutes(moment.getMinutes() + minutes);
  return moment;
}

function initialsOf(name: string): string {
  return name.split(/\s+/).map((word) => word.slice(0, 1)).join('').slice(0, 2).toUpperCase();
}

function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
