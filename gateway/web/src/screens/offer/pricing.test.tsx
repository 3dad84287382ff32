import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import { KernelRefusal, type Draft, type Figures, type Kernel } from '../../kernel';
import { ReplicaError } from '../../replica';
import type { Seed } from '../../replica/fixture';
import Offer from './Offer';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [OFFER, REVISION, FIRST, SECOND] = [id(20), id(30), id(40), id(41)];
const line = { revision_id: REVISION, kind: 'item' as const, presence: 'standard' as const, quantity: '1', unit_price: '100', vat_rate: '22' };
const seed: Seed = {
  'offers.offer': [{ id: OFFER, title: 'Pressa', state: 'in_work' }],
  'offers.revision': [{ id: REVISION, offer_id: OFFER, state: 'draft', currency: 'EUR', lines_net: '200.00', taxable: '200.00', total: '244.00' }],
  // As they are stored, not as they stand in the document.
  'offers.line': [
    { ...line, id: SECOND, position: 20, code: 'UT', amount: '100.00' },
    { ...line, id: FIRST, position: 10, code: 'PX', amount: '100.00' },
  ],
};
const frozen: Seed = { ...seed, 'offers.revision': [{ ...seed['offers.revision']?.[0], state: 'frozen' }] };

const figures = (total: string, first: string): Figures => ({
  revision: { lines_net: '1.00', header_discount: '0.00', taxable: '2.00', vat_groups: [{ vat_rate: '10', natura: '', taxable: '3.00', vat: '4.00' }], total, payable: total, trade_in: '0.00', balance: total, stale_charge_ids: [] },
  lines: { [FIRST]: { amount: first }, [SECOND]: { amount: '7.00' } },
  charges: {},
  missing: [],
});

/** A kernel whose answers the test gives, in the order that it likes. */
function fakeKernel() {
  const asked: { readonly draft: Draft; readonly answer: (figures: Figures) => Promise<void>; readonly refuse: (error: Error) => Promise<void> }[] = [];
  const kernel: Kernel = {
    warm: () => {},
    call: () => Promise.reject(new Error('not asked here')),
    price: (draft) =>
      new Promise((resolve, reject) => {
        asked.push({
          draft,
          answer: (given) => act(async () => resolve(given)),
          refuse: (error) => act(async () => reject(error)),
        });
      }),
  };
  /** The question that was put as number n, from 0. */
  const question = (n: number) =>
    waitFor(() => {
      const found = asked[n];
      if (found === undefined) throw new Error(`question ${n} was not put yet`);
      return found;
    });
  return { kernel, asked, question };
}

const offer = <Offer params={{ id: OFFER }} />;
const grid = () => screen.getByRole('grid');
const row = (n: number) => within(grid()).getAllByRole('row')[n + 1] as HTMLElement;
const amount = (n: number) => within(row(n)).getAllByRole('gridcell')[7]?.textContent;
const totals = () => screen.getByRole('region', { name: 'Totali' }).textContent;
/** Write a quantity into the first line, by the keyboard. */
const writeQuantity = async (typed: string) => {
  act(() => grid().focus());
  await userEvent.keyboard(`{Control>}{Home}{/Control}{ArrowRight}{ArrowRight}${typed}{Enter}`);
};

