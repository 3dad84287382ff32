/** Short messages at the edge of the screen, with undo where a change can be taken back. */
import { Button, Group, Text } from '@mantine/core';
import { Notifications, notifications } from '@mantine/notifications';
import { useMemo } from 'react';
import { textOf, useTexts } from '../i18n/texts';
import { isKind, type Written } from '../replica';
import { reasonTexts } from '../shell/reasons';
import { shellTexts } from '../shell/texts';
import styles from './toast.module.css';

const SHOWN_MS = 8_000;
const MOST_SHOWN = 3;

/** Where toasts appear. Older ones make room for newer ones, and come back once those are gone. */
export function ToastStack() {
  return <Notifications position="bottom-right" limit={MOST_SHOWN} className={styles.stack} />;
}

let told = 0;
/** A toast is never held back by those before it: errors stay until they are closed, and an undo cannot wait for that. */
const newest = () => (told += 1);

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
        priority: newest(),
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
          priority: newest(),
          autoClose: false,
          closeButtonProps,
          title: isKind(error) ? textOf(reasons, reasonTexts, error.reason) : reasons('INTERNAL'),
          message: isKind(error) ? error.detail : String(error),
        });
      },
    };
  }, [t, reasons]);
}
