import { Alert, Badge, Button, Card, Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconCloudOff, IconRefresh } from '@tabler/icons-react';
import { useLabels } from '../../fields/labels';
import { textOf, useTexts } from '../../i18n/texts';
import { useFormat } from '../../i18n/format';
import { useQueue, useReplica, useSyncFacts, type QueueEntry } from '../../replica';
import { reasonTexts } from '../../shell/reasons';
import { EmptyState } from '../../ui/EmptyState';
import { PageHead } from '../../ui/PageHead';
import { useToasts } from '../../ui/toast';
import { Conflicts } from './Conflicts';
import { FirstCopy, Notices, Storage } from './Notices';
import { Scopes } from './Scopes';
import { syncTexts } from './texts';

/** What is here, what waits, what went wrong. */
export default function SyncCentre() {
  const t = useTexts(syncTexts);
  const format = useFormat();
  const facts = useSyncFacts();
  const { sync } = useReplica();
  const toasts = useToasts();
  const contact = facts.last_contact === '' ? t('never') : format.moment(facts.last_contact);
  return (
    <>
      <PageHead title={t('title')} note={`${t('last_contact')}: ${contact}`}>
        <Button
          leftSection={<IconRefresh size={16} aria-hidden />}
          onClick={() => void sync.now().catch(toasts.failed)}
        >
          {t('now')}
        </Button>
      </PageHead>
      <Stack gap="lg" maw={860}>
        {facts.offline_since !== '' && (
          <Alert icon={<IconCloudOff size={18} />} color="gray">
            {t('offline', { time: format.time(facts.offline_since) })}
          </Alert>
        )}
        <Notices />
        <FirstCopy />
        <Conflicts />
        <Queue />
        <Scopes />
        <Storage />
      </Stack>
    </>
  );
}

function Queue() {
  const t = useTexts(syncTexts);
  const entries = useQueue();
  return (
    <Card withBorder padding="lg" component="section" aria-label={t('queue')}>
      <Text component="h2" fw={600} fz={16} mb="sm">
        {t('queue')}
      </Text>
      {entries.length === 0 ? (
        <EmptyState icon={IconCheck} title={t('queue_empty')} hint={t('queue_empty_hint')} />
      ) : (
        <Stack gap={0} component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
          {entries.map((entry) => (
            <QueueRow key={entry.id} entry={entry} />
          ))}
        </Stack>
      )}
    </Card>
  );
}

function QueueRow({ entry }: { readonly entry: QueueEntry }) {
  const t = useTexts(syncTexts);
  const reasons = useTexts(reasonTexts);
  const labels = useLabels();
  const format = useFormat();
  const { sync } = useReplica();
  const toasts = useToasts();
  const state = entry.outcome === 'held' && entry.state === 'waiting' ? 'held' : entry.state;
  return (
    <Group component="li" justify="space-between" gap="xs" py="sm" style={{ borderTop: '1px solid var(--s-border)' }}>
      <div style={{ minWidth: 0, flex: '1 1 240px' }}>
        <Text size="md">
          {textOf(t, syncTexts, entry.what)} · {labels.one(entry.entity)}
        </Text>
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {[format.moment(entry.made_at), entry.fields.map((name) => labels.field(entry.entity, name)).join(', '), entry.reason && textOf(reasons, reasonTexts, entry.reason)]
            .filter(Boolean)
            .join(' · ')}
        </Text>
      </div>
      <Group gap="sm" wrap="nowrap">
        <Badge variant="light" color={state === 'parked' ? 'red' : 'grape'} radius="sm" tt="none">
          {textOf(t, syncTexts, `state_${state}`)}
        </Badge>
        {entry.state === 'waiting' && (
          <Button variant="subtle" size="compact-sm" onClick={() => void sync.now().catch(toasts.failed)}>
            {t('retry')}
          </Button>
        )}
        {entry.state === 'waiting' && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            onClick={() => void sync.discard(entry.id).catch(toasts.failed)}
          >
            {t('discard')}
          </Button>
        )}
      </Group>
    </Group>
  );
}
