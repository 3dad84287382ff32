import { ActionIcon, VisuallyHidden } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useLayoutEffect, useRef } from 'react';
import { Link } from 'wouter';
import { useTexts } from '../../i18n/texts';
import type { Busy } from './busy';
import styles from './Calendar.module.css';
import { isOn, minutesOn, type Entry } from './entries';
import { EntryButton, type Drawing } from './EntryButton';
import { dayOf } from '../../ui/day';
import { placed } from './placing';
import { Slots } from './Slots';
import { midnight } from './span';
import { calendarTexts } from './texts';
import type { Landing } from './useDrag';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
/** The day begins here on view; the night is above. */
const MORNING = 7;
const percent = (minutes: number) => `${(minutes / 1440) * 100}%`;

/** One day or a week, hour by hour. */
export function HoursView({
  days,
  entries,
  busy,
  drawing,
  landing,
  today,
  now,
  locale,
  onAdd,
}: {
  readonly days: readonly string[];
  readonly entries: readonly Entry[];
  readonly busy: readonly Busy[];
  readonly drawing: Drawing;
  readonly landing: { readonly entry: Entry; readonly landing: Landing | null } | null;
  readonly today: string;
  readonly now: Date;
  readonly locale: string;
  readonly onAdd: (begins: Date | string, ends?: Date) => void;
}) {
  const t = useTexts(calendarTexts);
  const scroller = useRef<HTMLDivElement>(null);
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric' });
  const whole = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  useLayoutEffect(() => {
    const { current } = scroller;
    if (current !== null) current.scrollTop = (current.scrollHeight * MORNING) / 24;
  }, []);
  return (
    <div className={styles.hoursView} ref={scroller} role="region" aria-label={t('title')} style={{ ['--days' as string]: days.length }}>
      <div className={styles.heads}>
        <div className={styles.corner}>{t('all_day')}</div>
        {days.map((day) => (
          <section key={day} className={styles.head} data-day={day} data-today={day === today || undefined} aria-label={`${t('all_day')}, ${whole.format(midnight(day))}`}>
            <div className={styles.headLine}>
              <Link href={`/calendar?view=day&on=${day}`} aria-current={day === today ? 'date' : undefined}>
                {weekday.format(midnight(day))}
                <VisuallyHidden>, {t('open_day', { day: whole.format(midnight(day)) })}</VisuallyHidden>
              </Link>
              <ActionIcon variant="subtle" color="gray" size={22} aria-label={t('add_on', { day: whole.format(midnight(day)) })} onClick={() => onAdd(day)}>
                <IconPlus size={14} />
              </ActionIcon>
            </div>
            <div className={styles.wholeDay}>
              {entries
                .filter((entry) => entry.days !== null && isOn(entry, day))
                .map((entry) => (
                  <EntryButton key={entry.key} entry={entry} drawing={drawing} short />
                ))}
            </div>
          </section>
        ))}
      </div>
      <div className={styles.hours}>
        <div className={styles.scale} aria-hidden>
          {HOURS.map((hour) => (
            <span key={hour}>{hour === 0 ? '' : `${String(hour).padStart(2, '0')}:00`}</span>
          ))}
        </div>
        {days.map((day) => (
          <section key={day} className={styles.column} data-day={day} data-hours="" data-today={day === today || undefined} aria-label={whole.format(midnight(day))}>
            <Slots day={day} label={t('add_on', { day: whole.format(midnight(day)) })} onAdd={onAdd} />
            {busy
              .filter((each) => minutesOn(each.ends, day) > 0 && minutesOn(each.begins, day) < 1440)
              .map((each) => (
                <div key={`${each.userId} ${each.begins.getTime()}`} className={styles.busy} style={{ top: percent(minutesOn(each.begins, day)), height: percent(minutesOn(each.ends, day) - minutesOn(each.begins, day)) }}>
                  {t('busy')} · {each.name}
                </div>
              ))}
            {placed(entries.filter((entry) => entry.days === null && isOn(entry, day)), day).map(({ entry, top, height, column, columns }) => (
              <EntryButton
                key={entry.key}
                entry={entry}
                drawing={drawing}
                short={height < 45}
                tall={height >= 90}
                hasEdge={entry.isMine && !entry.isDue && dayOf(new Date(entry.ends.getTime() - 1)) <= day}
                style={{ position: 'absolute', top: percent(top), height: percent(height), left: `${(column / columns) * 100}%`, width: `calc(${100 / columns}% - 3px)` }}
              />
            ))}
            {landing?.landing?.day === day && landing.landing.minutes !== null && (
              <div className={styles.landing} data-end={landing.landing.isEnd || undefined} style={{ top: percent(landing.landing.minutes) }} aria-hidden>
                {clock(landing.landing.minutes)} {landing.entry.source.record.subject}
              </div>
            )}
            {day === today && <div className={styles.now} style={{ top: percent(minutesOn(now, day)) }} aria-hidden />}
          </section>
        ))}
      </div>
    </div>
  );
}

const clock = (minutes: number) => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
