import { Alert, Button, Card, Group, Progress, Text } from '@mantine/core';
import { IconAlertTriangle, IconKey, IconSparkles } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useFormat } from '../../i18n/format';
import { textOf, useTexts } from '../../i18n/texts';
import { useReplica, useSyncFacts } from '../../replica';
import { keepStorage, storageFacts, type StorageFacts } from '../../shell/device';
import { percentOf } from '../../shell/pill';
import { reasonTexts } from '../../shell/reasons';
import { applyUpdate, useUpdateReady } from '../../shell/update';
import { syncTexts } from './texts';

/** What the user should know: rights changed, a new version, the last error. */
export function Notices() {
  const t = useTexts(syncTexts);
  const reasons = useTexts(reasonTexts);
  const facts = useSyncFacts();
  const updateReady = useUpdateReady();
  const { sync } = useReplica();
  return (
    <>
      {updateReady && (
        <Alert icon={<IconSparkles size={18} />} title={t('version')}>
          <Group justify="space-between">
            <Text size="sm">{t('version_hint')}</Text>
            <Button size="compact-sm" onClick={applyUpdate}>
              {t('version_start')}
            </Button>
          </Group>
        </Alert>
      )}
      {facts.access_changed && (
        <Alert color="orange" icon={<IconKey size={18} />} title={t('access')}>
          <Group justify="space-between">
            <Text size="sm">{t('access_hint')}</Text>
            <Button size="compact-sm" variant="default" onClick={() => void sync.acknowledgeAccess()}>
              {t('understood')}
            </Button>
          </Group>
        </Alert>
      )}
      {facts.error !== null && (
        <Alert color="red" icon={<IconAlertTriangle size={18} />} title={t('error')}>
          {[textOf(reasons, reasonTexts, facts.error.reason), facts.error.reason === 'QUOTA' ? t('quota_hint') : facts.error.detail].filter(Boolean).join(': ')}
        </Alert>
      )}
    </>
  );
}

/** How far a bundle is, with its rate and the time left. */
export function FirstCopy() {
  const t = useTexts(syncTexts);
  const format = useFormat();
  const facts = useSyncFacts();
  const [now, setNow] = useState(() => Date.now());
  const { progress } = facts;
  const running = progress !== null;
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [running]);
  if (facts.complete || progress === null) return null;
  const seconds = Math.max(0.5, (now - progress.since) / 1000);
  const rate = progress.rows / seconds;
  const left = progress.total > progress.rows ? Math.ceil((progress.total - progress.rows) / Math.max(rate, 1)) : 0;
  const values = {
    rows: format.integer(progress.rows),
    total: format.integer(progress.total),
    rate: format.integer(Math.round(rate)),
  };
  return (
    <Card withBorder padding="lg" component="section" aria-label={t('progress_title')}>
      <Text component="h2" fw={600} fz={16} mb="sm">
        {t('progress_title')}
      </Text>
      <Progress value={percentOf(facts) ?? 0} aria-label={t('progress_title')} />
      <Text size="sm" c="dimmed" mt="sm">
        {progress.total === 0 ? t('progress_unknown', values) : t('progress', values)}
        {left > 0 && ` · ${t('left_s', { count: left })}`}
      </Text>
    </Card>
  );
}

/** How much room the copy takes, and whether the browser keeps it. */
export function Storage() {
  const t = useTexts(syncTexts);
  const format = useFormat();
  const [storage, setStorage] = useState<StorageFacts | null>(null);
  const [asked, setAsked] = useState(false);
  const keep = async () => {
    await keepStorage();
    setAsked(true);
    setStorage(await storageFacts());
  };
  useEffect(() => {
    void storageFacts().then(setStorage);
  }, []);
  return (
    // Its place is kept while the browser is asked: nothing below moves.
    <Card withBorder padding="lg" component="section" aria-label={t('storage')} mih={132}>
      <Text component="h2" fw={600} fz={16} mb="sm">
        {t('storage')}
      </Text>
      {storage !== null && storage.quota > 0 && (
        <>
          <Text size="md">{t('storage_used', { used: format.bytes(storage.used), quota: format.bytes(storage.quota) })}</Text>
          <Text size="sm" c="dimmed">
            {storage.kept ? t('storage_kept') : asked ? t('storage_refused') : t('storage_not_kept')}
          </Text>
          {!storage.kept && !asked && (
            <Button variant="default" size="compact-sm" mt="sm" onClick={() => void keep()}>
              {t('storage_keep')}
            </Button>
          )}
        </>
      )}
    </Card>
  );
}
