/** One dialog for what is added on the run: an activity, a customer with its contact, an offer. Opened by n. */
import { SegmentedControl, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTexts } from '../../i18n/texts';
import { Dialog } from '../../ui/Dialog';
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
    <Dialog
      opened={opening !== null}
      onClose={closeQuickAdd}
      title={t('title')}
      size={480}
    >
      {opening !== null && <Forms opening={opening} />}
    </Dialog>
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
