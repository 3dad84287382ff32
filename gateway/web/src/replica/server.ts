/**
 * The gateway, as the worker speaks with it: session, changes, parked changes, bundles.
 *
 * Every failure becomes one of `errors.ts`. The session lives in cookies that no script can read; its token against
 * forged requests comes from the page. An access token that is over is refreshed once, unseen.
 */
import { alone } from './alone';
import { damaged, isKind, ReplicaError, serverAway, signInNeeded, wiped } from './errors';

const PATIENCE_MS = 30_000;
/** Two pings of the live stream. */
const SILENCE_MS = 60_000;
const END_MS = 250;
const REVOKED = ['DEVICE_REVOKED', 'DEVICE_WIPED'];

interface Problem {
  readonly reason?: string;
  readonly detail?: string;
  readonly violations?: readonly { readonly field?: string; readonly detail?: string }[];
}

export interface ServerUser {
  readonly id: string;
  readonly user_name: string;
  readonly display_name?: string;
}

/** A file that the server made. */
export interface ServerFile {
  /** '' where it was given none. */
  readonly name: string;
  readonly type: string;
  readonly content: ArrayBuffer;
}

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

export interface LiveEvent {
  readonly name: string;
  readonly data: string;
}

export class Server {
  csrf = '';
  language = 'it';

  constructor(private readonly fetch: Fetch = (path, init) => globalThis.fetch(path, init)) {}

  /** Exchange name and password for a session of this device. Cookies keep it. */
  async signIn(body: {
    readonly user_name: string;
    readonly password: string;
    readonly device_id: string;
    readonly device_name: string;
  }): Promise<ServerUser> {
    const answer = await this.send('POST', '/v1/session', { ...body, client: 'web' });
    return ((await answer.json()) as { user: ServerUser }).user;
  }

  async signOut(): Promise<void> {
    await this.signed('DELETE', '/v1/session', undefined);
  }

  /** Send a body to an address that needs a session; return the answer, {} without one. */
  post<T>(path: string, body: unknown): Promise<T> {
    return this.sent('POST', path, body);
  }

  /** Change a record; with the version that was seen, only that one. */
  patch<T>(path: string, body: unknown, version?: number): Promise<T> {
    return this.sent('PATCH', path, body, version);
  }

  /** Delete a record; with the version that was seen, only that one. */
  remove<T>(path: string, version?: number): Promise<T> {
    return this.sent('DELETE', path, undefined, version);
  }

  private async sent<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: unknown, version?: number): Promise<T> {
    const answer = await this.signed(method, path, body, undefined, version);
    const text = await answer.text();
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.signed('GET', path, undefined)).json()) as T;
  }

  /** Ask for a file. */
  async file(method: 'GET' | 'POST', path: string, body?: unknown): Promise<ServerFile> {
    const answer = await this.signed(method, path, body);
    const name = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1];
    return {
      name: name === undefined ? '' : decodeURIComponent(name),
      type: answer.headers.get('Content-Type') ?? 'application/octet-stream',
      content: await answer.arrayBuffer(),
    };
  }

  /** Ask for a bundle; return its lines while they arrive, null if there is nothing new. */
  async pull(body: unknown): Promise<AsyncGenerator<string> | null> {
    const answer = await this.signed('POST', '/v1/sync/pull', body, null);
    return answer.status === 204 ? null : lines(answer, PATIENCE_MS * 2);
  }

  /** Open the stream of events; ends when the server closes it, throws when the line breaks or falls silent. */
  async live(signal: AbortSignal): Promise<AsyncGenerator<LiveEvent>> {
    return events(await this.signed('GET', '/v1/sync/live', undefined, signal));
  }

  private async signed(
    method: string,
    path: string,
    body: unknown,
    signal: AbortSignal | null = AbortSignal.timeout(PATIENCE_MS),
    version?: number,
  ): Promise<Response> {
    const begun = Date.now();
    try {
      return await this.send(method, path, body, signal, version);
    } catch (error) {
      if (!isKind(error, 'sign_in_needed')) throw error;
      await this.refresh(begun);
      return this.send(method, path, body, method === 'GET' || signal === null ? signal : AbortSignal.timeout(PATIENCE_MS), version);
    }
  }

  private refreshedAt = 0;

  /** A refresh token is good once, and all tabs have the same one: one tab at a time. */
  private async refresh(begun: number): Promise<void> {
    await alone('project-sales-refresh', async () => {
      // This tab has refreshed since the call began: its cookie is new already.
      if (this.refreshedAt > begun) return;
      try {
        await this.send('POST', '/v1/session:refresh', {});
      } catch (error) {
        // Another tab's refresh may have been the one that counts: the call is tried again once either way.
        if (!isKind(error, 'sign_in_needed') || !(await this.isSignedIn())) throw error;
      }
      this.refreshedAt = Date.now();
    });
  }

  private async isSignedIn(): Promise<boolean> {
    try {
      await this.send('GET', '/v1/sync/profile', undefined);
      return true;
    } catch (error) {
      if (isKind(error, 'sign_in_needed')) return false;
      throw error;
    }
  }

  private async send(
    method: string,
    path: string,
    body: unknown,
    signal: AbortSignal | null = AbortSignal.timeout(PATIENCE_MS),
    version?: number,
  ): Promise<Response> {
    const headers: Record<string, string> = { 'Accept-Language': this.language };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (version !== undefined) headers['If-Match'] = `"${version}"`;
    if (method !== 'GET' && this.csrf !== '') headers['X-CSRF-Token'] = this.csrf;
    let answer: Response;
    try {
      answer = await this.fetch(path, {
        method,
        headers,
        credentials: 'same-origin',
        cache: 'no-store',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === null ? {} : { signal }),
      });
    } catch (error) {
      throw serverAway(String(error));
    }
    if (answer.status >= 400) throw await failure(answer);
    return answer;
  }
}

