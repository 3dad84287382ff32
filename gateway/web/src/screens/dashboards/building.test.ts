import { describe, expect, it } from 'vitest';
import { conditionsOf, definitionOf, draftOf } from './building';
import type { Definition } from './figures';
import { packed } from './putting';
import { termsOf } from './terms';
import { planOf, scheduleOf } from './scheduling';

const source = { entity: 'crm.opportunity', labels: {}, fields: [{ name: 'value', kind: 'money', labels: {} }] };

const tile = (report_id: string, w: number, h: number) => ({ service: 'crm', report_id, x: 0, y: 0, w, h });

describe('a stored definition that is edited', () => {
  it('is taken apart and put together again without a loss', () => {
    const definition = {
      source: 'crm.opportunity',
      filter: 'state != "a \\"b\\" c" AND expected_close >= today-30d',
      groups: [{ field: 'expected_close', step: 'quarter', labels: { it: 'Chiusura' } }, { field: 'party_id.territory_id' }],
      measures: [{ kind: 'count' }, { kind: 'sum', field: 'value', filter: 'state = open' }],
      related: [{ entity: 'crm.activity', field: 'opportunity_id', absent: true }],
      order_by: 'measure_1 desc',
      limit: 20,
      chart: { kind: 'bar' },
    } as const;
    expect(definitionOf(draftOf(definition as unknown as Definition), source)).toEqual(definition);
  });

  it('keeps a condition and a chart for which there are no parts', () => {
    const definition = { source: 'crm.opportunity', filter: 'state = open OR state = won', groups: [], measures: [{ kind: 'count' }], chart: { kind: 'own', specification: '{}' } } as const;
    const draft = draftOf(definition as unknown as Definition);
    expect(definitionOf(draft, source)).toEqual(definition);
    const narrowed = { ...draft, conditions: [{ key: 9, field: 'value', operator: 'least' as const, value: '10' }] };
    expect(definitionOf(narrowed, source)?.filter).toBe('(state = open OR state = won) AND value >= 10');
  });

  it('is read whole in the language of lists', () => {
    expect(termsOf('closed_at = "" AND due_at < week+1w AND party_id.custom.grade : "a \\"b"')).toEqual([
      { field: 'closed_at', sign: '=', value: '' },
      { field: 'due_at', sign: '<', value: 'week+1w' },
      { field: 'party_id.custom.grade', sign: ':', value: 'a "b' },
    ]);
    expect(termsOf('starts_at >= 2026-03-30T07:00:00Z')?.[0]?.value).toBe('2026-03-30T07:00:00Z');
    expect(termsOf(' ')).toEqual([]);
    for (const filter of ['a = 1 OR b = 2', 'a', 'a = "b', 'a = 1 AND ', 'A = 1']) expect(termsOf(filter), filter).toBeNull();
  });

  it('takes no condition apart that it does not know whole', () => {
    for (const filter of ['a = 1 OR b = 2', '(a = 1)', 'a = ""', 'NOT a = 1', 'a = 1 b = 2', 'a = 1 AND']) expect(conditionsOf(filter), filter).toBeNull();
    expect(conditionsOf('')).toEqual([]);
  });
});

describe('a schedule', () => {
  it('of which the form has no word stays what it is', () => {
    const stored = { recurrence: 'FREQ=MONTHLY;BYDAY=1MO', starts: '2026-03-30T07:00', recipient_ids: ['a'], format: 'csv' as const, paused: true };
    expect(scheduleOf(planOf(stored, '2026-01-01', ''))).toEqual(stored);
  });

  it('is none without somebody who gets it, and a day', () => {
    const plan = planOf(null, '2026-03-30', 'a');
    expect(scheduleOf(plan)).toEqual({ recurrence: 'FREQ=WEEKLY;BYDAY=MO', starts: '2026-03-30T07:00', recipient_ids: ['a'], format: 'pdf', paused: false });
    expect(scheduleOf({ ...plan, recipients: [] })).toBeNull();
    expect(scheduleOf({ ...plan, day: '' })).toBeNull();
  });
});

it('tiles are set in rows of twelve columns, none over another', () => {
  expect(packed([tile('a', 6, 4), tile('b', 6, 6), tile('c', 8, 4), tile('d', 6, 4)]).map(({ x, y }) => [x, y])).toEqual([[0, 0], [6, 0], [0, 6], [0, 10]]);
});
