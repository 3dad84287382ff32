/** Short messages at the edge of the screen, with undo where a change can be taken back. */
import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMemo } from 'react';
import { textOf, useTexts } from '../i18n/texts';
import { isKind, type Written } from '../replica';
import { reasonTexts } from '../shell/reasons';
import { shellTexts } from '../shell/texts';

const SHOWN_MS = 8_000;

export interface Toasts {
  /** Say that a change was made; ten words at most. */
  done: (text: string, written?: Pick<Written, 'undo'>) => void;
  /** Say why something was not done. */
  failed: (error: unknown) => void;
}

export function useToasts(): Toasts {
  const t = useTexts(shellTexts);
  const reasons = useTexts(reasonTexts);
  return useMemo(() => {
    const closeButtonProps = { 'aria-label': t('close') };
    const say = (text: string, undo?: Written['undo']) => {
      const id = crypto.randomUUID();
      const takeBack = async () => {
        notifications.hide(id);
        say((await undo?.()) ? t('undone') : t('not_undone'));
      };
      notifications.show({
        id,
        autoClose: SHOWN_MS,
        closeButtonProps,
        message: (
          <Group justify="space-between" wrap="nowrap" gap="md">
            <Text size="sm">{text}</Text>
            {undo !== undefined && (
              <Button variant="subtle" size="compact-sm" onClick={() => void takeBack()}>
                {t('undo')}
              </Button>
            )}
          </Group>
        ),
      });
    };
    return {
      done: (text, written) => say(text, written?.undo),
      failed: (error) => {
        notifications.show({
          color: 'red',
          autoClose: false,
          closeButtonProps,
          title: isKind(error) ? textOf(reasons, reasonTexts, error.reason) : reasons('INTERNAL'),
          message: isKind(error) ? error.detail : String(error),
        });
      },
    };
  }, [t, reasons]);
}
