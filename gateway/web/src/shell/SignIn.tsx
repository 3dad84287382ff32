import { Alert, Button, Card, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { textOf, useTexts } from '../i18n/texts';
import { isKind, useReplica, useSyncFacts } from '../replica';
import { deviceName, keepStorage } from './device';
import { reasonTexts } from './reasons';
import styles from './SignIn.module.css';
import { signInTexts } from './signInTexts';

/** Name and password. Shown when nobody is signed in; `again` within the shell when the session is over. */
export function SignIn({ note, onDone }: { readonly note?: string | undefined; readonly onDone?: () => void }) {
  const t = useTexts(signInTexts);
  const reasons = useTexts(reasonTexts);
  const { session: control } = useReplica();
  const { session } = useSyncFacts();
  const [userName, setUserName] = useState(session?.user_name ?? '');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');

  const submit = async () => {
    setBusy(true);
    setProblem('');
    try {
      await control.signIn({ user_name: userName.trim(), password, device_name: deviceName() });
      await keepStorage();
      onDone?.();
    } catch (error) {
      setProblem(isKind(error) ? textOf(reasons, reasonTexts, error.reason) : String(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="md">
        {note !== undefined && (
          <Text size="sm" c="dimmed">
            {note}
          </Text>
        )}
        <TextInput
          label={t('user_name')}
          value={userName}
          onChange={(event) => setUserName(event.currentTarget.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          withAsterisk={false}
          data-autofocus
          readOnly={session !== null}
          size="md"
        />
        <PasswordInput
          label={t('password')}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          required
          withAsterisk={false}
          visibilityToggleButtonProps={{ 'aria-label': t('show_password') }}
          size="md"
        />
        {problem !== '' && (
          <Alert role="alert" color="red" icon={<IconAlertTriangle size={18} />} p="sm">
            {problem}
          </Alert>
        )}
        <Button type="submit" size="md" fullWidth loading={busy} disabled={userName.trim() === '' || password === ''}>
          {t('sign_in')}
        </Button>
      </Stack>
    </form>
  );
}

/** The page of a device on which nobody is signed in. `gone`: why the last user's copy was removed. */
export function Welcome({ gone }: { readonly gone: string }) {
  const t = useTexts(signInTexts);
  return (
    <main className={styles.page}>
      <Card className={styles.card} padding="xl" withBorder radius="md">
        <Stack gap="lg">
          <div>
            <img src="/icon.svg" alt="" width={40} height={40} />
            <Title order={1} fz={20} mt="md">
              Project Sales
            </Title>
            <Text c="dimmed" size="sm">
              {t('lead')}
            </Text>
          </div>
          {gone === 'revoked' && (
            <Alert color="orange" icon={<IconAlertTriangle size={18} />} title={t('revoked')}>
              {t('revoked_hint')}
            </Alert>
          )}
          <SignIn />
        </Stack>
      </Card>
    </main>
  );
}
