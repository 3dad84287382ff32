import { Badge, Button, Card, CopyButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useRecords, useReplica, type RecordOf } from '../../replica';
import { useToasts } from '../../ui/toast';
import { settingsTexts } from './texts';

type Feed = RecordOf<'crm.calendar_feed'>;

/** Addresses at which other programs read the user's calendar: told once asked for, renewed, taken away. Online only. */
export function Feeds() {
  const t = useTexts(settingsTexts);
  const { online, sync } = useReplica();
  const toasts = useToasts();
  const { ready, rows } = useRecords('crm.calendar_feed', { order: [['name', 'asc']] });
  const [name, setName] = useState('');
  const [waiting, setWaiting] = useState(false);
  const add = async () => {
    setWaiting(true);
    try {
      await online.post('/v1/crm/calendar-feeds', { name: name.trim() });
      await sync.now();
      setName('');
      toasts.done(t('feed_made', { name: name.trim() }));
    } catch (error) {
      toasts.failed(error);
    } finally {
      setWaiting(false);
    }
  };
  return (
    <Card withBorder maw={640} padding="lg" mt="lg" component="section" aria-label={t('feeds')}>
      <Text component="h2" fw={600} fz={16}>
        {t('feeds')}
      </Text>
      <Text size="sm" c="dimmed" mb="md">
        {t('feeds_hint')}
      </Text>
      <Stack gap="md">
        {ready && rows.map((feed) => <FeedRow key={feed.id} feed={feed} />)}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <Group align="flex-end" gap="sm">
            <TextInput style={{ flex: 1 }} label={t('feed_name')} placeholder={t('feed_name_hint')} maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Button type="submit" disabled={name.trim() === '' || waiting}>
              {t('feed_add')}
            </Button>
          </Group>
        </form>
      </Stack>
    </Card>
  );
}

function FeedRow({ feed }: { readonly feed: Feed }) {
  const t = useTexts(settingsTexts);
  const format = useFormat();
  const { online, sync } = useReplica();
  const toasts = useToasts();
  const [address, setAddress] = useState('');
  const path = `/v1/crm/calendar-feeds/${feed.id}`;
  const show = async () => {
    const found = (await online.get(`${path}:address`)) as { readonly path: string };
    setAddress(`${location.origin}${found.path}`);
  };
  const tell = async (command: 'rotate' | 'revoke') => {
    await online.post(`${path}:${command}`);
    await sync.now();
    if (command === 'rotate') await show();
    else setAddress('');
    toasts.done(t(command === 'rotate' ? 'feed_renewed' : 'feed_revoked', { name: feed.name }));
  };
  const carryOut = (job: Promise<void>) => void job.catch(toasts.failed);
  const since = feed.active && feed.rotated_at ? t('feed_since', { date: format.moment(feed.rotated_at) }) : '';
  return (
    <div>
      <Group justify="space-between" gap="sm">
        <div>
          <Group gap="xs">
            <Text fw={500}>{feed.name}</Text>
            {!feed.active && (
              <Badge variant="light" color="gray" radius="sm" tt="none">
                {t('feed_off')}
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {since}
          </Text>
        </div>
        <Group gap="xs">
          {feed.active && address === '' && (
            <Button variant="default" size="compact-sm" aria-label={t('feed_show_of', { name: feed.name })} onClick={() => carryOut(show())}>
              {t('feed_show')}
            </Button>
          )}
          <Button variant="default" size="compact-sm" aria-label={t('feed_renew_of', { name: feed.name })} onClick={() => carryOut(tell('rotate'))}>
            {t('feed_renew')}
          </Button>
          {feed.active && (
            <Button variant="subtle" color="red" size="compact-sm" aria-label={t('feed_revoke_of', { name: feed.name })} onClick={() => carryOut(tell('revoke'))}>
              {t('feed_revoke')}
            </Button>
          )}
        </Group>
      </Group>
      {address !== '' && (
        <Group gap="xs" mt={6} wrap="nowrap">
          <TextInput readOnly style={{ flex: 1 }} aria-label={t('feed_address_of', { name: feed.name })} value={address} onFocus={(event) => event.currentTarget.select()} />
          <CopyButton value={address}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? t('copied') : t('copy')}
              </Button>
            )}
          </CopyButton>
        </Group>
      )}
    </div>
  );
}
