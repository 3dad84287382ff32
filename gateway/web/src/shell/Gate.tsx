/** What stands before the screens: nobody is signed in, the copy is closed, the session is over. */
import { Button, Stack, Text, TextInput } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useDeferredValue, useEffect, useState, type ReactNode } from 'react';
import { textOf, useTexts } from '../i18n/texts';
import { isKind, useReplica, useSyncFacts, type SyncFacts } from '../replica';
import { Dialog } from '../ui/Dialog';
import { EmptyState } from '../ui/EmptyState';
import { reasonTexts } from './reasons';
import { SignIn, Welcome } from './SignIn';
import { signInTexts } from './signInTexts';

export function Gate({ children }: { readonly children: ReactNode }) {
  const t = useTexts(signInTexts);
  const replica = useReplica();
  const facts = useSyncFacts();
  const [gone, setGone] = useState('');
  useEffect(() => replica.onGone(setGone), [replica]);
  const stands = standing(facts);
  const stood = useDeferredValue(stands);
  // After a sign-in the frame and the first screen are drawn in slices, behind the form: at once they block the page
  // for 150 to 220 ms. The form comes at once.
  const shown = stands === 'open' && stood === 'welcome' ? stood : stands;
  // The first facts come within milliseconds of the start: nothing flickers meanwhile.
  if (shown === 'unknown') return null;
  if (shown === 'welcome') return <Welcome gone={gone} />;
  if (shown === 'closed') {
    return (
      <main>
        <EmptyState isPage icon={IconLock} title={t('closed')} hint={t('closed_hint')} action={<Unlock />} />
      </main>
    );
  }
  return children;
}

function standing({ known, session, lease_over }: SyncFacts): 'unknown' | 'welcome' | 'closed' | 'open' {
  if (!known) return 'unknown';
  if (session === null) return 'welcome';
  return lease_over ? 'closed' : 'open';
}

/** Opens a closed copy by a code that an administrator reads out. */
function Unlock() {
  const t = useTexts(signInTexts);
  const reasons = useTexts(reasonTexts);
  const { sync } = useReplica();
  const { waiting, device } = useSyncFacts();
  const [code, setCode] = useState('');
  const [wrong, setWrong] = useState('');
  const unlock = async () => {
    try {
      await sync.unlock(code);
    } catch (error) {
      setWrong(isKind(error) ? textOf(reasons, reasonTexts, error.reason) : String(error));
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void unlock();
      }}
    >
      <Stack gap="sm" w={320} maw="100%" mt="md">
        {waiting > 0 && (
          <Text size="sm" ta="center">
            {t('closed_waiting', { count: waiting })}
          </Text>
        )}
        <TextInput
          label={t('code')}
          description={t('code_hint', { device })}
          placeholder="7K3Q-9MTZ-04XA"
          autoComplete="off"
          maxLength={20}
          value={code}
          error={wrong === '' ? undefined : wrong}
          onChange={(event) => {
            setCode(event.currentTarget.value);
            setWrong('');
          }}
        />
        <Button type="submit" disabled={code.trim() === ''}>
          {t('unlock')}
        </Button>
        <Button variant="subtle" color="gray" onClick={() => void sync.now()}>
          {t('try_server')}
        </Button>
      </Stack>
    </form>
  );
}

/** Signing in again, over whatever is open. */
export function SignInAgain({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const t = useTexts(signInTexts);
  return (
    <Dialog opened={opened} onClose={onClose} title={t('again')}>
      <SignIn note={t('again_hint')} onDone={onClose} />
    </Dialog>
  );
}
