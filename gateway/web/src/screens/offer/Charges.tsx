/** Charges of a revision: what each comes to, which lines carry it, and the way to change them. */
import { ActionIcon, Button, Group } from '@mantine/core';
import { IconPencil, IconPlus, IconRefresh } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useFormat } from '../../i18n/format';
import { textOf, useTexts } from '../../i18n/texts';
import { useKernel } from '../../kernel';
import { useAuthor, useRecords, type RecordOf } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { Quiet, Section } from '../../ui/Section';
import { useToasts } from '../../ui/toast';
import { ChargeForm } from './ChargeForm';
import { spreadOf } from './charging';
import { inOrder } from './grid';
import styles from './Offer.module.css';
import { revisionIn, type Pricing } from './pricing';
import { offerTexts } from './texts';

type Charge = RecordOf<'offers.charge'>;

/** What a charge comes to without a kernel: a fixed one what was typed, another what the owner last calculated. */
const worthOf = ({ formula, amount, net }: Charge) => (formula === 'fixed' || formula === 'unspecified' ? amount || net : net);

interface ChargesProps {
  readonly revision: RecordOf<'offers.revision'>;
  readonly pricing: Pricing;
  readonly readOnly: boolean;
}

export function Charges({ revision: stored, pricing, readOnly }: ChargesProps) {
  const t = useTexts(offerTexts);
  const format = useFormat();
  const kernel = useKernel();
  const author = useAuthor();
  const toasts = useToasts();
  const revision = revisionIn(pricing, stored);
  const { rows: charges } = useRecords('offers.charge', { where: { revision_id: revision.id }, order: [['position', 'asc']] });
  const { rows } = useRecords('offers.line', { where: { revision_id: revision.id }, limit: 1000 });
  const lines = useMemo(() => inOrder(rows), [rows]);
  const byId = useMemo(() => new Map(lines.map((line) => [line.id, line])), [lines]);
  const [edited, setEdited] = useState<Partial<Charge> | null>(null);
  const money = (amount: string) => format.money(amount, revision.currency);
  const spreadAgain = async (charge: Charge) => {
    const weights = charge.spread_method === 'manual' ? Object.fromEntries(charge.spread_shares.map((share) => [share.line_id ?? '', share.weight ?? '0'])) : {};
    const method = charge.spread_method === 'unspecified' ? 'net' : charge.spread_method;
    const draft = pricing.draft;
    const found = draft && (await spreadOf(kernel, draft, charge.id, { method, weights }));
    const expected = found === null ? {} : { [`offers.charge/${charge.id}`]: { ...found.fields } };
    toasts.done(t('charge_spread', { name: charge.description }), await author.command('offers.charge:spread', charge.id, { method, weights }, expected));
  };
  return (
    <Section
      title={t('charges')}
      actions={
        !readOnly && (
          <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setEdited({})}>
            {t('add_charge')}
          </Button>
        )
      }
    >
      {charges.length === 0 && <Quiet>{t('no_charges')}</Quiet>}
      {charges.map((charge) => (
        <div key={charge.id} className={styles.charge}>
          <div className={styles.figure}>
            <span>{charge.description}</span>
            <Group gap={4} wrap="nowrap">
              <span>{money(pricing.figures?.charges[charge.id]?.net || worthOf(charge))}</span>
              {!readOnly && (
                <ActionIcon variant="subtle" color="gray" size={26} aria-label={t('edit_charge', { name: charge.description })} onClick={() => setEdited(charge)}>
                  <IconPencil size={15} stroke={1.7} />
                </ActionIcon>
              )}
            </Group>
          </div>
          <div className={styles.note}>
            {textOf(t, offerTexts, `mode_${charge.mode}`)}
            {charge.spread_shares.length > 0 && ` · ${t('spread_by', { method: textOf(t, offerTexts, `method_${charge.spread_method}`) })}`}
          </div>
          {revision.stale_charge_ids.includes(charge.id) && (
            <div className={styles.note} data-attention>
              {t('stale')}
              {!readOnly && (
                <div>
                  <Button variant="default" size="compact-xs" mt={4} leftSection={<IconRefresh size={13} aria-hidden />} onClick={() => void spreadAgain(charge).catch(toasts.failed)}>
                    {t('spread_again')}
                  </Button>
                </div>
              )}
            </div>
          )}
          {charge.spread_shares.length > 0 && (
            <ul className={styles.shares}>
              {charge.spread_shares.map((share) => (
                <li key={share.line_id}>
                  <span>{byId.get(share.line_id ?? '')?.code || byId.get(share.line_id ?? '')?.description}</span>
                  <span>{money(share.amount ?? '')}</span>
                </li>
              ))}
            </ul>
          )}
        </div>
      ))}
      <Dialog
        opened={edited !== null}
        onClose={() => setEdited(null)}
        size="lg"
        title={edited?.id === undefined ? t('charge_new') : edited.description}
      >
        {edited !== null && (
          <ChargeForm
            revision={revision}
            charge={edited}
            last={charges.at(-1)?.position ?? 0}
            lines={lines}
            draft={pricing.draft}
            onDone={() => setEdited(null)}
          />
        )}
      </Dialog>
    </Section>
  );
}
