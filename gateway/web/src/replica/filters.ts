/** Questions of screens as the server's lists and prints take them: `field op value`, joined by AND. */
import { entity, type Field } from './contracts';
import type { AnyWhere, Condition } from './query';

/** More values of one field, or alternatives, are not asked for one by one. */
const MOST_QUESTIONS = 20;
const OPERATORS: Readonly<Record<string, string>> = { eq: '=', not: '!=', gt: '>', gte: '>=', lt: '<', lte: '<=', has: ':', contains: ':', starts: ':' };
const CUSTOM = 'custom.';

const asCondition = (wanted: unknown): Condition => (typeof wanted === 'object' && wanted !== null ? wanted : { eq: wanted as string });

/** Return filters whose answers hold together all that fits; null where there is nothing to filter by. */
export function filtersOf(entityName: string, where: AnyWhere | undefined): readonly string[] | null {
  const { fields } = entity(entityName);
  const { any, text: _, ...plain } = where ?? {};
  const alternatives = (any ?? [{}]) as readonly AnyWhere[];
  const filters = alternatives.flatMap((each) => combined({ ...plain, ...each }, fields));
  return filters.length > MOST_QUESTIONS || filters.includes('') ? null : filters;
}

function combined(where: AnyWhere, fields: Readonly<Record<string, Field>>): readonly string[] {
  let found = [''];
  for (const [name, wanted] of Object.entries(where)) {
    const field = fields[name];
    if (field === undefined || wanted === undefined) continue;
    const condition = asCondition(wanted);
    const terms = termsOf(name, condition);
    if (terms.length === 0 && condition.in === undefined) continue;
    found = found.flatMap((each) => terms.map((term) => (each === '' ? term : `${each} AND ${term}`)));
  }
  return found;
}

const quoted = (value: unknown) => `"${String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** Terms of which one holds; none where the server has no word for it. */
function termsOf(name: string, condition: Condition): readonly string[] {
  if (condition.in !== undefined) return condition.in.filter((value) => value !== '').map((value) => `${name} = ${quoted(value)}`);
  const terms = Object.entries(condition).flatMap(([operator, value]) => {
    const sign = OPERATORS[operator];
    return sign === undefined || value === undefined || value === '' ? [] : [`${name} ${sign} ${quoted(value)}`];
  });
  return terms.length === 0 ? [] : [terms.join(' AND ')];
}

/** Return the one filter that says exactly the same; null where there is none. Words are asked for apart. */
export function exactFilter(entityName: string, where: AnyWhere | undefined): string | null {
  const { fields } = entity(entityName);
  const { any = [], text: _, ...plain } = where ?? {};
  const alternatives = any as readonly AnyWhere[];
  if (alternatives.length > 1) return null;
  const terms = Object.entries({ ...plain, ...alternatives[0] }).flatMap(([name, wanted]): readonly (string | null)[] => {
    if (wanted === undefined) return [];
    const condition = asCondition(wanted);
    const isExact = Object.entries(condition).every(([operator, value]) => (operator === 'in' ? (value as readonly unknown[]).length === 1 : operator in OPERATORS && operator !== 'starts' && value !== ''));
    const found = termsOf(name, condition);
    return isExact && found.length === 1 && (name in fields || name.startsWith(CUSTOM)) ? found : [null];
  });
  return terms.includes(null) ? null : terms.join(' AND ');
}
