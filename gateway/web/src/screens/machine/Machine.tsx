import { useMemo } from 'react';
import { Link } from 'wouter';
import { CustomFields } from '../../fields/CustomFields';
import { CustomRecords } from '../../fields/CustomRecords';
import { useForm } from '../../fields/shapes';
import { useFormat } from '../../i18n/format';
import { useTexts } from '../../i18n/texts';
import { useAuthor, useRecord, useRecords, type FieldsOf, type RecordOf } from '../../replica';
import { useToday } from '../../ui/day';
import { InlineField } from '../../ui/InlineField';
import { Missing } from '../../ui/Missing';
import { RecordHead } from '../../ui/RecordHead';
import styles from '../../ui/RecordHead.module.css';
import { Quiet, Section } from '../../ui/Section';
import { State, toneOfState } from '../../ui/State';
import { useToasts } from '../../ui/toast';
import { useWords } from '../../ui/words';
import { addressLine } from '../customer/ContactsTab';
import { machineTexts } from './texts';

type Product = RecordOf<'aftersales.installed_product'>;

/** A machine at a customer: what it is and where, since when, its warranties, parts and service. */
export default function Machine({ params }: { readonly params: Readonly<Record<string, string>> }) {
  const id = params['id'] ?? '';
  const { ready, record: product } = useRecord('aftersales.installed_product', id);
  const form = useForm('aftersales.installed_product', product);
  const word = useWords();
  const { record: party } = useRecord('crm.party', product?.party_id ?? '');
  if (!ready) return null;
  if (product === null) return <Missing list="/installed" />;
  return (
    <>
      <RecordHead entity="aftersales.installed_product" id={id} title={product.description} list="/installed" otherwise={{ order: [['delivered_on', 'desc']] }}>
        <State tone={toneOfState(product.state)}>{word('product', product.state)}</State>
        {product.serial_number !== '' && <span className={styles.note}>{product.serial_number}</span>}
        {party !== null && (
          <Link href={`/customers/${party.id}`} className={styles.link}>
            {party.name}
          </Link>
        )}
      </RecordHead>
      <div className={styles.columns}>
        <div className={styles.column}>
          <Facts product={product} />
          <CustomFields entity="aftersales.installed_product" record={product} form={form} />
          <Dates product={product} />
        </div>
        <div className={styles.column}>
          <Warranties id={id} />
          <Requests id={id} />
          <Components id={id} />
          <CustomRecords parentEntity="aftersales.installed_product" parentId={id} />
        </div>
      </div>
    </>
  );
}

function Facts({ product }: { readonly product: Product }) {
  const t = useTexts(machineTexts);
  const author = useAuthor();
  const toasts = useToasts();
  const { record: endUser } = useRecord('crm.party', product.end_user_id);
  const { record: site } = useRecord('crm.address', product.site_id);
  const change = (label: string, fields: FieldsOf<'aftersales.installed_product'>) =>
    void author
      .edit('aftersales.installed_product', product.id, fields)
      .then((made) => toasts.done(t('saved', { field: label }), made))
      .catch(toasts.failed);
  return (
    <Section title={t('facts')}>
      <InlineField label={t('location')} value={product.location} onSave={(value) => change(t('location'), { location: value })} first />
      <InlineField label={t('serial')} value={product.serial_number} />
      <InlineField label={t('model')} value={product.model} />
      <InlineField label={t('article')} value={product.article_code} />
      {product.batch !== '' && <InlineField label={t('batch')} value={product.batch} />}
      {product.product_line !== '' && <InlineField label={t('product_line')} value={product.product_line} />}
      {endUser !== null && <InlineField label={t('end_user')} value={endUser.id} shown={<Link href={`/customers/${endUser.id}`}>{endUser.name}</Link>} />}
      {site !== null && <InlineField label={t('site')} value={site.id} shown={addressLine(site)} />}
    </Section>
  );
}

const DATES = ['sold_on', 'delivered_on', 'invoiced_on', 'commissioned_on', 'retired_on'] as const;

