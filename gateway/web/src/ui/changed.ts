/** Return the fields whose values are not those of the record: what was not touched, somebody else may write meanwhile. */
export function changedFields<F extends object>(record: object, fields: F): Partial<F> {
  const differs = ([name, value]: readonly [string, unknown]) => JSON.stringify(Reflect.get(record, name)) !== JSON.stringify(value);
  return Object.fromEntries(Object.entries(fields).filter(differs)) as Partial<F>;
}
