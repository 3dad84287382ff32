import { Button, Stack, Text } from '@mantine/core';
import { useTexts } from '../../i18n/texts';
import { Dialog } from '../../ui/Dialog';
import type { Entry } from './entries';
import { hasEarlier, type Scope } from './moving';
import { calendarTexts } from './texts';

/** What of a series moves: the one that was dragged, those from it on, or the time of all. */
export function SeriesQuestion({ entry, canFollow, onAnswer }: { readonly entry: Entry; readonly canFollow: boolean; readonly onAnswer: (scope: Scope | null) => void }) {
  const t = useTexts(calendarTexts);
  return (
    <Dialog opened onClose={() => onAnswer(null)} title={t('series_move')} size={380}>
      <Stack gap="sm">
        <Text size="sm">{entry.source.record.subject}</Text>
        <Button data-autofocus onClick={() => onAnswer('one')}>
          {t('only_this')}
        </Button>
        {hasEarlier(entry) && (
          <Button variant="default" disabled={!canFollow} onClick={() => onAnswer('following')}>
            {t('this_and_following')}
          </Button>
        )}
        <Button variant="default" disabled={!canFollow} onClick={() => onAnswer('all')}>
          {t('whole_series')}
        </Button>
        {!canFollow && (
          <Text size="xs" c="dimmed">
            {t('whole_series_hint')}
          </Text>
        )}
        <Button variant="subtle" color="gray" onClick={() => onAnswer(null)}>
          {t('cancel_move')}
        </Button>
      </Stack>
    </Dialog>
  );
}
