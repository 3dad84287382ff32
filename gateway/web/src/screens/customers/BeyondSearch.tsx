import { ActionIcon, Badge, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconWorldSearch } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { Link } from 'wouter';
import { useTexts } from '../../i18n/texts';
import { useRecords, useReplica, type RecordOf } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { beyondTexts } from '../../ui/beyondTexts';
import { useIsPhone } from '../../ui/phone';
import { Items, Quiet } from '../../ui/Section';
import { useToasts } from '../../ui/toast';

type Party = RecordOf<'crm.party'>;
const SHOWN = 50;

/** Customers that the user may read, in the copy or not: the server is asked. */
export function BeyondSearch() {
  const t = useTexts(beyondTexts);
  const [opened, setOpened] = useState(false);
  const phone = useIsPhone();
  return (
    <>
      {phone ? (
        <ActionIcon variant="default" size={36} aria-label={t('search')} onClick={() => setOpened(true)}>
          <IconWorldSearch size={18} stroke={1.7} />
        </ActionIcon>
      ) : (
        <Button variant="default" leftSection={<IconWorldSearch size={16} aria-hidden />} onClick={() => setOpened(true)}>
          {t('search')}
        </Button>
      )}
      <Dialog opened={opened} onClose={() => setOpened(false)} title={t('search_hint')}>
        {opened && <Finder />}
      </Dialog>
    </>
  );
}

function Finder() {
  const t = useTexts(beyondTexts);
  const { online } = useReplica();
  const toasts = useToasts();
  const [words, setWords] = useState('');
  const [found, setFound] = useState<readonly Party[] | null>(null);
  const { rows: here } = useRecords('crm.party', { where: { id: { in: (found ?? []).map((party) => party.id) } }, limit: SHOWN });
  const search = async () => {
    const page = await online.get(`/v1/crm/parties?${new URLSearchParams({ search: words.trim(), order_by: 'name', page_size: String(SHOWN) }).toString()}`);
    setFound((page as { readonly records: readonly Party[] }).records);
  };
  return (
    <Stack gap="md">
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (words.trim() !== '') void search().catch(toasts.failed);
        }}
      >
        <Group align="flex-end" gap="sm" wrap="nowrap">
          <TextInput type="search" label={t('words')} flex={1} data-autofocus maxLength={200} value={words} onChange={(event) => setWords(event.currentTarget.value)} />
          <Button type="submit" disabled={words.trim() === ''}>
            {t('go')}
          </Button>
        </Group>
      </form>
      {found !== null && found.length === 0 && <Quiet>{t('nothing')}</Quiet>}
      <Items>
        {(found ?? []).map((party) => (
          <li key={party.id}>
            <Group gap="sm" wrap="nowrap">
              <Link href={`/customers/${party.id}`}>{party.name}</Link>
              {!here.some((each) => each.id === party.id) && <Badge variant="light">{t('online_only')}</Badge>}
            </Group>
            <Text size="xs" c="dimmed">
              {[party.erp_code, party.vat_number].filter(Boolean).join(' · ')}
            </Text>
          </li>
        ))}
      </Items>
      {found?.length === SHOWN && <Quiet>{t('more', { count: SHOWN })}</Quiet>}
    </Stack>
  );
}
