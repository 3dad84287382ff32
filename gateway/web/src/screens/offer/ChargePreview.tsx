import { Text } from '@mantine/core';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import type { SpreadFound, TypedCharge } from './charging';
import type { Line } from './grid';
import styles from './Offer.module.css';
import type { Mistake } from './pricing';
import { useRefusals } from './refusals';
import { offerTexts } from './texts';

export interface Preview {
  /** What was typed when the kernel was asked. */
  readonly of: TypedCharge;
  readonly net: string;
  readonly total: string;
  readonly spread?: SpreadFound | undefined;
  /** Why it cannot be. */
  readonly refusal?: readonly Mistake[];
}

interface ChargePreviewProps {
  readonly preview: Preview | null;
  readonly lines: readonly Line[];
  readonly currency: string;
  readonly isReady: boolean;
  readonly hasKernel: boolean;
}

/** What a charge comes to, who carries it, and the offer's total with it. */
export function ChargePreview({ preview, lines, currency, isReady, hasKernel }: ChargePreviewProps) {
  const t = useTexts(offerTexts);
  const format = useFormat();
  const refusalOf = useRefusals();
  if (!hasKernel) return <Text size="sm">{t('preview_none')}</Text>;
  const nameOf = (id: string) => {
    const line = lines.find((each) => each.id === id);
    return line?.code || line?.description || '';
  };
  const shares = preview?.spread?.fields.spread_shares ?? [];
  return (
    <section aria-label={t('preview')} aria-live="polite" className={styles.preview}>
      {preview?.refusal?.map((mistake) => (
        <p key={`${mistake.id}/${mistake.field}/${mistake.reason}`} className={styles.note} data-refused>
          {[nameOf(mistake.id), refusalOf(mistake)].filter(Boolean).join(' · ')}
        </p>
      ))}
      {shares.length > 0 && (
        <table className={styles.spread}>
          <thead>
            <tr>
              <th>{t('line_carries')}</th>
              <th data-end>{t('weight')}</th>
              <th data-end>{t('share')}</th>
            </tr>
          </thead>
          <tbody>
            {shares.map((share) => (
              <tr key={share.line_id}>
                <td>{nameOf(share.line_id ?? '')}</td>
                <td data-end>{format.decimal(share.weight ?? '')}</td>
                <td data-end>{format.money(share.amount ?? '', currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {isReady && preview !== null && preview.refusal === undefined && (
        <dl className={styles.figures}>
          <div className={styles.figure}>
            <dt>{t('charge_net')}</dt>
            <dd>{format.money(preview.net, currency)}</dd>
          </div>
          <div className={styles.figure} data-strong>
            <dt>{t('preview_total')}</dt>
            <dd>{format.money(preview.total, currency)}</dd>
          </div>
        </dl>
      )}
    </section>
  );
}
