/**
 * What can go wrong with the copy; a class for each thing that a caller does next.
 *
 *     ReplicaError
 *       Unusable      what was asked makes no sense here; nothing changed
 *       ServerAway    try again later
 *       SignInNeeded  the session is over
 *       Refused       the server said no, with its reason
 *       Damaged       a bundle was not what it claims; ask again
 *       UpgradeNeeded this program is too old for the server
 *       Wiped         the copy is to be removed
 *       LeaseOver     too long without the server
 *
 * They travel between worker and screens, so each is told apart by `kind`.
 */
export type ErrorKind =
  | 'unusable' | 'server_away' | 'sign_in_needed' | 'refused' | 'damaged' | 'upgrade_needed' | 'wiped' | 'lease_over';

export class ReplicaError extends Error {
  constructor(
    readonly kind: ErrorKind,
    /** Upper-snake reason, as the server's. */
    readonly reason: string,
    readonly detail = '',
  ) {
    super(detail ? `${reason}: ${detail}` : reason);
    this.name = 'ReplicaError';
  }
}

export const unusable = (reason: string, detail = '') => new ReplicaError('unusable', reason, detail);
export const serverAway = (detail = '') => new ReplicaError('server_away', 'SERVER_AWAY', detail);
export const damaged = (reason: string, detail = '') => new ReplicaError('damaged', reason, detail);
export const signInNeeded = (reason = 'SIGN_IN_NEEDED', detail = '') =>
  new ReplicaError('sign_in_needed', reason, detail);
export const wiped = (reason: string, detail = '') => new ReplicaError('wiped', reason, detail);

/** The browser has no room left: nothing of what was to be written is there, everything that was there is. */
export function isQuota(error: unknown): boolean {
  return error instanceof Error && /QuotaExceeded/.test(`${error.name} ${error.message}`);
}

/** Whether an error is one of ours, of this kind. */
export function isKind(error: unknown, ...kinds: readonly ErrorKind[]): error is ReplicaError {
  return error instanceof ReplicaError && (kinds.length === 0 || kinds.includes(error.kind));
}
