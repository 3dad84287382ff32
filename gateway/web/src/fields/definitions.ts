/**
 * What administrators have defined, as screens use it: the fields of a record, the form that holds for its user, and
 * what the form says of the record as it is now. The rules are those of `services/kit/fields/filling.py`.
 */
import { entity, type EntityName, type RecordOf, type Values } from '../replica';
import { decimalOf } from './decimals';
import { read } from './expressions';
import type { Operands, Scope, Type, Value } from './operands';
import { kindOfValue, operandOf, TYPES } from './values';

export type FieldDefinition = RecordOf<'crm.field_definition'>;
export type FormLayout = RecordOf<'crm.form_layout'>;
export type RecordType = RecordOf<'crm.record_type'>;
export type FieldKind = FieldDefinition['kind'];

/** A custom field in a form, for one record. */
export interface ShownField {
  readonly definition: FieldDefinition;
  readonly labels: Readonly<Record<string, string>>;
  readonly isRequired: boolean;
  readonly isReadOnly: boolean;
}

export interface ShownSection {
  /** '' for the fields that no form places. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: readonly ShownField[];
}

/** What holds for a field that the contracts describe. */
export interface Rule {
  readonly isHidden: boolean;
  readonly isRequired: boolean;
  readonly isReadOnly: boolean;
}

export interface Form {
  readonly sections: readonly ShownSection[];
  readonly rule: (field: string) => Rule;
}

interface Shapes {
  readonly definitions: readonly FieldDefinition[];
  readonly layouts: readonly FormLayout[];
  readonly roleIds: readonly string[];
}

const CUSTOM = 'custom.';
const FREE: Rule = { isHidden: false, isRequired: false, isReadOnly: false };

/** Return an entity's fields in use, in order. */
export function fieldsOf(definitions: readonly FieldDefinition[], entityName: string, recordType = ''): readonly FieldDefinition[] {
  return definitions
    .filter((each) => each.entity === entityName && each.record_type === recordType && !each.inactive)
    .toSorted((a, b) => a.position - b.position || (a.key < b.key ? -1 : 1));
}

/** Return the form of somebody with these roles: of their roles' forms the first, else everybody's; null for none. */
export function layoutFor(layouts: readonly FormLayout[], entityName: string, recordType: string, roleIds: readonly string[]): FormLayout | null {
  const mine = layouts.filter(
    (each) =>
      each.entity === entityName &&
      each.record_type === recordType &&
      !each.inactive &&
      (each.role_ids.length === 0 || each.role_ids.some((id) => roleIds.includes(id))),
  );
  const rank = (each: FormLayout) => Number(each.role_ids.length === 0);
  return mine.toSorted((a, b) => rank(a) - rank(b) || a.position - b.position || (a.id < b.id ? -1 : 1))[0] ?? null;
}

/** A field as it is without a form. */
const asOwn = (definition: FieldDefinition): ShownField => ({ definition, labels: definition.labels, isRequired: definition.required, isReadOnly: definition.kind === 'formula' });

/** Return the form of a record as it is now: a field that is not shown is not required. */
export function formOf({ definitions, layouts, roleIds }: Shapes, entityName: EntityName, record: Values): Form {
  const recordType = entityName.endsWith('.custom_record') ? String(record['type']) : '';
  const fields = fieldsOf(definitions, entityName, recordType);
  const byName = new Map(fields.map((each) => [`${CUSTOM}${each.key}`, each]));
  const layout = layoutFor(layouts, entityName, recordType, roleIds);
  if (layout === null) {
    return { sections: fields.length === 0 ? [] : [{ key: '', labels: {}, fields: fields.map(asOwn) }], rule: () => FREE };
  }
  const scope = scopeOf(entityName, fields);
  const operands = operandsOf(entityName, fields, record);
  const holds = (condition: string) => condition !== '' && read(condition, scope)?.(operands) === true;
  const rules = new Map<string, Rule>();
  const sections = layout.sections.map((section): ShownSection => {
    const shown = (section.fields ?? []).flatMap((place): readonly ShownField[] => {
      const { name = '', visible = '', required = '', read_only = '', labels = {} } = place;
      const isHidden = visible !== '' && !holds(visible);
      rules.set(name, { isHidden, isRequired: !isHidden && holds(required), isReadOnly: holds(read_only) });
      const definition = byName.get(name);
      if (definition === undefined || isHidden) return [];
      const own = asOwn(definition);
      return [
        {
          definition,
          labels: { ...own.labels, ...labels },
          isRequired: own.isRequired || holds(required),
          isReadOnly: own.isReadOnly || holds(read_only),
        },
      ];
    });
    return { key: section.key ?? '', labels: section.labels ?? {}, fields: shown };
  });
  return { sections: sections.filter((section) => section.fields.length > 0), rule: (field) => rules.get(field) ?? FREE };
}

const OF_KIND: Readonly<Record<string, Type>> = {
  text: 'text', enum: 'text', decimal: 'number', integer: 'number', long: 'number', boolean: 'boolean', date: 'date', time: 'time', id: 'other',
};
const NOT_NAMED: ReadonlySet<string> = new Set(['version', 'updated_at', 'updated_by', 'deleted', 'custom']);
const OF_SETS: ReadonlySet<string> = new Set(['text', 'enum', 'id']);

/** Return what conditions of an entity may name. */
export function scopeOf(entityName: string, fields: readonly FieldDefinition[]): Scope {
  const scope: Record<string, Type> = {};
  for (const [name, field] of Object.entries(entity(entityName).fields)) {
    const type = OF_KIND[field.kind];
    if (type === undefined || NOT_NAMED.has(name)) continue;
    scope[name] = field.repeated ? (OF_SETS.has(field.kind) ? 'set' : 'other') : type;
  }
  for (const each of fields) scope[`${CUSTOM}${each.key}`] = TYPES[kindOfValue(each)] ?? 'other';
  return scope;
}

/** Return a record as conditions read it. */
export function operandsOf(entityName: string, fields: readonly FieldDefinition[], record: Values): Operands {
  const found: Record<string, Value> = {};
  for (const [name, field] of Object.entries(entity(entityName).fields)) found[name] = builtIn(field, record[name]);
  const custom = (record['custom'] ?? {}) as Readonly<Record<string, string>>;
  for (const each of fields) found[`${CUSTOM}${each.key}`] = operandOf(kindOfValue(each), custom[each.key]);
  return found;
}

function builtIn({ kind, repeated }: { readonly kind: string; readonly repeated?: boolean }, value: unknown): Value {
  if (value === undefined || value === null || value === '' || (kind === 'enum' && value === 'unspecified')) return null;
  if (repeated === true) return Array.isArray(value) && value.length > 0 && OF_SETS.has(kind) ? new Set(value.map(String)) : null;
  if (kind === 'decimal' || kind === 'integer' || kind === 'long') return typeof value === 'string' || typeof value === 'number' ? decimalOf(`${value}`) : null;
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

/** Return the fields that a form requires of a record and that are empty, by their labels' owner. */
export function lacking(form: Form, record: Values): ReadonlySet<string> {
  const custom = (record['custom'] ?? {}) as Readonly<Record<string, string>>;
  const fields = form.sections.flatMap((section) => section.fields);
  return new Set(fields.filter((field) => field.isRequired && field.definition.kind !== 'formula' && custom[field.definition.key] === undefined).map((field) => field.definition.key));
}

/** Return a record with custom values written over its own; null takes one away. */
export function withCustom(record: Values, written: Readonly<Record<string, string | null>>): Values {
  const custom = { ...(record['custom'] as Readonly<Record<string, string>> | undefined), ...written };
  return { ...record, custom: Object.fromEntries(Object.entries(custom).filter(([, text]) => text !== null)) };
}
