/** What stands beside the lines of an offer: revisions, terms, outcome, totals. */
import { Link } from 'wouter';
import { useFormat } from '../../i18n/format';
import { useLanguage, useTexts } from '../../i18n/texts';
import { useAuthor, useRecord, useRecords, type FieldsOf, type RecordOf } from '../../replica';
import { InlineField } from '../../ui/InlineField';
import { Quiet, Section } from '../../ui/Section';
import { State, toneOfState } from '../../ui/State';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { actionTexts } from './actionTexts';
import { COLUMNS, parseCell } from './grid';
import styles from './Offer.module.css';
import { reasonText } from './OutcomeForm';
import { revisionIn, type Pricing } from './pricing';
import { useRefusals } from './refusals';
import { offerTexts } from './texts';

type Offer = RecordOf<'offers.offer'>;
type Revision = RecordOf<'offers.revision'>;

export function Revisions({ offer, revisions, shown }: { readonly offer: Offer; readonly revisions: readonly Revision[]; readonly shown: Revision }) {
  const t = useTexts(offerTexts);
  const word = useWords();
  return (
    <Section title={t('revisions')}>
      <ul className={styles.list}>
        {revisions.map((revision) => (
          <li key={revision.id}>
            <Link
              href={`/offers/${offer.id}?rev=${revision.id}`}
              className={styles.revision}
              aria-current={revision.id === shown.id ? 'true' : undefined}
            >
              <span>
                {revision.ordinal === 0 ? t('revision_new') : t('revision', { ordinal: revision.ordinal })}
                {revision.alternative !== '' && ` /${revision.alternative}`}
              </span>
              <State tone={toneOfState(revision.state)}>{word('revision', revision.state)}</State>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

const DISCOUNTS = COLUMNS.find((column) => column.kind === 'discounts');

export function Terms({ offer, revision, readOnly }: { readonly offer: Offer; readonly revision: Revision; readonly readOnly: boolean }) {
  const t = useTexts(offerTexts);
  const format = useFormat();
  const author = useAuthor();
  const toasts = useToasts();
  const save = (label: string, written: Promise<Parameters<typeof toasts.done>[1]>) =>
    void written.then((made) => toasts.done(t('saved', { field: label }), made)).catch(toasts.failed);
  const ofRevision = (label: string, fields: FieldsOf<'offers.revision'>) => save(label, author.edit('offers.revision', revision.id, fields));
  const ofOffer = (label: string, fields: FieldsOf<'offers.offer'>) => save(label, author.edit('offers.offer', offer.id, fields));
  const unless = <F,>(handler: F) => (readOnly ? undefined : handler);
  const { rows: lists } = useRecords('offers.price_list', { where: { currency: revision.currency || 'EUR' }, order: [['name', 'asc']] });
  const chosen = lists.find((list) => list.id === revision.price_list_id);
  return (
    <Section title={t('header')}>
      <InlineField label={t('title')} value={offer.title} onSave={unless((value: string) => ofOffer(t('title'), { title: value }))} />
      <InlineField label={t('contact')} value={offer.contact_name} onSave={unless((value: string) => ofOffer(t('contact'), { contact_name: value }))} />
      <InlineField label={t('reference')} value={offer.reference} onSave={unless((value: string) => ofOffer(t('reference'), { reference: value }))} />
      <InlineField
        label={t('valid_until')}
        value={revision.valid_until}
        shown={format.date(revision.valid_until)}
        type="date"
        onSave={unless((value: string) => ofRevision(t('valid_until'), { valid_until: value }))}
      />
      <InlineField
        label={t('payment_terms')}
        value={revision.payment_terms}
        onSave={unless((value: string) => ofRevision(t('payment_terms'), { payment_terms: value }))}
      />
      <InlineField
        label={t('delivery_terms')}
        value={revision.delivery_terms}
        onSave={unless((value: string) => ofRevision(t('delivery_terms'), { delivery_terms: value }))}
      />
      <InlineField
        label={t('header_discounts')}
        value={revision.header_discounts}
        onSave={unless((value: string) => {
          const kept = DISCOUNTS && parseCell(DISCOUNTS, value, 'it');
          if (kept === null || kept === undefined) toasts.done(t('bad_discount'));
          else ofRevision(t('header_discounts'), { header_discounts: kept });
        })}
      />
      <InlineField
        label={t('price_list')}
        value={revision.price_list_id}
        shown={revision.price_list_id === '' ? t('price_list_own') : (chosen?.name || chosen?.code || '—')}
        options={[{ value: '', label: t('price_list_own') }, ...lists.map((list) => ({ value: list.id, label: list.name || list.code }))]}
        onSave={unless((value: string) => ofRevision(t('price_list'), { price_list_id: value }))}
      />
      <InlineField
        label={t('introduction')}
        value={revision.introduction}
        multiline
        onSave={unless((value: string) => ofRevision(t('introduction'), { introduction: value }))}
      />
    </Section>
  );
}

/** Whether an amount is there and not zero. */
const isSet = (amount: string) => amount !== '' && !/^-?0*(\.0*)?$/.test(amount);

interface Priced {
  readonly revision: Revision;
  readonly pricing: Pricing;
}

export function Totals({ revision: stored, pricing, behind }: Priced & { readonly behind: boolean }) {
  const t = useTexts(offerTexts);
  const format = useFormat();
  const revision = revisionIn(pricing, stored);
  const money = (amount: string) => format.money(amount, revision.currency);
  if (revision.total === '') {
    return (
      <Section title={t('totals')}>
        <Refused pricing={pricing} />
        <Quiet>{t('not_calculated')}</Quiet>
      </Section>
    );
  }
  const hasCost = revision.cost_total != null && revision.cost_total !== '';
  const hasMargin = revision.margin_percent != null && revision.margin_percent !== '';
  return (
    <Section title={t('totals')}>
      <dl className={styles.figures} data-last={(pricing.figures !== null && pricing.mistakes.length > 0) || undefined}>
        <Figure name={t('lines_net')} value={money(revision.lines_net)} />
        {isSet(revision.header_discount) && <Figure name={t('discount')} value={money(revision.header_discount)} />}
        <Figure name={t('taxable')} value={money(revision.taxable)} />
        {revision.vat_groups.map((group) => (
          <Figure
            key={`${group.vat_rate}/${group.natura}`}
            name={group.natura ? t('vat_natura', { rate: format.decimal(group.vat_rate ?? ''), natura: group.natura }) : t('vat', { rate: format.decimal(group.vat_rate ?? '') })}
            value={money(group.vat ?? '')}
            note={t('on', { amount: money(group.taxable ?? '') })}
          />
        ))}
        <Figure name={t('total')} value={money(revision.total)} strong />
        {revision.split_payment && <Figure name={t('payable')} value={money(revision.payable)} />}
        {isSet(revision.trade_in) && <Figure name={t('trade_in_total')} value={money(revision.trade_in)} />}
        {isSet(revision.trade_in) && <Figure name={t('balance')} value={money(revision.balance)} />}
        {hasCost && <Figure name={t('cost')} value={money(revision.cost_total ?? '')} />}
        {hasMargin && <Figure name={t('margin')} value={format.percent(revision.margin_percent ?? '')} />}
      </dl>
      <Refused pricing={pricing} />
      {pricing.figures === null
        ? behind && <Attention text={t('as_calculated')} />
        : behind && (hasCost || hasMargin) && <Attention text={t('cost_as_calculated')} />}
    </Section>
  );
}

function Attention({ text }: { readonly text: string }) {
  return (
    <p className={styles.note} data-attention>
      {text}
    </p>
  );
}

/** Why what is on screen has no figures; what is wrong with a line is said there. */
function Refused({ pricing: { figures, mistakes } }: { readonly pricing: Pricing }) {
  const t = useTexts(offerTexts);
  const refusalOf = useRefusals();
  const others = mistakes.filter((mistake) => !mistake.isLine);
  return (
    <div role="status">
      {others.map((mistake) => (
        <p key={`${mistake.id}/${mistake.field}`} className={styles.note} data-refused>
          {refusalOf(mistake)}
        </p>
      ))}
      {others.length < mistakes.length && <Attention text={t('refused_lines')} />}
      {mistakes.length > 0 && figures !== null && <Attention text={t('last_good')} />}
    </div>
  );
}

function Figure({ name, value, note, strong }: { readonly name: string; readonly value: string; readonly note?: string; readonly strong?: boolean }) {
  return (
    <div className={styles.figure} data-strong={strong || undefined}>
      <dt>
        {name}
        {note !== undefined && <small>{note}</small>}
      </dt>
      <dd>{value}</dd>
    </div>
  );
}

/** How the offer ended, and why. */
export function Outcome({ offer, currency }: { readonly offer: Offer; readonly currency: string }) {
  const t = useTexts(actionTexts);
  const language = useLanguage();
  const format = useFormat();
  const { record: reason } = useRecord('offers.reason', offer.outcome_reason_id);
  if (offer.outcome_reason_id === '' && offer.outcome_note === '' && offer.competitor === '') return null;
  return (
    <Section title={t('outcome')}>
      <dl className={styles.figures}>
        {reason !== null && <Figure name={t('reason')} value={reasonText(reason, language)} />}
        {offer.competitor !== '' && <Figure name={t('competitor')} value={offer.competitor} />}
        {isSet(offer.competitor_price) && <Figure name={t('competitor_price', { currency })} value={format.money(offer.competitor_price, currency)} />}
      </dl>
      {offer.outcome_note !== '' && <p className={styles.note}>{offer.outcome_note}</p>}
    </Section>
  );
}
