/**
 * The pricing kernel, loaded when an offer is opened.
 *
 *     const kernel = useKernel();
 *     const figures = await kernel.price({ revision, lines, charges });
 *
 * Amounts are decimal texts. No amount is computed in JavaScript.
 */
import { createContext, useContext } from 'react';
import kernelFiles from '../contracts/kernel.json';
import { ReplicaError, type RecordOf } from '../replica';
import type { FromKernel, ToKernel } from './protocol';

/** What a line is worth; with its price, discounts and why, where the price lists gave them. */
export interface LineFigures {
  readonly amount: string;
  readonly unit_price?: string;
  readonly discounts?: string;
  readonly price_trail?: RecordOf<'offers.line'>['price_trail'];
}

export interface Figures {
  /** Fields of the revision: lines_net, header_discount, taxable, vat_groups, total, payable, … */
  readonly revision: Readonly<Record<string, unknown>>;
  /** Id of a line -> its fields. */
  readonly lines: Readonly<Record<string, LineFigures>>;
  readonly charges: Readonly<Record<string, { readonly net: string }>>;
  /** Why it cannot be frozen; empty when it can. */
  readonly missing: readonly string[];
}

/** What prices the lines that lack a price: lists, and what they are asked for. */
export interface Catalogue {
  readonly lists: readonly RecordOf<'offers.price_list'>[];
  readonly prices: readonly RecordOf<'offers.price'>[];
  readonly articles: readonly RecordOf<'offers.article'>[];
  /** The ERP's code of the customer; '' for none. */
  readonly customer_code: string;
  /** YYYY-MM-DD */
  readonly on: string;
  readonly user: string;
}

export interface Draft {
  readonly revision: RecordOf<'offers.revision'>;
  readonly lines: readonly RecordOf<'offers.line'>[];
  readonly charges: readonly RecordOf<'offers.charge'>[];
  /** Absent: no line needs a list. */
  readonly catalogue?: Catalogue;
}

export interface Kernel {
  /** Have it ready before the first question. */
  warm: () => void;
  /** Price a draft. Throws `KernelRefusal` for what makes no sense, another `ReplicaError` when the kernel is not here. */
  price: (draft: Draft) => Promise<Figures>;
  /**
   * Any call of `services/offers/domain/calls.py`: price, spread, goal, locks, what_if, difference, margins, …; or
   * spread_records and freeze_draft of `records.py`.
   */
  call: <T>(name: string, request: unknown) => Promise<T>;
}

/** One value that is wrong: `lines[2].discounts` counts in the order of the document. */
export interface Violation {
  readonly field: string;
  readonly reason: string;
}

interface Refusal {
  readonly reason: string;
  readonly violations?: readonly Violation[];
}

/** The kernel's no to an input, with each mistake that it found. */
export class KernelRefusal extends ReplicaError {
  constructor(
    reason: string,
    readonly violations: readonly Violation[],
  ) {
    super('refused', reason, violations.map((each) => `${each.field}: ${each.reason}`).join('; '));
  }
}

type Line = Pick<Worker, 'postMessage' | 'onmessage' | 'onerror'>;

const BASE = `/kernel/${kernelFiles.digest}/`;

/** Each line of a draft as text of its own: the kernel reads only those anew that it has not just read. */
function lineByLine({ lines, ...others }: Draft): string {
  return [others, ...lines].map((each) => JSON.stringify(each)).join('\n');
}

/** Return a kernel over a worker, which is started with the first question. */
export function kernelOver(start: () => Line): Kernel {
  let worker: Line | null = null;
  let next = 1;
  const waiting = new Map<number, { resolve: (text: string) => void; reject: (error: Error) => void }>();

  const begin = (): Line => {
    const begun = start();
    begun.onmessage = ({ data }: MessageEvent<FromKernel>) => {
      const found = waiting.get(data.call);
      waiting.delete(data.call);
      if ('text' in data) found?.resolve(data.text);
      else found?.reject(new ReplicaError('server_away', 'KERNEL_NOT_HERE', data.failed));
    };
    begun.onerror = () => {
      for (const { reject } of waiting.values()) reject(new ReplicaError('server_away', 'KERNEL_NOT_HERE'));
      waiting.clear();
      worker = null;
    };
    return begun;
  };

  const ask = async <T>(name: string, request: string): Promise<T> => {
    worker ??= begin();
    const line = worker;
    const text = await new Promise<string>((resolve, reject) => {
      waiting.set(next, { resolve, reject });
      line.postMessage({ call: next, base: BASE, name, request } satisfies ToKernel);
      next += 1;
    });
    const answer = JSON.parse(text) as { ok: T } | { error: Refusal };
    if ('ok' in answer) return answer.ok;
    const { reason, violations = [] } = answer.error;
    throw new KernelRefusal(reason, violations);
  };

  const call = <T>(name: string, request: unknown) => ask<T>(name, JSON.stringify(request));

  return {
    warm: () => void call('commands', { entity: 'revision', state: 'draft' }).catch(() => undefined),
    price: (draft) => ask('price_records', lineByLine(draft)),
    call,
  };
}

const newWorker = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'kernel' });
const Context = createContext(kernelOver(newWorker));

/** Another kernel than the page's own, for tests. */
export const KernelProvider = Context.Provider;

/** The kernel of this page. */
export function useKernel(): Kernel {
  return useContext(Context);
}

const PREPARED = 'project-sales-kernel';

/**
 * Have the kernel on this device before an offer is opened without a network: its files go into the service worker's
 * cache, and it answers one question. Once for each version; without a network it is tried again at the next start.
 */
export async function prepareKernel(): Promise<void> {
  if (!('serviceWorker' in navigator) || localStorage.getItem(PREPARED) === kernelFiles.digest) return;
  await navigator.serviceWorker.ready;
  // Files that are fetched before the service worker has taken over this page would not be cached.
  if (navigator.serviceWorker.controller === null) return;
  for (const name of kernelFiles.files) await fetch(BASE + name);
  const worker = newWorker();
  try {
    await kernelOver(() => worker).call('commands', { entity: 'revision', state: 'draft' });
    localStorage.setItem(PREPARED, kernelFiles.digest);
  } finally {
    worker.terminate();
  }
}
