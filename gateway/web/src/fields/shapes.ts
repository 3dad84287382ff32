/** The definitions of this copy in React: a field that arrives is on the screen with the next drawing. */
import { useMemo } from 'react';
import { entity, useRecord, useRecords, useMe, type EntityName, type Values } from '../replica';
import { fieldsOf, formOf, type FieldDefinition, type Form, type RecordType } from './definitions';

/** Owners whose records users may shape. */
const OWNERS = ['crm', 'offers', 'aftersales'] as const;
type Owner = (typeof OWNERS)[number];
const MOST = 2000;

export const ownerOf = (entityName: EntityName): Owner => OWNERS.find((owner) => owner === entity(entityName).service) ?? 'crm';

/** The fields of an entity that are in use, in order. */
export function useFields(entityName: EntityName, recordType = ''): readonly FieldDefinition[] {
  const { rows } = useRecords(`${ownerOf(entityName)}.field_definition`, { where: { entity: entityName }, limit: MOST });
  return useMemo(() => fieldsOf(rows, entityName, recordType), [rows, entityName, recordType]);
}

/** The roles of who uses this copy. */
function useRoleIds(): readonly string[] {
  const user = useMe();
  return useRecord('identity.user', user).record?.role_ids ?? NONE;
}
const NONE: readonly string[] = [];

/** Return a function that answers the form of a record of an entity, as it would be. */
export function useFormAsk(entityName: EntityName): (record: Values) => Form {
  return useShapes(entityName).ask;
}

/** The form of a record, as its fields are now; null for the few milliseconds before it is known. */
export function useForm(entityName: EntityName, record: Values | null): Form | null {
  const { ready, ask } = useShapes(entityName);
  return useMemo(() => (ready && record !== null ? ask(record) : null), [ready, ask, record]);
}

function useShapes(entityName: EntityName): { readonly ready: boolean; readonly ask: (record: Values) => Form } {
  const owner = ownerOf(entityName);
  const fields = useRecords(`${owner}.field_definition`, { where: { entity: entityName }, limit: MOST });
  const layouts = useRecords(`${owner}.form_layout`, { where: { entity: entityName }, limit: MOST });
  const roleIds = useRoleIds();
  const ask = useMemo(() => {
    const shapes = { definitions: fields.rows, layouts: layouts.rows, roleIds };
    return (record: Values) => formOf(shapes, entityName, record);
  }, [fields.rows, layouts.rows, roleIds, entityName]);
  return { ready: fields.ready && layouts.ready, ask };
}

/** The kinds of record that stand under records of an entity, in order. */
export function useRecordTypes(parentEntity: EntityName): readonly RecordType[] {
  const { rows } = useRecords(`${ownerOf(parentEntity)}.record_type`, { where: { parent_entity: parentEntity }, limit: MOST });
  return useMemo(() => rows.toSorted((a, b) => a.position - b.position || (a.key < b.key ? -1 : 1)), [rows]);
}
