/**
 * What the sync pill says: one state out of the facts, the most urgent first.
 *
 *     gone           nobody is signed in
 *     lease_over     too long without the server: the copy is closed
 *     sign_in        the session is over: the copy works, nothing is exchanged
 *     upgrade        the server takes no program as old as this one
 *     conflicts      n changes wait for a decision
 *     access         what the user may see here has changed
 *     update         a new version of the client is ready
 *     first          the first bundle is arriving
 *     offline        the server is away (n changes wait)
 *     error          the last exchange failed for another reason
 *     syncing        something is exchanged
 *     waiting        n changes wait to be sent
 *     synced         everything is here and everything is there
 */
import type { SyncFacts } from '../replica';

export type PillState =
  | { readonly kind: 'gone' | 'lease_over' | 'sign_in' | 'upgrade' | 'access' | 'update' | 'syncing' }
  | { readonly kind: 'conflicts' | 'waiting'; readonly count: number }
  | { readonly kind: 'first'; readonly percent: number | null }
  | { readonly kind: 'offline'; readonly since: string; readonly count: number }
  | { readonly kind: 'error'; readonly reason: string }
  | { readonly kind: 'synced'; readonly at: string };

export type PillTone = 'calm' | 'busy' | 'pending' | 'attention' | 'trouble';

/** Return what to show. */
export function pillState(facts: SyncFacts, updateReady: boolean): PillState {
  if (facts.session === null) return { kind: 'gone' };
  if (facts.lease_over) return { kind: 'lease_over' };
  if (facts.sign_in_needed) return { kind: 'sign_in' };
  if (facts.upgrade_needed) return { kind: 'upgrade' };
  if (facts.questions > 0) return { kind: 'conflicts', count: facts.questions };
  if (facts.access_changed) return { kind: 'access' };
  if (updateReady) return { kind: 'update' };
  if (!facts.complete && facts.offline_since === '' && facts.error === null) {
    return { kind: 'first', percent: percentOf(facts) };
  }
  if (facts.offline_since !== '') return { kind: 'offline', since: facts.offline_since, count: facts.waiting };
  if (facts.error !== null) return { kind: 'error', reason: facts.error.reason };
  if (facts.running && facts.waiting === 0) return { kind: 'syncing' };
  if (facts.waiting > 0) return { kind: 'waiting', count: facts.waiting };
  return { kind: 'synced', at: facts.last_contact };
}

/** Return how far a bundle is, 0 to 99; null while the number of its rows is unknown. */
export function percentOf({ progress }: SyncFacts): number | null {
  if (progress === null || progress.total === 0) return null;
  return Math.min(99, Math.floor((100 * progress.rows) / progress.total));
}

export function toneOf(state: PillState): PillTone {
  switch (state.kind) {
    case 'synced':
      return 'calm';
    case 'first':
    case 'syncing':
    case 'update':
      return 'busy';
    case 'waiting':
    case 'offline':
      return 'pending';
    case 'access':
    case 'sign_in':
    case 'gone':
      return 'attention';
    default:
      return 'trouble';
  }
}
