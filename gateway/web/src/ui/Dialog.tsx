/** A question or a form above the page. */
import { Modal, type ModalProps } from '@mantine/core';
import { useState } from 'react';
import { texts, useTexts } from '../i18n/texts';

const dialogTexts = texts('dialog', { close: ['Chiudi', 'Close'] });

/**
 * Nothing of it is there before it is opened first: closed dialogs are part of every screen, and each would be put
 * together twice while its screen appears.
 */
export function Dialog(props: ModalProps) {
  const t = useTexts(dialogTexts);
  const [wasOpened, setWasOpened] = useState(props.opened);
  if (props.opened && !wasOpened) setWasOpened(true);
  if (!wasOpened) return null;
  return <Modal closeButtonProps={{ 'aria-label': t('close') }} transitionProps={{ duration: 0 }} {...props} />;
}
