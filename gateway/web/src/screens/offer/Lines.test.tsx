import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { mount } from '../../../tests/render';
import { violations } from '../../../tests/layout';
import { KernelRefusal, type Draft, type Figures, type Kernel } from '../../kernel';
import { USER_ID, type Seed } from '../../replica/fixture';
import Offer from './Offer';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [OFFER, REVISION, FIRST, SECOND, ARTICLE, LIST] = [id(20), id(30), id(40), id(41), id(50), id(70)];
const line = { revision_id: REVISION, kind: 'item' as const, presence: 'standard' as const, quantity: '1', unit_price: '100', vat_rate: '22' };
const seed: Seed = {
  'crm.party': [{ id: id(10), name: 'Rossi', erp_code: 'C00041' }],
  'offers.offer': [{ id: OFFER, party_id: id(10), title: 'Pressa', state: 'in_work' }],
  'offers.revision': [{ id: REVISION, offer_id: OFFER, ordinal: 1, state: 'draft', currency: 'EUR', total: '244.00' }],
  'offers.line': [
    { ...line, id: FIRST, position: 10, code: 'PX200', description: 'Pressa' },
    { ...line, id: SECOND, position: 20, code: 'UT', description: 'Utensili' },
  ],
  'offers.article': [{ id: ARTICLE, code: 'SN330', description: 'Segatrice', unit: 'pz', vat_rate: '22', status: 'active' }],
  'offers.price_list': [{ id: LIST, code: 'ROSSI', currency: 'EUR', source: 'customer', customer_code: 'C00041' }],
  'offers.price': [
    { id: id(71), price_list_id: LIST, article_id: ARTICLE, unit_price: '33000' },
    { id: id(72), price_list_id: LIST, article_id: id(51), unit_price: '1' },
  ],
};
const offer = <Offer params={{ id: OFFER }} />;
const grid = () => screen.getByRole('grid');
const press = async (keys: string) => {
  act(() => grid().focus());
  await userEvent.keyboard(keys);
};
const cell = (row: number, column: number) =>
  within(within(grid()).getAllByRole('row')[row + 1] as HTMLElement).getAllByRole('gridcell')[column] as HTMLElement;
const codes = () => within(grid()).getAllByRole('row').slice(1, -1).map((row) => within(row).getAllByRole('gridcell')[0]?.textContent);

/** A kernel whose lists know one price, and which asks for nothing else. */
function listing(price: string | null) {
  const asked: Draft[] = [];
  const kernel: Kernel = {
    warm: () => {},
    call: () => Promise.reject(new Error('not asked here')),
    price: (draft) => {
      asked.push(draft);
      const open = draft.lines.findIndex((each) => each.unit_price === '');
      if (open >= 0 && price === null) return Promise.reject(new KernelRefusal('SEVERAL_MISTAKES', [{ field: `lines[${open}].unit_price`, reason: 'NUMBER_MALFORMED' }]));
      const listed = { amount: '29700.00', unit_price: price ?? '', discounts: '10', price_trail: [] };
      return Promise.resolve({
        revision: { total: '36234.00', vat_groups: [], stale_charge_ids: [] },
        lines: Object.fromEntries(draft.lines.map((each) => [each.id, each.unit_price === '' ? listed : { amount: '100.00' }])),
        charges: {},
        missing: [],
      } as Figures);
    },
  };
  return { kernel, asked };
}

