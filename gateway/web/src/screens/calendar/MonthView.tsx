import { ActionIcon, VisuallyHidden } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useTexts } from '../../i18n/texts';
import styles from './Calendar.module.css';
import { isOn, type Entry } from './entries';
import { EntryButton, type Drawing } from './EntryButton';
import { midnight } from './span';
import { calendarTexts } from './texts';
import type { Landing } from './useDrag';

/** More of a day are on the day's own view. */
const SHOWN = 3;

/** The weeks of a month. */
export function MonthView({
  days,
  month,
  entries,
  drawing,
  landing,
  today,
  locale,
  onAdd,
}: {
  readonly days: readonly string[];
  /** "2026-03" */
  readonly month: string;
  readonly entries: readonly Entry[];
  readonly drawing: Drawing;
  readonly landing: { readonly landing: Landing | null } | null;
  readonly today: string;
  readonly locale: string;
  readonly onAdd: (day: string) => void;
}) {
  const t = useTexts(calendarTexts);
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short' });
  const whole = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  return (
    <div className={styles.month}>
      <div className={styles.weekdays} aria-hidden>
        {days.slice(0, 7).map((day) => (
          <span key={day}>{weekday.format(midnight(day))}</span>
        ))}
      </div>
      <div className={styles.weeks} style={{ gridTemplateRows: `repeat(${days.length / 7}, minmax(96px, 1fr))` }}>
        {days.map((day) => {
          const on = entries.filter((entry) => isOn(entry, day));
          const shown = on.length > SHOWN ? on.slice(0, SHOWN - 1) : on;
          const name = whole.format(midnight(day));
          return (
            <section
              key={day}
              className={styles.cell}
              aria-label={name}
              data-day={day}
              data-outside={!day.startsWith(month) || undefined}
              data-today={day === today || undefined}
              data-landing={landing?.landing?.day === day || undefined}
            >
              <div className={styles.headLine}>
                <Link href={`/calendar?view=day&on=${day}`} aria-label={t('open_day', { day: name })} aria-current={day === today ? 'date' : undefined}>
                  {Number(day.slice(8))}
                </Link>
                <ActionIcon variant="subtle" color="gray" size={22} aria-label={t('add_on', { day: name })} onClick={() => onAdd(day)}>
                  <IconPlus size={14} />
                </ActionIcon>
              </div>
              {shown.map((entry) => (
                <EntryButton key={entry.key} entry={entry} drawing={drawing} short />
              ))}
              {shown.length < on.length && (
                <Link href={`/calendar?view=day&on=${day}`} className={styles.more}>
                  {t('more', { count: on.length - shown.length })}
                  <VisuallyHidden>, {name}</VisuallyHidden>
                </Link>
              )}
            </section>
          );
        })}
      </div>
    </div>
  );
}
