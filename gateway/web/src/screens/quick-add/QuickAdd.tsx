/** One dialog for what is added on the run: an activity, a customer with its contact, an offer. Opened by n. */
import { Modal, SegmentedControl, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTexts } from '../../i18n/texts';
import { ActivityForm } from './ActivityForm';
import { EntryForm } from './EntryForm';
import { OfferForm } from './OfferForm';
import { closeQuickAdd, useOpening, type Opening } from './opening';
import { PartyForm } from './PartyForm';
import { quickAddTexts } from './texts';

const FORMS = { activity: ActivityForm, entry: EntryForm, party: PartyForm, offer: OfferForm };

export function QuickAdd() {
  const t = useTexts(quickAddTexts);
  const opening = useOpening();
  return (
    <Modal
      opened={opening !== null}
      onClose={closeQuickAdd}
      title={t('title')}
      closeButtonProps={{ 'aria-label': t('close') }}
      size={480}
      transitionProps={{ duration: 0 }}
    >
      {opening !== null && <Forms opening={opening} />}
    </Modal>
  );
}

function Forms({ opening }: { readonly opening: Opening }) {
  const t = useTexts(quickAddTexts);
  const [kind, setKind] = useState(opening.kind);
  const Chosen = FORMS[kind];
  return (
    <Stack gap="md">
      <SegmentedControl
        aria-label={t('what')}
        value={kind}
        onChange={setKind}
        data={(['activity', 'entry', 'party', 'offer'] as const).map((value) => ({ value, label: t(`kind_${value}`) }))}
      />
      <Chosen key={kind} opening={opening} />
    </Stack>
  );
}
