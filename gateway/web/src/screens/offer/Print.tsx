import { ActionIcon, Tooltip } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import { useTexts } from '../../i18n/texts';
import { useSyncFacts } from '../../replica';
import { useFiles } from '../../ui/files';
import { useToasts } from '../../ui/toast';
import { actionTexts } from './actionTexts';
import type { Offer, Revision } from './actions';
import { isDraft } from './pricing';

/** The revision as its customer gets it: the server's PDF of the frozen one, or of the draft, which says that it is one. */
export function Print({ offer, revision, behind }: { readonly offer: Offer; readonly revision: Revision; readonly behind: boolean }) {
  const t = useTexts(actionTexts);
  const { offline_since } = useSyncFacts();
  const fetched = useFiles();
  const toasts = useToasts();
  const label = isDraft(revision) ? t('print_draft') : t('print');
  const print = () => {
    if (offline_since !== '') toasts.done(t('print_offline'));
    else if (behind) toasts.done(t('print_behind'));
    // In the language of the revision: it is the customer's paper.
    else fetched(`/v1/offers/revisions/${revision.id}:print`, `${offer.number || 'offer'}.pdf`);
  };
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={34} aria-label={label} onClick={print}>
        <IconPrinter size={17} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}