describe('lines by the keyboard', () => {
  it('Ctrl+Space looks an article up, Enter takes the first that fits', async () => {
    const { engine } = await mount(offer, { seed });
    await press('{Control>}{End}{/Control}{Control>} {/Control}');
    await userEvent.type(await screen.findByRole('searchbox'), 'sega');
    await screen.findByText('Segatrice');
    expect(await violations()).toEqual([]);
    await userEvent.keyboard('{Enter}');
    await waitFor(() => expect(engine.queue()[0]?.body.fields).toMatchObject({ article_id: ARTICLE, code: 'SN330', quantity: '1' }));
  });

  it('codes are written one below the other, Enter after each, without a look at the screen', async () => {
    const { settled } = await mount(offer, { seed });
    await press('{Control>}{End}{/Control}{Home}SN330{Enter}');
    await settled();
    await press('ALTRO{Enter}');
    await settled();
    expect(codes()).toEqual(['PX200', 'UT', 'SN330', 'ALTRO']);
  });

  it('a row moves down and up, and undo puts it back', async () => {
    const { settled } = await mount(offer, { seed });
    await press('{Alt>}{Shift>}{ArrowDown}{/Shift}{/Alt}');
    await settled();
    expect(codes()).toEqual(['UT', 'PX200']);
    await press('{Alt>}{Shift>}{ArrowUp}{/Shift}{/Alt}');
    await settled();
    expect(codes()).toEqual(['PX200', 'UT']);
    await press('{Control>}z{/Control}');
    await settled();
    await settled();
    expect(codes()).toEqual(['UT', 'PX200']);
  });

  it('cells are cut as a spreadsheet takes them, and undo brings them back', async () => {
    const { settled } = await mount(offer, { seed });
    await press('{ArrowRight}{Shift>}{ArrowRight}{/Shift}');
    const setData = vi.fn<(type: string, text: string) => void>();
    fireEvent.cut(grid(), { clipboardData: { setData } });
    await settled();
    expect(setData.mock.calls).toEqual([['text/plain', 'Pressa\t1']]);
    expect([cell(0, 1).textContent, cell(0, 2).textContent]).toEqual(['', '']);
    await press('{Control>}z{/Control}');
    await settled();
    await settled();
    expect(cell(0, 1).textContent).toBe('Pressa');
  });

  it('a range is copied down in one step', async () => {
    const { engine, settled } = await mount(offer, { seed });
    await press('{ArrowRight}{Shift>}{ArrowRight}{ArrowDown}{/Shift}{Control>}d{/Control}');
    await waitFor(() => expect(engine.queue()[0]?.body.fields).toEqual({ description: 'Pressa', quantity: '1' }));
    await settled();
    expect(cell(1, 1).textContent).toBe('Pressa');
  });

  it('redo does again what was undone, also after several steps', async () => {
    const { settled } = await mount(offer, { seed });
    await press('{ArrowRight}{ArrowRight}5{Enter}');
    await settled();
    await press('6{Enter}');
    await settled();
    for (const keys of ['{Control>}z{/Control}', '{Control>}z{/Control}', '{Control>}y{/Control}']) {
      await press(keys);
      await settled();
      await settled();
    }
    expect([cell(0, 2).textContent, cell(1, 2).textContent]).toEqual(['5', '1']);
  });
});

describe('a line of an article without a price', () => {
  const open = { ...seed, 'offers.line': [{ ...line, id: FIRST, position: 10, code: 'SN330', article_id: ARTICLE, unit_price: '' }] };

  it('shows the price and the discounts of this copy’s lists, told apart from what somebody typed', async () => {
    const { kernel, asked } = listing('33000');
    await mount(offer, { seed: open, kernel });
    await waitFor(() => expect(cell(0, 4).textContent).toBe('33.000,00'));
    expect(cell(0, 5).textContent).toBe('10');
    expect(cell(0, 4).querySelector('em')?.title).toContain('Dal listino');
    expect(cell(0, 7).textContent).toContain('29.700,00');
    const catalogue = asked.at(-1)?.catalogue;
    expect(catalogue).toMatchObject({ customer_code: 'C00041', user: USER_ID });
    expect(catalogue?.prices.map((price) => price.unit_price)).toEqual(['33000']);
    expect([catalogue?.lists.length, catalogue?.articles.length]).toEqual([1, 1]);
  });

  it('says at the line that no list has one', async () => {
    const { kernel } = listing(null);
    await mount(offer, { seed: open, kernel });
    expect(await within(grid()).findByText('Prezzo: non c’è nei listini: scriverlo')).toBeDefined();
  });

  it('is not looked up while every line has its price', async () => {
    const { kernel, asked } = listing('1');
    await mount(offer, { seed, kernel });
    await waitFor(() => expect(asked).toHaveLength(1));
    expect(asked[0]?.catalogue).toBeUndefined();
  });

  it('is frozen with the price of the list, the figures and the hash that the kernel found', async () => {
    const { kernel } = listing('33000');
    const hashing: Kernel = { ...kernel, call: <T,>() => Promise.resolve({ sha256: 'c0ffee'.padEnd(64, '0') } as T) };
    const { engine } = await mount(offer, { seed: open, kernel: hashing });
    await waitFor(() => expect(cell(0, 4).textContent).toBe('33.000,00'));
    await userEvent.click(screen.getByRole('button', { name: 'Congela' }));
    await screen.findByText(/Impronta c0ffee/);
    expect(engine.queue()[0]?.body).toMatchObject({ command: 'freeze', request: { sha256: 'c0ffee'.padEnd(64, '0') } });
    expect(cell(0, 4).textContent).toBe('33.000,00');
    expect(screen.getByRole('region', { name: 'Totali' }).textContent).toContain('36.234,00');
  });
});
