/** The desktop copy's fake server, for tests of the replica: the same world, the same oracle. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Fetch } from '../src/replica/server';

export interface State {
  /** "entity id facet" -> [version, body]: what a device with this checkpoint must hold. */
  readonly expected: Readonly<Record<string, readonly [number, Record<string, unknown>]>>;
  readonly oracle: State['expected'];
  readonly told: readonly string[];
  readonly progress: readonly [number, number];
  readonly applied: readonly string[];
  readonly results: Readonly<Record<string, { outcome: string; changed: boolean }>>;
  readonly parked: Readonly<Record<string, { fields: unknown }>>;
  readonly holding: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, Record<string, unknown>>>;
}

interface Answered {
  readonly error?: string;
  readonly status: number;
  readonly body: string;
  readonly broken: boolean;
}

// The tests run in the client's folder; a document has no file address.
const root = `${process.cwd()}/../..`;

export class Fake {
  private readonly child: ChildProcess;
  private readonly waiting: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = [];
  private ended = false;
  /** Whether the server is away altogether. */
  away = false;
  private streams: ReadableStreamDefaultController<Uint8Array>[] = [];

  constructor() {
    const python = process.env['SALES_PYTHON_BIN'] ?? `${root}/.venv/bin/python`;
    if (!existsSync(python)) throw new Error(`no Python at ${python}: run make check first`);
    this.child = spawn(python, ['-m', 'tests.web.fake_server'], {
      cwd: fileURLToPath(`file://${root}`),
      env: { ...process.env, PYTHONPATH: `${root}:${root}/protos/gen/py` },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdout } = this.child;
    if (stdout === null) throw new Error('no output');
    createInterface({ input: stdout }).on('line', (line) => this.waiting.shift()?.resolve(JSON.parse(line)));
    this.child.on('exit', () => {
      this.ended = true;
      for (const { reject } of this.waiting) reject(new Error('the fake server ended'));
    });
  }

  close(): void {
    this.child.stdin?.end();
  }

  private ask<T>(question: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.ended) reject(new Error('the fake server ended'));
      this.waiting.push({ resolve: resolve as (answer: unknown) => void, reject });
      this.child.stdin?.write(`${JSON.stringify(question)}\n`);
    });
  }

  /** Begin with a new world. */
  reset(): Promise<unknown> {
    this.away = false;
    return this.ask({ ask: 'new' });
  }

  world(...step: readonly [string, number, unknown]): Promise<unknown> {
    return this.ask({ world: step });
  }

  publish(): Promise<unknown> {
    return this.world('ingest', 0, null);
  }

  rebuild(): Promise<unknown> {
    return this.ask({ ask: 'rebuild' });
  }

  merge(other: string, survivor: string): Promise<unknown> {
    return this.ask({ merge: [other, survivor] });
  }

  set(values: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.ask({ set: values });
  }

  state(checkpoint = '', groups: readonly string[] = []): Promise<State> {
    return this.ask({ ask: 'state', checkpoint, groups: groups.length > 0 ? groups : null });
  }

  /** What an administrator reads out for a device and a day. */
  async unlockCode(device: string, day: string): Promise<string> {
    return (await this.ask<{ code: string }>({ code: [device, day] })).code;
  }

  /** Say something on every open stream of events. */
  tell(name: string, data = '{}'): void {
    for (const stream of this.streams) stream.enqueue(new TextEncoder().encode(`event: ${name}\ndata: ${data}\n\n`));
  }

  /** Break every open stream. */
  hangUp(): void {
    for (const stream of this.streams) stream.error(new TypeError('reset'));
    this.streams = [];
  }

  readonly fetch: Fetch = async (path, init) => {
    if (this.away) throw new TypeError('fetch failed');
    if (path === '/v1/sync/live') return this.live(init.signal ?? null);
    const answer = await this.ask<Answered>({ method: init.method, path, body: init.body });
    if (answer.error !== undefined) throw new TypeError(answer.error);
    const body = answer.broken ? broken(answer.body) : answer.body;
    return new Response(answer.status === 204 ? null : body, { status: answer.status });
  };

  private live(signal: AbortSignal | null): Response {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.streams.push(controller);
        controller.enqueue(new TextEncoder().encode('event: poke\ndata: {"head":1}\n\n'));
        signal?.addEventListener('abort', () => {
          this.streams = this.streams.filter((each) => each !== controller);
          controller.error(new TypeError('aborted'));
        });
      },
    });
    return new Response(body);
  }
}

function broken(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode(text));
      controller.error(new TypeError('reset'));
    },
  });
}
