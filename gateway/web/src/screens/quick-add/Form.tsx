import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../../i18n/texts';
import { closeQuickAdd } from './opening';
import { quickAddTexts } from './texts';

/** The frame of each form: Enter in a line and Ctrl+Enter anywhere save. */
export function Form({
  ready,
  onSave,
  children,
}: {
  readonly ready: boolean;
  readonly onSave: () => void;
  readonly children: ReactNode;
}) {
  const t = useTexts(quickAddTexts);
  return (
    // Ctrl+Enter is a shortcut of the whole form.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onSave();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        if (ready) onSave();
      }}
    >
      <Stack gap="md">
        {children}
        <Group justify="space-between" mt="xs">
          <Text size="xs" c="dimmed" visibleFrom="sm">
            {t('keys')}
          </Text>
          <Group gap="sm" ms="auto">
            <Button variant="default" onClick={closeQuickAdd}>
              {t('cancel')}
            </Button>
            <Button type="submit" disabled={!ready}>
              {t('save')}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
