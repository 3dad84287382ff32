/** Lists with the company's own fields: a column for each, and a filter for those with choices. */
import { useMemo } from 'react';
import type { Pair } from '../i18n/texts';
import type { EntityName, Values, Where } from '../replica';
import type { Column, Filter, ListDefinition } from '../ui/listDefinition';
import type { FieldDefinition } from './definitions';
import { useFields } from './shapes';
import { kindOfValue, labelOf, shownValue } from './values';

/** Return a list with the fields that administrators have added to its entity. */
export function useShapedList<E extends EntityName>(list: ListDefinition<E>): ListDefinition<E> {
  const fields = useFields(list.entity);
  return useMemo(() => {
    if (fields.length === 0) return list;
    return {
      ...list,
      columns: [...list.columns, ...fields.flatMap((field) => columnOf<E>(field))],
      filters: [...list.filters, ...fields.flatMap((field) => filterOf<E>(field))],
    };
  }, [list, fields]);
}

const pairOf = (labels: Readonly<Record<string, string>>, otherwise: string): Pair => [labelOf(labels, 'it', otherwise), labelOf(labels, 'en', otherwise)];
const nameOf = (field: FieldDefinition) => `custom.${field.key}` as const;

/** A link has no column: its record's name is not with the row. */
function columnOf<E extends EntityName>(field: FieldDefinition): readonly Column<E>[] {
  const kind = kindOfValue(field);
  if (kind === 'link') return [];
  const isNumber = kind === 'number' || kind === 'money';
  const column: Column<E> = {
    key: nameOf(field),
    title: pairOf(field.labels, field.key),
    width: isNumber || kind === 'date' || kind === 'boolean' ? '120px' : '160px',
    hidden: true,
    end: isNumber,
    text: (row, { format, language }) => shownValue(field, ((row as Values)['custom'] as Readonly<Record<string, string>> | undefined)?.[field.key], format, language),
  };
  return [kind === 'multiple_choice' ? column : { ...column, sort: nameOf(field) }];
}

const YES_NO = [
  { value: 'true', label: ['Sì', 'Yes'] },
  { value: 'false', label: ['No', 'No'] },
] as const;

/** Names of custom fields are known at run time only. */
const asWhere = <E extends EntityName>(where: Values) => where as unknown as Where<E>;

function filterOf<E extends EntityName>(field: FieldDefinition): readonly Filter<E>[] {
  const [key, title] = [nameOf(field), pairOf(field.labels, field.key)];
  switch (kindOfValue(field)) {
    case 'boolean':
      return [{ key, title, options: YES_NO, where: (values) => asWhere<E>({ [key]: { in: values.map((value) => value === 'true') } }) }];
    case 'choice':
    case 'multiple_choice': {
      const options = field.choices.map((choice) => ({ value: choice.key ?? '', label: pairOf(choice.labels ?? {}, choice.key ?? '') }));
      const isMany = field.kind === 'multiple_choice';
      // Any of those that are chosen.
      const where = (values: readonly string[]) => asWhere<E>(isMany ? { any: values.map((value) => ({ [key]: { has: value } })) } : { [key]: { in: values } });
      return [{ key, title, options, where }];
    }
    default:
      return [];
  }
}
