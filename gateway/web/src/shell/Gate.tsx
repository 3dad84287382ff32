/** What stands before the screens: nobody is signed in, the copy is closed, the session is over. */
import { Modal } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useTexts } from '../i18n/texts';
import { useReplica, useSyncFacts } from '../replica';
import { EmptyState } from '../ui/EmptyState';
import { SignIn, Welcome } from './SignIn';
import { signInTexts } from './signInTexts';

export function Gate({ children }: { readonly children: ReactNode }) {
  const t = useTexts(signInTexts);
  const replica = useReplica();
  const facts = useSyncFacts();
  const [gone, setGone] = useState('');
  useEffect(() => replica.onGone(setGone), [replica]);
  // The first facts come within milliseconds of the start: nothing flickers meanwhile.
  if (!facts.known) return null;
  if (facts.session === null) return <Welcome gone={gone} />;
  if (facts.lease_over) {
    return <EmptyState isPage icon={IconLock} title={t('closed')} hint={t('closed_hint')} />;
  }
  return children;
}

/** Signing in again, over whatever is open. */
export function SignInAgain({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const t = useTexts(signInTexts);
  return (
    <Modal opened={opened} onClose={onClose} title={t('again')}>
      <SignIn note={t('again_hint')} onDone={onClose} />
    </Modal>
  );
}
