/**
 * How long the copy may be opened without the server, and the code by telephone that opens it for longer.
 *
 * Time is this machine's clock, but never earlier than the latest moment at which the copy was open: setting the clock
 * back gains nothing. Reaching the server sets it right again. Unsent changes are kept whatever the lease says.
 */
import { unusable } from './errors';
import type { Store } from './store';

const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS = 14;
const ROUNDS = 1000;
const MARK_BITS = 128;
const READ_AS: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1', '-': '', ' ': '' };

/** What the server says when the lease begins anew. */
export interface LeaseAnswer {
  readonly lease_days: number;
  /** Day of the first mark; absent where the device was only registered. */
  readonly marks_from?: string;
  /** For each day the mark of its unlock code, in base64. */
  readonly marks?: readonly string[];
}

export class Lease {
  constructor(
    private readonly store: Store,
    private readonly now: () => Date,
  ) {}

  /** Whether the copy stays closed. */
  async isOver(): Promise<boolean> {
    const contact = await this.store.get('last_contact', '');
    if (contact === '') return false;
    const leased = Date.parse(contact) + (await this.store.get('lease_days', DAYS)) * DAY_MS;
    const opened = await this.store.get('opened_until', '');
    return (await this.time()) > Math.max(leased, opened === '' ? 0 : Date.parse(opened));
  }

  /** The server was reached, and this clock counts again whatever it said before. */
  async contact(at: string): Promise<void> {
    await this.store.put({ last_contact: at, latest: at });
  }

  /** Remember that the copy is open now. */
  async note(): Promise<void> {
    const now = this.now().toISOString();
    if (now > (await this.store.get('latest', ''))) await this.store.put({ latest: now });
  }

  async isDue(): Promise<boolean> {
    return Math.abs(this.now().getTime() - (await this.store.get('renewed_at', 0))) >= DAY_MS;
  }

  /** Keep what the server says: days, and the marks of unlock codes. */
  async renew({ lease_days, marks_from = '', marks = [] }: LeaseAnswer): Promise<void> {
    await this.store.put({ lease_days, marks_from, marks, renewed_at: this.now().getTime(), opened_until: '' });
  }

  /**
   * Open the copy by a code that an administrator read out, until the end of a day (UTC).
   *
   * Throws `unusable` CODE_WRONG: mistyped, another device's, or of a day that is over.
   */
  async unlock(code: string): Promise<void> {
    const day = await this.dayOf(code);
    const end = day === null ? 0 : Date.parse(`${day}T00:00:00Z`) + DAY_MS;
    if (end <= (await this.time())) throw unusable('CODE_WRONG');
    await this.store.put({ opened_until: new Date(end).toISOString() });
  }

  private async dayOf(code: string): Promise<string | null> {
    const from = await this.store.get('marks_from', '');
    if (from === '') return null;
    const device = await this.store.get('device_id', '');
    const heard = code.toUpperCase().replaceAll(/[OIL\- ]/g, (letter) => READ_AS[letter] ?? '');
    for (const [number, mark] of (await this.store.get<readonly string[]>('marks', [])).entries()) {
      const day = new Date(Date.parse(`${from}T00:00:00Z`) + number * DAY_MS).toISOString().slice(0, 10);
      if (mark === (await leaseMark(device, day, heard))) return day;
    }
    return null;
  }

  private async time(): Promise<number> {
    const latest = await this.store.get('latest', '');
    return Math.max(this.now().getTime(), latest === '' ? 0 : Date.parse(latest));
  }
}

/** What tells the code of a day from all others: as `services/kit/lease_codes.py` makes it. */
async function leaseMark(device: string, day: string, heard: string): Promise<string> {
  const text = new TextEncoder();
  const key = await crypto.subtle.importKey('raw', text.encode(heard), 'PBKDF2', false, ['deriveBits']);
  const salt = text.encode(`lease mark\n${device}\n${day}`);
  const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS }, key, MARK_BITS);
  return btoa(String.fromCharCode(...new Uint8Array(bits)));
}
