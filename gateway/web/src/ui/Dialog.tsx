/** A question or a form above the page. */
import { Modal, type ModalProps } from '@mantine/core';
import { useEffect, useState } from 'react';
import { texts, useTexts } from '../i18n/texts';

const dialogTexts = texts('dialog', { close: ['Chiudi', 'Close'] });

/**
 * Nothing of it is there before it is opened first: closed dialogs are part of every screen, and each would be put
 * together twice while its screen appears. When it closes, or goes away, the focus is where it was before.
 */
export function Dialog({ opened, ...props }: ModalProps) {
  const t = useTexts(dialogTexts);
  const [isBuilt, setIsBuilt] = useState(false);
  useEffect(() => {
    if (!opened) return undefined;
    const before = document.activeElement;
    // oxlint-disable-next-line react/set-state-in-effect -- built only now, so that what has the focus is not of the dialog
    setIsBuilt(true);
    return () => void setTimeout(() => giveBack(before));
  }, [opened]);
  if (!isBuilt) return null;
  return (
    <Modal
      opened={opened}
      returnFocus={false}
      closeButtonProps={{ 'aria-label': t('close') }}
      transitionProps={{ duration: 0 }}
      {...props}
    />
  );
}

/** Unless something else has it by now. */
function giveBack(before: Element | null): void {
  const now = document.activeElement;
  if (before instanceof HTMLElement && (now === null || now === document.body)) before.focus({ preventScroll: true });
}
