/**
 * Final numbers without the server, as the desktop copy gives them: from the blocks that this device holds, in order,
 * none twice, whichever tab asks. A block serves only documents dated in its year. With none left a document gets a
 * provisional number of this device, and keeps it for ever.
 */
import type { Values } from './contracts';
import { isKind } from './errors';
import type { Server } from './server';
import type { Store } from './store';
import type { View } from './view';

const OFFER = 'offers.offer';
const BLOCK = 'offers.number_block';
const SERIES = 'OFF';
/** With fewer left the next block is reserved. */
const REFILL_BELOW = 10;
const DAY_MS = 24 * 60 * 60 * 1000;
const DECEMBER = 12;
/** Crockford's digits: none that looks like another. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

interface Asked {
  readonly id: string;
  /** '' while no answer has come. */
  readonly answered_at: string;
}

export class Numbers {
  constructor(
    private readonly store: Store,
    private readonly view: View,
    private readonly now: () => Date,
    private readonly newId: () => string,
  ) {}

  /** Return the fields of a new record, an offer's with its number and the date of its year. */
  async complete(entityName: string, fields: Values): Promise<Values> {
    if (entityName !== OFFER || 'number' in fields) return fields;
    await this.view.need(OFFER, BLOCK);
    const { offer_date } = fields;
    const dated = typeof offer_date === 'string' && offer_date !== '' ? offer_date : today(this.now());
    return { ...fields, offer_date: dated, number: await this.take(dated.slice(0, 4)) };
  }

  private async take(year: string): Promise<string> {
    const device = await this.store.get('device_id', '');
    const blocks = this.blocks(device, year);
    // A profile set back from a backup forgets what it gave.
    const given = new Set(this.view.records(OFFER, { limit: Number.MAX_SAFE_INTEGER }).rows.map((offer) => offer['number']));
    return this.store.atomic(['numbers'], async ({ numbers }) => {
      for (const block of blocks) {
        const key = `block/${String(block['id'])}`;
        const first = (await numbers.get(key))?.next ?? Number(block['first']);
        for (let number = first; number <= Number(block['last']); number += 1) {
          const text = `${SERIES}-${year}-${String(number).padStart(5, '0')}`;
          if (given.has(text)) continue;
          await numbers.put({ key, next: number + 1 });
          return text;
        }
      }
      const key = `provisional/${SERIES}`;
      const next = (await numbers.get(key))?.next ?? 1;
      await numbers.put({ key, next: next + 1 });
      return `${SERIES}-P-${deviceCode(device)}-${String(next).padStart(3, '0')}`;
    });
  }

  /** How many final numbers of a year are left. */
  async left(year: string): Promise<number> {
    await this.view.need(BLOCK);
    let count = 0;
    for (const block of this.blocks(await this.store.get('device_id', ''), year)) {
      const next = (await this.store.numbers.get(`block/${String(block['id'])}`))?.next ?? Number(block['first']);
      count += Number(block['last']) + 1 - next;
    }
    return count;
  }

  private blocks(device: string, year: string): readonly Values[] {
    return this.view
      .records(BLOCK, { where: { device_id: device, series: SERIES }, limit: Number.MAX_SAFE_INTEGER })
      .rows.filter((block) => String(block['year']) === year)
      .toSorted((a, b) => Number(a['first']) - Number(b['first']));
  }

  /**
   * Reserve blocks where numbers run out; they arrive with a later bundle. Only for users who carry offers. Asked once:
   * an answer that was lost reserves nothing twice. Throws `server_away`.
   */
  async refill(server: Server): Promise<void> {
    const carried = await this.store.buckets.where('key').startsWith('offers/').count();
    if (carried === 0) return;
    const now = this.now();
    const years = [now.getFullYear(), ...(now.getMonth() + 1 >= DECEMBER ? [now.getFullYear() + 1] : [])];
    for (const year of years) await this.reserve(server, String(year));
  }

  private async reserve(server: Server, year: string): Promise<void> {
    if ((await this.left(year)) >= REFILL_BELOW) return;
    const key = `reserving/${SERIES}/${year}`;
    let asked = await this.store.get<Asked | null>(key, null);
    if (asked !== null && !this.mayAsk(asked)) return;
    if (asked === null || asked.answered_at !== '') {
      asked = { id: this.newId(), answered_at: '' };
      await this.store.put({ [key]: asked });
    }
    try {
      await server.post('/v1/offers/number-blocks', { id: asked.id, series: SERIES, year: Number(year) });
    } catch (error) {
      // Reserved before and the answer was lost; or not for this user, who keeps to provisional numbers.
      if (!isKind(error, 'refused')) throw error;
    }
    await this.store.put({ [key]: { ...asked, answered_at: this.now().toISOString() } });
  }

  /** Not while a block that was reserved is on its way, and after a refusal not before the next day. */
  private mayAsk({ id, answered_at }: Asked): boolean {
    if (answered_at === '' || this.view.serverRecord(BLOCK, id) !== null) return true;
    return Math.abs(this.now().getTime() - Date.parse(answered_at)) >= DAY_MS;
  }
}

/** Eight digits from the random end of a device's id. */
function deviceCode(device: string): string {
  const bits = BigInt(`0x${device.slice(-10) || '0'}`);
  return Array.from({ length: 8 }, (_, at) => DIGITS[Number((bits >> BigInt(5 * (7 - at))) & 31n)]).join('');
}

const today = (now: Date) =>
  [now.getFullYear(), String(now.getMonth() + 1).padStart(2, '0'), String(now.getDate()).padStart(2, '0')].join('-');
