/** How a figure is counted, as people say it: what is measured, of which records, under which conditions. */
import { useMemo, type ReactNode } from 'react';
import { useLabels } from '../../fields/labels';
import { entityOf } from '../../fields/names';
import { labelOf } from '../../fields/values';
import { useFormat } from '../../i18n/format';
import { textOf, useLanguage, useTexts } from '../../i18n/texts';
import { useRecord, useRecords, type EntityName } from '../../replica';
import styles from './Dashboards.module.css';
import type { Applied, Definition } from './figures';
import { termsOf, type Term } from './terms';
import { dashboardTexts } from './texts';
import { comparisonOf, fieldNamed, recordSaid, valueSaid, type Counted, type Known } from './words';
import { wordTexts } from './wordTexts';

const MOST = 2000;

interface InWordsProps {
  readonly counted: Partial<Definition> & { readonly source: string };
  /** The measure that was opened, from 1 on; 0: none of them. */
  readonly measure: number;
  /** What holds beside the report's own filters. */
  readonly applied: readonly Applied[];
}

export function InWords({ counted, measure, applied }: InWordsProps) {
  const t = useTexts(dashboardTexts);
  const words = useTexts(wordTexts);
  const known = useKnown();
  const what: Counted = { source: counted.source, recordType: counted.record_type ?? '' };
  const kinds = useRecordTypes(what.source);
  const own = kinds.find((each) => each.key === what.recordType);
  const measured = measure > 0 ? counted.measures?.[measure - 1] : undefined;
  return (
    <dl>
      <dt>{t('source')}</dt>
      <dd>{own === undefined ? known.labels.many(what.source) : labelOf(own.plural_labels, known.language, own.key)}</dd>
      {measured !== undefined && (
        <>
          <dt>{words('measure')}</dt>
          <dd>
            <Measured measure={measured} what={what} known={known} />
          </dd>
        </>
      )}
      <Listed title={t('conditions')} filter={counted.filter ?? ''} what={what} known={known} />
      <Listed title={words('only_where')} filter={measured?.filter ?? ''} what={what} known={known} />
      {counted.related?.map(({ entity: other = '', field = '', filter = '', absent }) => (
        <Listed
          key={`${other}/${field}/${filter}`}
          title={words(absent === true ? 'only_without' : 'only_with')}
          head={words('linked_by', { records: known.labels.many(other), field: fieldNamed(field, { source: other, recordType: '' }, known).label })}
          filter={filter}
          what={{ source: other, recordType: '' }}
          known={known}
        />
      ))}
      {applied.length > 0 && (
        <>
          <dt>{words('dashboard')}</dt>
          <dd>
            <Terms terms={applied.map(({ field, value }) => ({ field, sign: '=', value }))} what={what} known={known} />
          </dd>
        </>
      )}
    </dl>
  );
}

/** The conditions of a filter of a report, alone. */
export function FilterInWords({ filter, what }: { readonly filter: string; readonly what: Counted }) {
  return <Conditions filter={filter} what={what} known={useKnown()} />;
}

function useKnown(): Known {
  const labels = useLabels();
  const language = useLanguage();
  const { rows: crm } = useRecords('crm.field_definition', { limit: MOST });
  const { rows: offers } = useRecords('offers.field_definition', { limit: MOST });
  const { rows: aftersales } = useRecords('aftersales.field_definition', { limit: MOST });
  return useMemo(() => ({ labels, language, definitions: [...crm, ...offers, ...aftersales] }), [labels, language, crm, offers, aftersales]);
}

/** The company's own kinds of record of the owner of an entity. */
function useRecordTypes(source: string) {
  const { rows: crm } = useRecords('crm.record_type');
  const { rows: offers } = useRecords('offers.record_type');
  const { rows: aftersales } = useRecords('aftersales.record_type');
  const [service = ''] = source.split('.');
  return { crm, offers, aftersales }[service] ?? [];
}

function Measured({ measure: { kind = 'count', field = '', since = '' }, what, known }: { readonly measure: NonNullable<Definition['measures']>[number]; readonly what: Counted; readonly known: Known }) {
  const words = useTexts(wordTexts);
  const measure = textOf(words, wordTexts, kind === 'unspecified' ? 'count' : kind);
  const named = (path: string) => fieldNamed(path, what, known).label;
  if (field === '') return measure;
  return words('of', { measure, field: since === '' ? named(field) : words('since', { since: named(since), field: named(field) }) });
}

interface OfFilter {
  readonly filter: string;
  readonly what: Counted;
  readonly known: Known;
}

/** A title with the conditions of a filter; nothing where there is neither a head nor a condition. */
function Listed({ title, head, filter, what, known }: OfFilter & { readonly title: string; readonly head?: ReactNode }) {
  if (filter === '' && head === undefined) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {head}
        {filter !== '' && <Conditions filter={filter} what={what} known={known} />}
      </dd>
    </>
  );
}

/** What this program cannot read (a newer server's) stands as it is. */
function Conditions({ filter, what, known }: OfFilter) {
  const terms = termsOf(filter);
  return terms === null ? <code>{filter}</code> : <Terms terms={terms} what={what} known={known} />;
}

function Terms({ terms, what, known }: { readonly terms: readonly Term[]; readonly what: Counted; readonly known: Known }) {
  return (
    <ul className={styles.terms}>
      {terms.map((term) => (
        <li key={JSON.stringify(term)}>
          <Said term={term} what={what} known={known} />
        </li>
      ))}
    </ul>
  );
}

function Said({ term, what, known }: { readonly term: Term; readonly what: Counted; readonly known: Known }) {
  const words = useTexts(wordTexts);
  const format = useFormat();
  const field = fieldNamed(term.field, what, known);
  const value = valueSaid(field, term.value, words, format);
  const linked = value === '' && term.value !== '' ? entityOf(field.references) : null;
  return (
    <>
      {field.label} {words(comparisonOf(field, term))} <strong>{linked === null ? value : <Name linked={linked} id={term.value} />}</strong>
    </>
  );
}

function Name({ linked, id }: { readonly linked: EntityName; readonly id: string }) {
  const words = useTexts(wordTexts);
  const language = useLanguage();
  const { ready, record } = useRecord(linked, id);
  if (!ready) return null;
  return record === null ? words('unseen') : recordSaid(record, language);
}
