import { Alert, Badge, Button } from '@mantine/core';
import { IconCloudOff, IconWorld } from '@tabler/icons-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { useTexts } from '../i18n/texts';
import { isKind, ReplicaProvider, useReplica } from '../replica';
import { addressOf, beyondReplica } from '../replica/beyond';
import type { BeyondProps } from './Beyond';
import { beyondTexts } from './beyondTexts';
import { EmptyState } from './EmptyState';

/** Why a record is not on view, or that it is: null while the server has not answered. */
type Found = 'there' | 'not_there' | 'away' | null;

/** What the server says of a record that is not here. */
export default function Asked({ entity, id, list, children }: BeyondProps) {
  const t = useTexts(beyondTexts);
  const base = useReplica();
  const [found, setFound] = useState<Found>(null);
  const [isAway, setAway] = useState(false);
  const beyond = useMemo(() => beyondReplica(base, () => setAway(true)), [base]);
  const ask = useCallback(async (): Promise<Found> => {
    try {
      const { id: answered } = (await base.online.get(addressOf(entity, id))) as { readonly id?: string };
      return answered === id ? 'there' : 'not_there';
    } catch (error) {
      return isKind(error, 'server_away', 'sign_in_needed') ? 'away' : 'not_there';
    }
  }, [base, entity, id]);
  useEffect(() => {
    let isCurrent = true;
    void ask().then((answer) => isCurrent && setFound(answer));
    return () => {
      isCurrent = false;
    };
  }, [ask]);
  if (found === null) return null;
  // The screen says by itself that there is no such record.
  if (found === 'not_there') return children;
  if (found === 'away') {
    const again = (
      <>
        <Button onClick={() => void ask().then(setFound)}>{t('again')}</Button>
        <Button component={Link} href={list} variant="default">
          {t('to_list')}
        </Button>
      </>
    );
    return <EmptyState isPage icon={IconCloudOff} title={t('offline')} hint={t('offline_hint')} action={again} />;
  }
  return (
    <>
      <Alert icon={<IconWorld size={17} aria-hidden />} color={isAway ? 'orange' : 'blue'} py="sm" mb="md" title={<Badge variant="light">{t('online_only')}</Badge>}>
        {t(isAway ? 'incomplete' : 'hint')}
      </Alert>
      <ReplicaProvider value={beyond}>{children}</ReplicaProvider>
    </>
  );
}
