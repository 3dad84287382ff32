import { Button, Group, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTexts } from '../../i18n/texts';
import { Dialog } from '../../ui/Dialog';
import { dashboardTexts } from './texts';

/** A new name for something that has one. */
export function Rename({ label, name, onSave, onClose }: { readonly label: string; readonly name: string; /** True once it was done. */ readonly onSave: (name: string) => Promise<boolean>; readonly onClose: () => void }) {
  const t = useTexts(dashboardTexts);
  const [typed, setTyped] = useState(name);
  const wanted = typed.trim();
  const save = async () => {
    if (await onSave(wanted)) onClose();
  };
  return (
    <Dialog opened onClose={onClose} title={t('rename')}>
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (wanted !== '') void save();
        }}
      >
        <TextInput label={label} data-autofocus required maxLength={100} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
        <Group justify="flex-end" mt="md">
          <Button type="submit" disabled={wanted === ''}>
            {t('save')}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
