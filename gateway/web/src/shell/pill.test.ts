import { describe, expect, it } from 'vitest';
import { NO_FACTS, type SyncFacts } from '../replica/facts';
import { pillState, toneOf } from './pill';

const session = { user_id: 'u', user_name: 'sales.north', display_name: 'Giulia' };
const facts = (more: Partial<SyncFacts>): SyncFacts => ({ ...NO_FACTS, session, complete: true, ...more });

describe('the sync pill', () => {
  it.each([
    ['nobody is signed in', NO_FACTS, { kind: 'gone' }],
    ['first bundle, rows unknown', facts({ complete: false }), { kind: 'first', percent: null }],
    [
      'first bundle, half of it',
      facts({ complete: false, progress: { rows: 50, total: 100, since: 0 } }),
      { kind: 'first', percent: 50 },
    ],
    ['more rows than announced', facts({ complete: false, progress: { rows: 130, total: 100, since: 0 } }), { kind: 'first', percent: 99 }],
    ['nothing to do', facts({ last_contact: 't' }), { kind: 'synced', at: 't' }],
    ['own changes wait', facts({ waiting: 2 }), { kind: 'waiting', count: 2 }],
    ['they are on their way', facts({ waiting: 2, running: true }), { kind: 'waiting', count: 2 }],
    ['a pull', facts({ running: true }), { kind: 'syncing' }],
    ['the server is away', facts({ offline_since: 't', waiting: 3 }), { kind: 'offline', since: 't', count: 3 }],
    ['away before the first bundle', facts({ complete: false, offline_since: 't' }), { kind: 'offline', since: 't', count: 0 }],
    ['away, with a question', facts({ offline_since: 't', questions: 1 }), { kind: 'conflicts', count: 1 }],
    ['an error', facts({ error: { reason: 'SUMS_DIFFER', detail: '' } }), { kind: 'error', reason: 'SUMS_DIFFER' }],
    ['rights changed', facts({ access_changed: true }), { kind: 'access' }],
    ['session over', facts({ sign_in_needed: true, questions: 1 }), { kind: 'sign_in' }],
    ['too long away', facts({ lease_over: true, offline_since: 't' }), { kind: 'lease_over' }],
  ] as const)('%s', (_name, given, expected) => {
    expect(pillState(given, false)).toEqual(expected);
  });

  it('says that an update is ready, unless something needs the user first', () => {
    expect(pillState(facts({}), true)).toEqual({ kind: 'update' });
    expect(pillState(facts({ questions: 1 }), true)).toEqual({ kind: 'conflicts', count: 1 });
  });

  it('is calm only when everything is here and there', () => {
    expect(toneOf(pillState(facts({}), false))).toBe('calm');
    expect(toneOf(pillState(facts({ waiting: 1 }), false))).toBe('pending');
  });
});