function Dates({ product }: { readonly product: Product }) {
  const t = useTexts(machineTexts);
  const format = useFormat();
  const price = product.sold_price ?? '';
  const offer = product.offer_id === '' ? product.offer_number : <Link href={`/offers/${product.offer_id}`}>{product.offer_number}</Link>;
  return (
    <Section title={t('history')}>
      {DATES.filter((name) => product[name] !== '').map((name) => (
        <InlineField key={name} label={t(name)} value={product[name]} shown={format.date(product[name])} />
      ))}
      {product.offer_number !== '' && <InlineField label={t('offer')} value={product.offer_number} shown={offer} />}
      {product.order_number !== '' && <InlineField label={t('order')} value={product.order_number} />}
      {product.delivery_number !== '' && <InlineField label={t('delivery')} value={product.delivery_number} />}
      {price !== '' && <InlineField label={t('price')} value={price} shown={format.money(price, product.sold_currency ?? 'EUR')} />}
    </Section>
  );
}

function Warranties({ id }: { readonly id: string }) {
  const t = useTexts(machineTexts);
  const format = useFormat();
  const today = useToday();
  const { ready, rows, total } = useRecords('aftersales.warranty', { where: { installed_product_id: id }, order: [['ends_on', 'desc']] });
  const said = ({ starts_on, ends_on }: RecordOf<'aftersales.warranty'>) => {
    if (starts_on === '' || ends_on === '') return t('warranty_open');
    return t(ends_on < today ? 'warranty_over' : 'warranty_until', { date: format.date(ends_on) });
  };
  return (
    <Section title={t('warranties')} count={total}>
      {ready && rows.length === 0 && <Quiet>{t('no_warranties')}</Quiet>}
      <ul className={styles.list}>
        {rows.map((warranty) => (
          <li key={warranty.id} className={styles.row}>
            <div className={styles.main}>
              {warranty.name}
              {warranty.conditions !== '' && <div className={styles.note}>{warranty.conditions}</div>}
            </div>
            <State tone={warranty.ends_on !== '' && warranty.ends_on >= today ? 'good' : 'calm'}>{said(warranty)}</State>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Requests({ id }: { readonly id: string }) {
  const t = useTexts(machineTexts);
  const format = useFormat();
  const word = useWords();
  const { ready, rows, total } = useRecords('aftersales.request', { where: { installed_product_id: id }, order: [['reported_at', 'desc']] });
  return (
    <Section title={t('requests')} count={total}>
      {ready && rows.length === 0 && <Quiet>{t('no_requests')}</Quiet>}
      <ul className={styles.list}>
        {rows.map((request) => (
          <li key={request.id} className={styles.row}>
            <div className={styles.main}>
              <Link href={`/requests/${request.id}`} className={styles.link}>
                {request.title}
              </Link>
              <div className={styles.note}>{[request.number, format.moment(request.reported_at ?? '')].filter(Boolean).join(' · ')}</div>
            </div>
            <State tone={toneOfState(request.state)}>{word('request', request.state)}</State>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Components({ id }: { readonly id: string }) {
  const t = useTexts(machineTexts);
  const format = useFormat();
  const { ready, rows, total } = useRecords('aftersales.component', { where: { installed_product_id: id }, order: [['description', 'asc']] });
  const shown = useMemo(() => rows.filter((component) => component.removed_on === ''), [rows]);
  return (
    <Section title={t('components')} count={total}>
      {ready && shown.length === 0 && <Quiet>{t('no_components')}</Quiet>}
      <ul className={styles.list}>
        {shown.map((component) => (
          <li key={component.id} className={styles.row}>
            <div className={styles.main}>
              {component.description}
              <div className={styles.note}>{[component.article_code, component.serial_number, format.date(component.fitted_on)].filter(Boolean).join(' · ')}</div>
            </div>
            <span>{[format.decimal(component.quantity), component.unit].filter(Boolean).join(' ')}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
