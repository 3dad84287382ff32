/** One tab's side of the copy: its engine, the other tabs' news, and the lead if it is free. */
import { Engine, type Announcement } from './engine';
import { Following, type FollowingOptions } from './following';
import type { Server } from './server';
import type { Store } from './store';

export interface Channel {
  postMessage: (announcement: Announcement) => void;
  onmessage: ((event: { data: Announcement }) => void) | null;
}

export interface TabOptions {
  readonly store: Store;
  readonly server: Server;
  readonly channel: Channel;
  /** Runs a job while this tab leads; calls it once, when the lead is free. */
  readonly whenLeading: (job: (signal: AbortSignal) => Promise<void>) => void;
  readonly now?: () => Date;
  readonly firstPauseMs?: number;
  readonly platform?: string;
}

export interface Tab {
  readonly engine: Engine;
  readonly following: Following;
  readonly started: Promise<void>;
}

/** Put a tab together and start it. */
export function openTab({ store, server, channel, whenLeading, ...rest }: TabOptions): Tab {
  const announce = (announcement: Announcement) => channel.postMessage(announcement);
  const engine = new Engine({
    store,
    announce: (announcement) => {
      announce(announcement);
      if (announcement.kind === 'wanted') following.wanted();
    },
    ...(rest.now === undefined ? {} : { now: rest.now }),
  });
  const options: FollowingOptions = {
    store,
    server,
    engine,
    announceFacts: (facts) => announce({ kind: 'facts', facts }),
    announceRows: (keys) => announce({ kind: 'rows', keys }),
    announceWanted: () => announce({ kind: 'wanted' }),
    announceGone: (reason) => announce({ kind: 'gone', reason }),
    ...rest,
  };
  const following = new Following(options);
  engine.synchroniser = following;
  let leads = false;
  channel.onmessage = ({ data }) => {
    // Who leads decides what the facts are.
    if (data.kind === 'facts' && leads) return hearAsLeader(data, engine, following);
    void engine.hear(data);
    if (data.kind === 'wanted') following.now();
    if (data.kind === 'hello' && leads) announce({ kind: 'facts', facts: engine.facts });
  };
  const started = following.start().then(() => {
    announce({ kind: 'hello' });
    whenLeading(async (signal) => {
      leads = true;
      await following.lead(signal);
      leads = false;
    });
  });
  return { engine, following, started };
}

/** A follower may open a session, nothing else. */
function hearAsLeader(
  { facts }: Announcement & { kind: 'facts' },
  engine: Engine,
  following: Following,
): void {
  if (facts.session === null || facts.sign_in_needed) return;
  if (engine.facts.session?.user_id === facts.session.user_id && !engine.facts.sign_in_needed) return;
  engine.setFacts({ session: facts.session, sign_in_needed: false });
  void following.session.changed();
}
