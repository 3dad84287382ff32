import { Button, Card, Checkbox, Group, Radio, Stack, Table, Text } from '@mantine/core';
import { IconDatabase } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useFormat } from '../../i18n/format';
import { textOf, useTexts } from '../../i18n/texts';
import { isKind, useBuckets, useReplica, useSyncFact, useSyncFacts, type BucketFacts } from '../../replica';
import { EmptyState } from '../../ui/EmptyState';
import { useToasts } from '../../ui/toast';
import { syncTexts } from './texts';

interface Profile {
  readonly groups?: readonly { readonly group: string; readonly buckets?: readonly { readonly rows?: number; readonly bytes?: number }[] }[];
}

interface Scope {
  readonly name: string;
  /** Rows here; null: none of it is kept. */
  readonly here: number | null;
  readonly scopes: number;
  /** What the server has of it; null while unknown. */
  readonly rows: number | null;
  readonly bytes: number | null;
}

/** What is kept, by grant group, and the choice of it: everything that the user may replicate, or some of it. */
export function Scopes() {
  const t = useTexts(syncTexts);
  const format = useFormat();
  const { groups, last_contact } = useSyncFacts();
  const buckets = useBuckets();
  const profile = useProfile();
  const scopes = scopesOf(buckets, profile);
  return (
    <Card withBorder padding="lg" component="section" aria-label={t('here')}>
      <Text component="h2" fw={600} fz={16}>
        {t('here')}
      </Text>
      <Text size="sm" c="dimmed" mb="sm">
        {last_contact === '' ? t('never') : t('last_run', { when: format.moment(last_contact) })}
      </Text>
      {scopes.length === 0 ? (
        <EmptyState icon={IconDatabase} title={t('nothing_here')} hint={t('nothing_here_hint')} />
      ) : (
        <Choice key={groups.join(' ')} scopes={scopes} chosen={groups} isKnown={profile !== null} />
      )}
    </Card>
  );
}

function Choice({ scopes, chosen, isKnown }: { readonly scopes: readonly Scope[]; readonly chosen: readonly string[]; readonly isKnown: boolean }) {
  const t = useTexts(syncTexts);
  const format = useFormat();
  const { sync } = useReplica();
  const toasts = useToasts();
  const [mode, setMode] = useState(chosen.length === 0 ? 'general' : 'partial');
  const [kept, setKept] = useState<readonly string[]>(() => (chosen.length === 0 ? scopes.map((scope) => scope.name) : chosen));
  const wanted = mode === 'general' ? [] : kept.toSorted();
  const changed = wanted.join(' ') !== chosen.join(' ');
  const leaving = scopes.filter((scope) => mode === 'partial' && scope.here !== null && !kept.includes(scope.name));
  const name = (group: string) => textOf(t, syncTexts, `group_${group}`).replace(/^group_/, '');
  const apply = () =>
    void sync
      .chooseGroups(wanted)
      .then(() => toasts.done(t('choice_kept')))
      .catch(toasts.failed);
  return (
    <Stack gap="md">
      <Radio.Group aria-label={t('mode')} value={mode} onChange={setMode}>
        <Group gap="lg" align="flex-start">
          <Radio value="general" label={t('mode_general')} />
          <Radio value="partial" label={t('mode_partial')} disabled={!isKnown} description={isKnown ? undefined : t('mode_needs_server')} />
        </Group>
      </Radio.Group>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('scope')}</Table.Th>
            <Table.Th ta="right">{t('rows')}</Table.Th>
            <Table.Th ta="right">{t('size')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {scopes.map((scope) => (
            <Table.Tr key={scope.name}>
              <Table.Td>
                {mode === 'partial' && isKnown ? (
                  <Checkbox
                    label={name(scope.name)}
                    checked={kept.includes(scope.name)}
                    onChange={(event) => setKept(event.currentTarget.checked ? [...kept, scope.name] : kept.filter((each) => each !== scope.name))}
                  />
                ) : (
                  name(scope.name)
                )}
                <Text size="xs" c="dimmed" ps={mode === 'partial' && isKnown ? 30 : 0}>
                  {scope.here === null ? t('not_kept') : t('scopes', { count: scope.scopes })}
                </Text>
              </Table.Td>
              <Table.Td ta="right">{rowsOf(scope, format.integer)}</Table.Td>
              <Table.Td ta="right">{scope.bytes === null ? '' : format.bytes(scope.bytes)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {leaving.length > 0 && (
        <Text size="sm" role="status">
          {t('leaves', { names: leaving.map((scope) => name(scope.name)).join(', ') })}
        </Text>
      )}
      {changed && (
        <Group>
          <Button disabled={mode === 'partial' && kept.length === 0} onClick={apply}>
            {t('keep_choice')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function rowsOf({ here, rows }: Scope, integer: (value: number) => string): string {
  if (here === null) return rows === null ? '' : integer(rows);
  return rows === null || rows === here ? integer(here) : `${integer(here)} / ${integer(rows)}`;
}

/** What the server would send of each group; null while it is not known: without a network. */
function useProfile(): Profile | null {
  const { online } = useReplica();
  const away = useSyncFact(({ offline_since }) => offline_since !== '');
  const [profile, setProfile] = useState<Profile | null>(null);
  useEffect(() => {
    if (away) return undefined;
    let left = false;
    online
      .get('/v1/sync/profile')
      .then((found) => {
        if (!left) setProfile(found as Profile);
      })
      .catch((error: unknown) => {
        // Without a server what is here is shown, and the choice waits.
        if (!isKind(error)) throw error;
      });
    return () => {
      left = true;
    };
  }, [online, away]);
  return profile;
}

function scopesOf(buckets: readonly BucketFacts[], profile: Profile | null): Scope[] {
  const found = new Map<string, Scope>();
  for (const { group, buckets: places = [] } of profile?.groups ?? []) {
    const sum = (field: 'rows' | 'bytes') => places.reduce((total, place) => total + (place[field] ?? 0), 0);
    found.set(group, { name: group, here: null, scopes: 0, rows: sum('rows'), bytes: sum('bytes') });
  }
  for (const { key, rows } of buckets) {
    const name = /^[^/#]+/.exec(key)?.[0] ?? key;
    const scope = found.get(name) ?? { name, here: null, scopes: 0, rows: null, bytes: null };
    found.set(name, { ...scope, here: (scope.here ?? 0) + rows, scopes: scope.scopes + 1 });
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
