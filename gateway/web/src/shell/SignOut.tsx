import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTexts } from '../i18n/texts';
import { isKind, useReplica, useSyncFacts } from '../replica';
import { Dialog } from '../ui/Dialog';
import { useToasts } from '../ui/toast';
import { signInTexts } from './signInTexts';

/** Asks before the copy goes; twice when something was not sent. */
export function SignOut({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const t = useTexts(signInTexts);
  const { session } = useReplica();
  const { waiting } = useSyncFacts();
  const toasts = useToasts();
  const [unsent, setUnsent] = useState(false);
  const [busy, setBusy] = useState(false);

  const signOut = async (force: boolean) => {
    setBusy(true);
    try {
      await session.signOut(force);
      onClose();
    } catch (error) {
      if (isKind(error) && error.reason === 'UNSENT_CHANGES') setUnsent(true);
      else toasts.failed(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog opened={opened} onClose={onClose} title={unsent ? t('unsent', { count: waiting }) : t('sign_out_title')}>
      <Stack>
        <Text size="md">{unsent ? t('unsent_hint') : t('sign_out_hint')}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('cancel')}
          </Button>
          <Button color="red" loading={busy} onClick={() => void signOut(unsent)}>
            {unsent ? t('sign_out_anyway') : t('sign_out')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
