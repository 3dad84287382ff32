/**
 * The user's session: opened, heard of in other tabs, ended; and the end of the copy, which is one user's alone.
 */
import type { Engine } from './engine';
import { isKind, unusable } from './errors';
import type { SyncFacts } from './facts';
import { newUuid } from './ids';
import type { SignIn } from './protocol';
import { Pushing } from './pushing';
import type { Server } from './server';
import type { Store } from './store';

/** How long a sign-in waits for the page to read the new cookie. */
const CSRF_WAIT_MS = 2_000;

export interface SessionOptions {
  readonly store: Store;
  readonly server: Server;
  readonly engine: Engine;
  readonly now: () => Date;
  readonly setFacts: (facts: Partial<SyncFacts>) => void;
  /** Something may be possible now. */
  readonly ring: () => void;
  readonly announceWanted: () => void;
  readonly announceGone: (reason: string) => void;
}

export class Session {
  private csrfArrived: (() => void) | null = null;

  constructor(private readonly options: SessionOptions) {}

  /**
   * Open a session. Another user may sign in only when nothing of the present one is unsent; their copy is removed
   * first.
   */
  async signIn({ user_name, password, device_name }: SignIn): Promise<void> {
    const { store, server, now } = this.options;
    const before = await store.get<SyncFacts['session']>('session', null);
    if (before !== null && before.user_name !== user_name) {
      if ((await store.waiting()).length > 0) throw unusable('UNSENT_OF_ANOTHER', before.user_name);
      await store.forget();
      this.options.announceGone('user_changed');
    }
    const device_id = await store.get('device_id', newUuid(now()));
    const user = await server.signIn({ user_name, password, device_id, device_name: device_name.slice(0, 100) });
    const session = { user_id: user.id, user_name, display_name: user.display_name ?? '' };
    await store.put({ device_id, device_name, session });
    await store.cipher();
    await this.freshCsrf();
    this.options.setFacts({ session, device: device_id, sign_in_needed: false, error: null });
    this.options.announceWanted();
    this.options.ring();
  }

  /** Another tab opened a session: its token first, then the server. */
  async changed(): Promise<void> {
    await this.freshCsrf();
    this.options.ring();
  }

  private async freshCsrf(): Promise<void> {
    const { engine } = this.options;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CSRF_WAIT_MS);
      this.csrfArrived = () => {
        clearTimeout(timer);
        resolve();
      };
      engine.wantCsrf();
    });
    this.csrfArrived = null;
  }

  setCsrf(token: string): void {
    this.options.server.csrf = token;
    this.csrfArrived?.();
  }

  setLanguage(language: string): void {
    this.options.server.language = language;
  }

  /**
   * Send what is unsent, end the session, remove the copy.
   *
   * Throws `unusable` UNSENT_CHANGES unless forced.
   */
  async signOut(force: boolean): Promise<void> {
    const { store, server, now, engine } = this.options;
    if (!force && (await store.waiting()).length > 0) {
      try {
        await new Pushing({ store, server, now, changed: () => engine.queueChanged() }).run();
      } catch (error) {
        if (!isKind(error)) throw error;
      }
      if ((await store.waiting()).length > 0) throw unusable('UNSENT_CHANGES', String(engine.facts.waiting));
    }
    try {
      await server.signOut();
    } catch (error) {
      // Without the server its session ends by itself; the copy goes all the same.
      if (!isKind(error)) throw error;
    }
    await this.forget('signed_out');
  }

  /** Remove the copy: it is one user's alone. */
  async forget(reason: string): Promise<void> {
    await this.options.store.forget();
    await this.options.engine.gone(reason);
    this.options.announceGone(reason);
    this.options.ring();
  }
}
