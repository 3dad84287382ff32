import { ActionIcon, Indicator } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useTexts } from '../i18n/texts';
import { openReminders, useClock, useDue } from '../screens/today/due';
import { shellTexts } from './texts';

/** How much waits for an answer; opens the popup that lists it. */
export function Bell() {
  const t = useTexts(shellTexts);
  const { count } = useDue(useClock());
  return (
    <Indicator label={count > 99 ? '99+' : count} disabled={count === 0} size={16} offset={5} color="var(--s-danger)" styles={{ indicator: { color: 'var(--s-surface)' } }}>
      <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('bell', { count })} disabled={count === 0} onClick={openReminders}>
        <IconBell size={20} stroke={1.6} />
      </ActionIcon>
    </Indicator>
  );
}
