/** A report while somebody puts it together, and the definition that follows. */
import type { Definition } from './figures';
import { termsOf } from './terms';

/** What reports may name, as the server tells it. */
export interface Source {
  readonly entity: string;
  readonly record_type?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: readonly SourceField[];
}

export interface SourceField {
  readonly name: string;
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly references?: string;
  readonly choices?: readonly string[];
}

export const OPERATORS = { equal: '=', unequal: '!=', contains: ':', least: '>=', most: '<=' } as const;
export const MEASURES = ['count', 'sum', 'average', 'median', 'p90', 'distinct', 'smallest', 'greatest'] as const;
export const STEPS = ['day', 'week', 'month', 'quarter', 'year'] as const;
export const CHARTS = ['table', 'bar', 'stacked_bar', 'line', 'area', 'pie'] as const;
export const MOST = { conditions: 10, groups: 4, measures: 10 } as const;
const NUMBERS: ReadonlySet<string> = new Set(['number', 'money']);
const ORDERED: ReadonlySet<string> = new Set([...NUMBERS, 'date', 'time']);
const TIMES: ReadonlySet<string> = new Set(['date', 'time']);

type Kept = Readonly<Record<string, unknown>>;

interface Part {
  /** Tells parts apart while they are edited. */
  readonly key: number;
  /** What a stored part says beyond what is edited here: labels, filters of a measure. */
  readonly more?: Kept;
  /** '' until it is chosen. */
  readonly field: string;
}

export interface Draft {
  readonly source: string;
  readonly conditions: readonly (Part & { readonly operator: keyof typeof OPERATORS; readonly value: string })[];
  readonly groups: readonly (Part & { readonly step: (typeof STEPS)[number] })[];
  readonly measures: readonly (Part & { readonly kind: (typeof MEASURES)[number] })[];
  /** `own`: a specification of somebody's, kept as it is. */
  readonly chart: (typeof CHARTS)[number] | 'own';
  /** A stored condition that cannot be taken apart here; it holds as it is, beside the others. */
  readonly fixed?: string | undefined;
  /** What a stored definition says beyond what is edited here: related records, order, limit, its chart. */
  readonly more?: Kept;
}

export const EMPTY: Draft = { source: '', conditions: [], groups: [], measures: [{ key: 0, field: '', kind: 'count' }], chart: 'table' };

export const sourceKey = ({ entity, record_type = '' }: Source): string => (record_type === '' ? entity : `${entity}/${record_type}`);
export const isTime = (field: SourceField | undefined): boolean => field !== undefined && TIMES.has(field.kind);

/** Return the fields that a measure may be of. */
export function measurable(source: Source, kind: (typeof MEASURES)[number]): readonly SourceField[] {
  if (kind === 'distinct') return source.fields;
  return source.fields.filter((field) => (kind === 'smallest' || kind === 'greatest' ? ORDERED : NUMBERS).has(field.kind));
}

/** Return the comparisons that make sense of a field. */
export function comparisons(field: SourceField | undefined): readonly (keyof typeof OPERATORS)[] {
  if (field === undefined) return ['equal'];
  if (ORDERED.has(field.kind)) return ['equal', 'least', 'most'];
  return field.kind === 'text' ? ['contains', 'equal', 'unequal'] : ['equal', 'unequal'];
}

/** Return what is to be counted; null while something is not chosen yet. */
export function definitionOf(draft: Draft, source: Source | undefined): Definition | null {
  if (source === undefined || draft.measures.length === 0) return null;
  const { conditions, groups, measures } = draft;
  const isOpen = conditions.some((each) => each.field === '' || each.value.trim() === '') || groups.some((each) => each.field === '') || measures.some((each) => each.kind !== 'count' && each.field === '');
  if (isOpen) return null;
  const fieldOf = (name: string) => source.fields.find((field) => field.name === name);
  return {
    source: source.entity,
    ...(source.record_type !== undefined && source.record_type !== '' && { record_type: source.record_type }),
    ...draft.more,
    filter: [...(draft.fixed === undefined ? [] : [conditions.length > 0 ? `(${draft.fixed})` : draft.fixed]), ...conditions.map((each) => `${each.field} ${OPERATORS[each.operator]} ${quoted(each.value.trim())}`)].join(' AND '),
    groups: groups.map((each) => ({ ...each.more, field: each.field, ...((isTime(fieldOf(each.field)) || each.more?.['step'] !== undefined) && { step: each.step }) })),
    measures: measures.map((each) => ({ ...each.more, kind: each.kind, ...(each.kind !== 'count' && { field: each.field }) })),
    ...(draft.chart !== 'own' && { chart: { kind: draft.chart } }),
  };
}

/** Plain values and words (today-30d, me) stand as they are. */
const quoted = (value: string) => (/^[^\s"\\]+$/.test(value) ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);

/** People and territories are chosen; of other records a filter would be an id, which nobody types. */
const CHOSEN: ReadonlySet<string> = new Set(['identity.user', 'identity.territory']);

export const filterable = (source: Source): readonly SourceField[] => source.fields.filter((field) => field.kind !== 'several' && (field.kind !== 'id' || CHOSEN.has(field.references ?? '')));
export const groupable = (source: Source): readonly SourceField[] => source.fields.filter((field) => field.kind !== 'several');

const SIGNS = new Map<string, keyof typeof OPERATORS>(Object.entries(OPERATORS).map(([name, sign]) => [sign, name as keyof typeof OPERATORS]));

/** Return the conditions of a stored filter; null where it says more than these can (an earlier day, what is not filled in). */
export function conditionsOf(filter: string): Draft['conditions'] | null {
  const terms = termsOf(filter);
  const found = (terms ?? []).flatMap(({ field, sign, value }) => {
    const operator = SIGNS.get(sign);
    // An empty value asks for what is not filled in; here it would be a condition that is not written yet.
    return operator === undefined || value.trim() === '' ? [] : [{ key: 0, field, operator, value }];
  });
  return found.length === terms?.length && found.length <= MOST.conditions ? found : null;
}

/** Return what a stored definition was made of; what the parts cannot say is kept, so that saving loses nothing. */
export function draftOf(definition: Definition): Draft {
  const { source, record_type: type = '', filter = '', groups = [], measures = [], chart, ...more } = definition;
  const conditions = conditionsOf(filter);
  let key = 0;
  const next = () => (key += 1);
  const kind = CHARTS.find((each) => each === chart?.kind);
  const isOwn = kind === undefined && chart?.kind !== undefined && chart.kind !== 'unspecified';
  return {
    source: sourceKey({ entity: source ?? '', record_type: type, labels: {}, fields: [] }),
    conditions: (conditions ?? []).map((each) => ({ ...each, key: next() })),
    ...(conditions === null && { fixed: filter }),
    groups: groups.map(({ field = '', step, ...rest }) => {
      const known = STEPS.find((each) => each === step);
      return { key: next(), field, step: known ?? 'month', more: { ...rest, ...(known !== undefined && { step }) } };
    }),
    measures: (measures.length === 0 ? [{}] : measures).map(({ field = '', kind: measured, ...rest }: NonNullable<Definition['measures']>[number]) => ({ key: next(), field, kind: MEASURES.find((each) => each === measured) ?? 'count', more: rest })),
    chart: isOwn ? 'own' : (kind ?? 'table'),
    more: { ...more, ...(isOwn && { chart }) },
  };
}
