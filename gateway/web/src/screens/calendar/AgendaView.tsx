import { Button } from '@mantine/core';
import { IconCalendar } from '@tabler/icons-react';
import { useTexts } from '../../i18n/texts';
import { EmptyState } from '../../ui/EmptyState';
import styles from './Calendar.module.css';
import { isOn, type Entry } from './entries';
import { EntryButton, type Drawing } from './EntryButton';
import { midnight } from './span';
import { calendarTexts } from './texts';

/** The days one under the other, those with something on them: what fits a phone. */
export function AgendaView({ days, entries, drawing, today, locale, onAdd }: { readonly days: readonly string[]; readonly entries: readonly Entry[]; readonly drawing: Drawing; readonly today: string; readonly locale: string; readonly onAdd: () => void }) {
  const t = useTexts(calendarTexts);
  const whole = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  const full = days.filter((day) => entries.some((entry) => isOn(entry, day)));
  if (full.length === 0) {
    return <EmptyState icon={IconCalendar} title={t('nothing')} hint={t('nothing_hint')} action={<Button onClick={onAdd}>{t('add')}</Button>} />;
  }
  return (
    <div className={styles.agenda}>
      {full.map((day) => (
        <section key={day} aria-label={whole.format(midnight(day))}>
          <h2 className={styles.agendaDay} data-today={day === today || undefined}>
            {whole.format(midnight(day))}
          </h2>
          {entries
            .filter((entry) => isOn(entry, day))
            .map((entry) => (
              <EntryButton key={entry.key} entry={entry} drawing={drawing} />
            ))}
        </section>
      ))}
    </div>
  );
}
