/** A value of a conflict as people read it: names for ids, yes and no, days, the words of enums. */
import type { ReactNode } from 'react';
import { LinkedName } from '../../fields/CustomFields';
import type { FieldDefinition } from '../../fields/definitions';
import { useLabels } from '../../fields/labels';
import { entityOf } from '../../fields/names';
import { booleanOf, shownValue, textOfValue } from '../../fields/values';
import { useFormat, type Format } from '../../i18n/format';
import { useLanguage, useTexts } from '../../i18n/texts';
import { findField } from '../../replica';
import { syncTexts } from './texts';

const NOTHING = '–';

interface ShownProps {
  readonly entity: string;
  readonly field: string;
  /** Of a custom field; undefined of the contracts' own, and of one whose definition is not here. */
  readonly definition?: FieldDefinition | undefined;
  readonly value: unknown;
}

export function Shown({ entity, field, definition, value }: ShownProps): ReactNode {
  const t = useTexts(syncTexts);
  const labels = useLabels();
  const format = useFormat();
  const language = useLanguage();
  if (value === undefined || value === null || value === '') return NOTHING;
  if (definition !== undefined) return <Custom definition={definition} value={value} format={format} language={language} />;
  const known = findField(entity, field);
  const linked = known?.references === undefined ? null : entityOf(known.references);
  const one = (each: unknown): ReactNode => {
    if (typeof each === 'boolean') return t(each ? 'yes' : 'no');
    if (typeof each === 'number') return format.plain(String(each));
    if (typeof each !== 'string') return told(each, t('yes'), t('no'));
    if (linked !== null) return <LinkedName linked={linked} id={each} isLink={false} missing={t('record_not_here')} />;
    if (known?.kind === 'date') return format.date(each);
    if (known?.kind === 'time') return format.moment(each);
    if (known?.kind === 'decimal') return format.decimal(each);
    return labels.value(entity, field, each) || each;
  };
  if (Array.isArray(value)) return value.length === 0 ? NOTHING : listed(value, one);
  if (known?.set === true && typeof value === 'object') {
    const { add = [], remove = [] } = value as { readonly add?: readonly string[]; readonly remove?: readonly string[] };
    return (
      <>
        {add.length > 0 && <span>+ {listed(add, one)} </span>}
        {remove.length > 0 && <span>− {listed(remove, one)}</span>}
      </>
    );
  }
  return one(value);
}

/** Values side by side; the same value may stand twice. */
const listed = (values: readonly unknown[], one: (value: unknown) => ReactNode) =>
  values.map((each, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- a list that is shown once has no other names
    <span key={at}>
      {at > 0 && ', '}
      {one(each)}
    </span>
  ));

function Custom({ definition, value, format, language }: { readonly definition: FieldDefinition; readonly value: unknown; readonly format: Format; readonly language: 'it' | 'en' }): ReactNode {
  const t = useTexts(syncTexts);
  const text = typeof value === 'string' ? value : undefined;
  const linked = definition.kind === 'link' ? entityOf(definition.links_to) : null;
  if (linked !== null) return <LinkedName linked={linked} id={textOfValue(text)} isLink={false} missing={t('record_not_here')} />;
  if (definition.kind === 'boolean') {
    const answer = booleanOf(text);
    return answer === null ? NOTHING : t(answer ? 'yes' : 'no');
  }
  return shownValue(definition, text, format, language) || NOTHING;
}

/** A part of a record that has no words of its own: its values, one after the other. */
function told(value: unknown, yes: string, no: string): string {
  if (typeof value === 'boolean') return value ? yes : no;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value)
    .map((each) => told(each, yes, no))
    .filter((each) => each !== '')
    .join(' · ');
}
