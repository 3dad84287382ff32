/** What screens know of the copy and its synchronisation. */
import type { Values } from './contracts';
import type { Choice, ItemState, Outcome } from './items';

/** Who uses this copy. */
export interface Session {
  readonly user_id: string;
  readonly user_name: string;
  readonly display_name: string;
}

/** Everything that the sync pill and the sync centre are made of. */
export interface SyncFacts {
  /** Whether the copy was looked at since the start; nothing below is true before. */
  readonly known: boolean;
  /** null: nobody is signed in here. */
  readonly session: Session | null;
  /** The server wants a new sign-in; the copy goes on working. */
  readonly sign_in_needed: boolean;
  /** Whether a whole bundle has arrived. */
  readonly complete: boolean;
  readonly running: boolean;
  /** Rows of the bundle that is arriving; `total` 0 when unknown. */
  readonly progress: { readonly rows: number; readonly total: number; readonly since: number } | null;
  /** Own changes without an answer. */
  readonly waiting: number;
  /** Changes that wait for the user's decision. */
  readonly questions: number;
  /** When the server was last reached, RFC 3339; '' for never. */
  readonly last_contact: string;
  /** Since when it is away; '' when it is not. */
  readonly offline_since: string;
  readonly error: { readonly reason: string; readonly detail: string } | null;
  /** What the user may see here changed with the last bundle, and nobody has looked yet. */
  readonly access_changed: boolean;
  /** The copy stays closed until the server is reached. */
  readonly lease_over: boolean;
  /** The server takes no program as old as this one. */
  readonly upgrade_needed: boolean;
  /** Id of this device, by which an administrator finds it; '' before the first sign-in. */
  readonly device: string;
  /** Grant groups that are kept here; none: all that the user may replicate. */
  readonly groups: readonly string[];
  /** Whether another tab does the synchronising. */
  readonly follower: boolean;
}

export const NO_FACTS: SyncFacts = {
  known: false,
  session: null,
  sign_in_needed: false,
  complete: false,
  running: false,
  progress: null,
  waiting: 0,
  questions: 0,
  last_contact: '',
  offline_since: '',
  error: null,
  access_changed: false,
  lease_over: false,
  upgrade_needed: false,
  device: '',
  groups: [],
  follower: false,
};

/** One of the user's own changes, as the sync centre lists it. */
export interface QueueEntry {
  readonly id: string;
  readonly entity: string;
  readonly record_id: string;
  /** create, update, delete, or the name of a command. */
  readonly what: string;
  readonly fields: readonly string[];
  readonly made_at: string;
  readonly state: ItemState;
  readonly outcome: Outcome | '';
  readonly reason: string;
  readonly detail: string;
}

/** A parked change: what its author wanted, what stands there now, and why the server kept it apart. */
export interface Question {
  readonly id: string;
  readonly entity: string;
  readonly record_id: string;
  readonly outcome: Outcome | '';
  readonly reason: string;
  readonly detail: string;
  /** Fields in conflict; empty for a refusal. */
  readonly conflicts: readonly string[];
  readonly made_at: string;
  /** What was there when it was made. */
  readonly base: Values;
  readonly mine: Values;
  readonly theirs: Values;
  /** Who wrote what stands there, and when; '' when unknown. */
  readonly theirs_by: string;
  readonly theirs_at: string;
  /** Decided, and the decision not sent yet. */
  readonly decided: boolean;
}

/** What is kept of one bucket. */
export interface BucketFacts {
  readonly key: string;
  readonly rows: number;
}

export type { Choice };