describe('the figures of a draft', () => {
  it('are the records’ until the kernel has answered, and the kernel’s for lines, VAT and total from then on', async () => {
    const { kernel, question } = fakeKernel();
    await mount(offer, { seed, kernel });
    expect(totals()).toContain('244,00');
    expect(amount(0)).toContain('100,00');
    await (await question(0)).answer(figures('999.00', '55.00'));
    expect(totals()).toContain('999,00');
    expect(totals()).not.toContain('244,00');
    expect(screen.getByText('IVA 10 %').parentElement?.textContent).toContain('4,00');
    expect([amount(0), amount(1)].map((text) => text?.replace(/\s€/, ''))).toEqual(['55,00', '7,00']);
  });

  it('include changes that were not sent, so the note that they are missing is not there', async () => {
    const { kernel, question } = fakeKernel();
    const { settled } = await mount(offer, { seed, kernel });
    await (await question(0)).answer(figures('999.00', '55.00'));
    await writeQuantity('3');
    await settled();
    const second = await question(1);
    expect(second.draft.lines.find((each) => each.id === FIRST)?.quantity).toBe('3');
    await second.answer(figures('888.00', '66.00'));
    expect(amount(0)).toContain('66,00');
    expect(screen.queryByText(/ultimo calcolo/)).toBeNull();
  });

  it('are those of what is on screen, in whatever order the answers come', async () => {
    const { kernel, question } = fakeKernel();
    const { settled } = await mount(offer, { seed, kernel });
    const older = await question(0);
    await writeQuantity('3');
    await settled();
    await (await question(1)).answer(figures('888.00', '66.00'));
    await older.answer(figures('999.00', '55.00'));
    expect(totals()).toContain('888,00');
    expect(amount(0)).toContain('66,00');
  });

  it('stay the last good ones, and are called so, while a line makes no sense; its reason stands at the line', async () => {
    const { kernel, question } = fakeKernel();
    const { settled } = await mount(offer, { seed, kernel });
    await (await question(0)).answer(figures('999.00', '55.00'));
    await writeQuantity('3');
    await settled();
    await (await question(1)).refuse(
      new KernelRefusal('SEVERAL_MISTAKES', [
        { field: 'lines[0].discounts', reason: 'DISCOUNT_OUT_OF_RANGE' },
        { field: 'header_discounts', reason: 'DISCOUNT_MALFORMED' },
      ]),
    );
    expect(row(0).textContent).toContain('Sconti: fuori dai limiti');
    expect(row(1).textContent).not.toContain('Sconti');
    expect(totals()).toContain('Sconto di testata: si scrivono come 50+10+5');
    expect(totals()).toContain('999,00');
    expect(totals()).toContain('ultimo calcolo riuscito');
    expect(await violations()).toEqual([]);
    await writeQuantity('4');
    await settled();
    await (await question(2)).answer(figures('777.00', '44.00'));
    expect(totals()).toContain('777,00');
    expect(totals()).not.toContain('ultimo calcolo riuscito');
    expect(row(0).textContent).not.toContain('Sconti:');
  });

  it('say of a price that is open whether it is missing or comes from the price list', async () => {
    const { kernel, question } = fakeKernel();
    const lines = [
      { ...line, id: FIRST, position: 10, unit_price: '', article_id: id(50) },
      { ...line, id: SECOND, position: 20, unit_price: '' },
    ];
    await mount(offer, { seed: { ...seed, 'offers.line': lines }, kernel });
    const open = [0, 1].map((n) => ({ field: `lines[${n}].unit_price`, reason: 'NUMBER_MALFORMED' }));
    await (await question(0)).refuse(new KernelRefusal('SEVERAL_MISTAKES', open));
    expect(row(0).textContent).toContain('Prezzo: dal listino');
    expect(row(1).textContent).toContain('Prezzo: manca');
  });

  it('are the records’, with the note, when the kernel is not here', async () => {
    const { kernel, question } = fakeKernel();
    const { settled } = await mount(offer, { seed, kernel });
    await (await question(0)).answer(figures('999.00', '55.00'));
    await writeQuantity('3');
    await settled();
    await (await question(1)).refuse(new ReplicaError('server_away', 'KERNEL_NOT_HERE'));
    expect(totals()).toContain('244,00');
    expect(totals()).toContain('Come da ultimo calcolo');
    expect(amount(0)).toContain('100,00');
  });

  it('are asked for once when several changes follow one another', async () => {
    const { kernel, asked, question } = fakeKernel();
    const { settled } = await mount(offer, { seed, kernel });
    await (await question(0)).answer(figures('999.00', '55.00'));
    act(() => grid().focus());
    await userEvent.paste('A\tUno\t2\nB\tDue\t3\nC\tTre\t4\n');
    await settled();
    const { draft } = await question(1);
    expect(draft.lines).toHaveLength(3);
    expect(asked).toHaveLength(2);
  });
});

describe('the figures of a frozen revision', () => {
  it('are its record’s own: the kernel is not asked', async () => {
    const { kernel, asked } = fakeKernel();
    await mount(offer, { seed: frozen, kernel });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(asked).toHaveLength(0);
    expect(totals()).toContain('244,00');
    expect(amount(0)).toContain('100,00');
  });
});
