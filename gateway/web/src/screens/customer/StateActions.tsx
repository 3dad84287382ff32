/** What may be made of a customer by its state: worth pursuing, put away, taken up again. */
import { ActionIcon, Button, Group, Menu, Stack, Textarea } from '@mantine/core';
import { IconArchive, IconArchiveOff, IconDots, IconStar } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { useTexts } from '../../i18n/texts';
import { useAuthor, useQueue, type RecordOf, type Written } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { useToasts } from '../../ui/toast';
import { customerTexts } from './texts';

/** As the contract limits it. */
const REASON_LENGTH = 500;
const IN_USE: ReadonlySet<string> = new Set(['prospect', 'qualified', 'customer']);

export function StateActions({ party }: { readonly party: RecordOf<'crm.party'> }) {
  const t = useTexts(customerTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const queue = useQueue();
  const [leaving, setLeaving] = useState(false);
  const key = `crm.party/${party.id}`;
  const tell = (text: string, written: Promise<Written>) => void written.then((made) => toasts.done(text, made)).catch(toasts.failed);
  const qualify = () => tell(t('qualified'), author.command('crm.party:qualify', party.id, {}, { [key]: { state: 'qualified' } }));
  const deactivate = (reason: string) => {
    setLeaving(false);
    tell(t('deactivated'), author.command('crm.party:deactivate', party.id, { reason }, { [key]: { state: 'inactive' } }));
  };
  // What it was before is in its passages, which the server reads: nothing is shown in advance.
  const reactivate = () => tell(t('reactivated'), author.command('crm.party:reactivate', party.id));
  const isAsked = queue.some((entry) => entry.record_id === party.id && entry.what === 'reactivate');
  const isInactive = party.state === 'inactive' && !isAsked;
  const isInUse = IN_USE.has(party.state);
  return (
    <>
      {(isInactive || isInUse) && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('more')} title={t('more')}>
              <IconDots size={18} stroke={1.7} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {party.state === 'prospect' && (
              <Menu.Item leftSection={<IconStar size={16} aria-hidden />} onClick={qualify}>
                {t('qualify')}
              </Menu.Item>
            )}
            {isInUse && (
              <Menu.Item leftSection={<IconArchive size={16} aria-hidden />} onClick={() => setLeaving(true)}>
                {t('deactivate')}
              </Menu.Item>
            )}
            {isInactive && (
              <Menu.Item leftSection={<IconArchiveOff size={16} aria-hidden />} onClick={reactivate}>
                {t('reactivate')}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
      <Dialog opened={leaving} onClose={() => setLeaving(false)} title={t('deactivate')}>
        {leaving && <ReasonForm onDone={deactivate} />}
      </Dialog>
    </>
  );
}

function ReasonForm({ onDone }: { readonly onDone: (reason: string) => void }) {
  const t = useTexts(customerTexts);
  const [reason, setReason] = useState('');
  const told = reason.trim();
  const submitted = (event: FormEvent) => {
    event.preventDefault();
    if (told !== '') onDone(told);
  };
  return (
    <form onSubmit={submitted}>
      <Stack gap="md">
        <Textarea
          label={t('deactivate_reason')}
          description={t('deactivate_hint')}
          rows={3}
          maxLength={REASON_LENGTH}
          required
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button type="submit" disabled={told === ''}>
            {t('deactivate')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
