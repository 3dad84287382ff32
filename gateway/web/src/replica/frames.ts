/**
 * The lines of a bundle.
 *
 * A body is kept as the text that arrived: the last member of its line, found without a second parser; inside a JSON
 * text the quotation marks of `,"d":` would stand behind backslashes. Its checksum `h` is believed: a browser no
 * longer has the bytes (sync.md, 4); the sums of the buckets are compared at `done`.
 */
import { BASE } from './contracts';
import { damaged } from './errors';

export interface Put {
  readonly k: 'put';
  readonly s: number;
  readonly b: readonly string[];
  readonly t: string;
  readonly i: string;
  readonly f: string;
  readonly v: number;
  readonly h: string;
  readonly d: string;
}

export interface Out {
  readonly k: 'out';
  readonly s: number;
  readonly b: readonly string[];
  readonly t: string;
  readonly i: string;
  /** Id of the record into which it was merged; ''. */
  readonly to: string;
}

export interface Plan {
  readonly k: 'plan';
  readonly gen: number;
  readonly drop: readonly string[];
  readonly backfill: readonly string[];
  readonly rows: number;
}

export interface Done {
  readonly k: 'done';
  readonly checkpoint: string;
  readonly seen: readonly string[];
  readonly epochs: Readonly<Record<string, string>>;
  readonly sums: ReadonlyMap<string, { readonly n: number; readonly h: string }>;
}

/** What the server wants instead of a bundle. */
export interface Order {
  readonly k: 'replan' | 'upgrade' | 'wipe';
  readonly detail: string;
}

export type Frame = Put | Out | Plan | Done | Order;

const BODY = ',"d":';
const HASH = /^[0-9a-f]{16}$/;

/**
 * Return the frame of a line, null for a kind that this program does not know.
 *
 * Throws `damaged` FRAME_UNREADABLE.
 */
export function readFrame(line: string): Frame | null {
  try {
    if (line.startsWith('{"k":"put"')) return readPut(line);
    return other(JSON.parse(line) as Record<string, unknown>, line);
  } catch {
    throw damaged('FRAME_UNREADABLE', line.slice(0, 80));
  }
}

function readPut(line: string): Put {
  const at = line.indexOf(BODY);
  if (at < 0) throw new RangeError('no body');
  const text = line.trimEnd();
  const body = text.slice(at + BODY.length, -1);
  if (!body.startsWith('{') || !body.endsWith('}')) throw new RangeError('cut off');
  const found = JSON.parse(`${text.slice(0, at)}}`) as Omit<Put, 'd'>;
  if (!HASH.test(found.h) || !found.t || !found.i) throw new RangeError('incomplete');
  return { ...found, f: found.f || BASE, d: body };
}

interface Planned {
  readonly b: string;
  readonly rows?: number;
}

function other(found: Record<string, unknown>, line: string): Frame | null {
  switch (found['k']) {
    case 'put':
      return readPut(line);
    case 'out': {
      const out = found as unknown as Out;
      return { k: 'out', s: out.s, b: [...out.b], t: out.t, i: out.i, to: found['to'] === undefined ? '' : out.to };
    }
    case 'plan': {
      const backfill = (found['backfill'] ?? []) as readonly Planned[];
      return {
        k: 'plan',
        gen: Number(found['gen']),
        drop: (found['drop'] ?? []) as readonly string[],
        backfill: backfill.map((each) => each.b),
        rows: backfill.reduce((total, each) => total + (each.rows ?? 0), 0),
      };
    }
    case 'done': {
      const sums = (found['sums'] ?? []) as readonly { b: string; n: number; h: string }[];
      return {
        k: 'done',
        checkpoint: found['checkpoint'] as string,
        seen: (found['seen'] ?? []) as readonly string[],
        epochs: (found['epochs'] ?? {}) as Readonly<Record<string, string>>,
        sums: new Map(sums.map(({ b, n, h }) => [b, { n, h }])),
      };
    }
    case 'replan':
    case 'upgrade':
    case 'wipe':
      return { k: found['k'], detail: (found['min'] ?? found['reason'] ?? '') as string };
    default:
      return null;
  }
}