/** Return the error of an answer that is none of what was hoped for. */
async function failure(answer: Response): Promise<ReplicaError> {
  let problem: Problem = {};
  try {
    problem = (await answer.json()) as Problem;
  } catch {
    // Not from our gateway, or cut off: the status says enough.
  }
  const reason = problem.reason ?? `HTTP_${answer.status}`;
  const violations = (problem.violations ?? []).map((each) => `${each.field ?? ''}: ${each.detail ?? ''}`);
  const detail = [problem.detail, ...violations].filter(Boolean).join('; ');
  if (REVOKED.includes(reason)) return wiped(reason, detail);
  if (answer.status === 401) return signInNeeded(reason, detail);
  // A page that was opened before somebody signed in again in another tab has an old token.
  if (reason === 'CSRF_TOKEN_WRONG') return signInNeeded(reason, detail);
  if (reason !== 'TOO_MANY_SIGN_INS' && [429, 502, 503, 504].includes(answer.status)) return serverAway(detail);
  return new ReplicaError('refused', reason, detail);
}

/** The complete lines of an answer, while it arrives. */
async function* lines(answer: Response, silenceMs: number): AsyncGenerator<string> {
  if (answer.body === null) throw damaged('INCOMPLETE');
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), silenceMs);
      if (done) break;
      const complete = (rest + value).split('\n');
      rest = complete.pop() ?? '';
      for (const line of complete) if (line !== '') yield line;
    }
  } catch (error) {
    throw isKind(error) ? error : serverAway(String(error));
  } finally {
    // Nothing follows the end of a bundle: reading it to the end keeps the connection for the next call.
    const last = await inTime(reader.read(), END_MS).catch(() => null);
    if (last?.done !== true) await reader.cancel().catch(() => undefined);
  }
  if (rest !== '') yield rest;
}

async function* events(answer: Response): AsyncGenerator<LiveEvent> {
  let name = '';
  let data = '';
  if (answer.body === null) throw serverAway('no stream');
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), SILENCE_MS);
      if (done) return;
      const complete = (rest + value).split('\n');
      rest = complete.pop() ?? '';
      for (const line of complete) {
        if (line.startsWith('event: ')) name = line.slice(7);
        else if (line.startsWith('data: ')) data = line.slice(6);
        else if (line === '' && name !== '') {
          yield { name, data };
          name = '';
          data = '';
        }
      }
    }
  } catch (error) {
    throw isKind(error) ? error : serverAway(String(error));
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A read that hears nothing for this long breaks: half-open lines report nothing by themselves. */
async function inTime<T>(reading: Promise<T>, limitMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(serverAway('silence')), limitMs);
  });
  try {
    return await Promise.race([reading, limit]);
  } finally {
    clearTimeout(timer);
  }
}
