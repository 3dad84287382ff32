import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import type { Seed } from '../../replica/fixture';
import Offer from './Offer';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [OFFER, DRAFT, FIRST, SECOND] = [id(20), id(30), id(40), id(41)];
const figures = { currency: 'EUR', lines_net: '1000.00', taxable: '1333.33', vat_groups: [{ vat_rate: '22', natura: '', taxable: '1037.50', vat: '228.25' }], total: '1561.58' };
const line = { revision_id: DRAFT, kind: 'item' as const, presence: 'standard' as const, quantity: '1', unit: 'pz', vat_rate: '22' };
const drafted: Seed = {
  'crm.party': [{ id: id(10), name: 'Officine Rossi' }],
  'offers.offer': [{ id: OFFER, party_id: id(10), number: 'OFF-2026-00123', title: 'Pressa', state: 'in_work' }],
  'offers.revision': [{ ...figures, id: DRAFT, offer_id: OFFER, ordinal: 1, state: 'draft' }],
  'offers.line': [
    { ...line, id: FIRST, position: 10, code: 'PX200', description: 'Pressa PX-200', unit_price: '68500.5', amount: '68500.50' },
    { ...line, id: SECOND, position: 20, code: 'UT', description: 'Utensili', unit_price: '100', amount: '100.00' },
  ],
  'offers.article': [{ id: id(50), code: 'SN330', description: 'Segatrice', unit: 'pz', vat_rate: '22', status: 'active' }],
  'offers.charge': [{ id: id(60), revision_id: DRAFT, description: 'Trasporto', mode: 'spread', net: '50.00', spread_method: 'weight', spread_shares: [{ line_id: FIRST, weight: '1', amount: '37.50' }, { line_id: SECOND, weight: '1', amount: '12.50' }] }],
};
const frozen: Seed = {
  ...drafted,
  'offers.offer': [{ id: OFFER, party_id: id(10), number: 'OFF-2026-00123', title: 'Pressa', state: 'sent' }],
  'offers.revision': [{ ...figures, id: DRAFT, offer_id: OFFER, ordinal: 1, state: 'frozen', sha256: 'ab12'.padEnd(64, '0') }],
};
const offer = <Offer params={{ id: OFFER }} />;
const grid = () => screen.getByRole('grid');
const focused = async () => grid().focus();
const cell = (row: number, column: number) =>
  within(within(grid()).getAllByRole('row')[row + 1] as HTMLElement).getAllByRole('gridcell')[column]?.textContent;

describe('an offer', () => {
  it('shows its lines, its totals by VAT group, and how a charge is spread', async () => {
    await mount(offer, { seed: drafted });
    expect(cell(0, 4)).toBe('68.500,50');
    expect(cell(0, 7)).toContain('68.500,50');
    const totals = within(screen.getByRole('region', { name: 'Totali' }));
    expect(totals.getByText('IVA 22 %').parentElement?.textContent).toContain('228,25');
    expect(within(screen.getByRole('region', { name: 'Voci di piede' })).getByText(/37,50/)).toBeDefined();
    expect(screen.queryByText(/ultimo calcolo/)).toBeNull();
  });

  it('is written like a spreadsheet: type, Enter goes down, a decimal comma is understood', async () => {
    const { engine, settled } = await mount(offer, { seed: drafted });
    await focused();
    await userEvent.keyboard('{ArrowRight}{ArrowRight}2,5{Enter}');
    await waitFor(() => expect(engine.queue().map((item) => [item.record_id, item.body.fields])).toEqual([[FIRST, { quantity: '2.5' }]]));
    await settled();
    expect(cell(0, 2)).toBe('2,5');
    expect(document.getElementById(grid().getAttribute('aria-activedescendant') ?? '')?.textContent).toBe('1');
    expect(screen.getByText(/ultimo calcolo/)).toBeDefined();
  });

  it('leaves a cell as it was by Esc, and keeps nothing that makes no sense', async () => {
    const { engine, settled } = await mount(offer, { seed: drafted });
    await focused();
    await userEvent.keyboard('{ArrowRight}{ArrowRight}{F2}9{Escape}');
    await userEvent.keyboard('tre{Enter}');
    expect(screen.getByRole('textbox', { name: 'Q.tà' }).getAttribute('aria-invalid')).toBe('true');
    await userEvent.keyboard('{Escape}');
    await settled();
    expect(engine.queue()).toHaveLength(0);
    expect(cell(0, 2)).toBe('1');
  });

  it('makes a new line of an article code, and undoes and redoes it', async () => {
    const { engine, settled } = await mount(offer, { seed: drafted });
    await focused();
    await userEvent.keyboard('{Control>}{End}{/Control}{Home}SN330{Enter}');
    await screen.findByText('Segatrice');
    expect(engine.queue()[0]?.body.fields).toMatchObject({ revision_id: DRAFT, position: 30, code: 'SN330', quantity: '1', vat_rate: '22' });
    await userEvent.keyboard('{Control>}z{/Control}');
    await settled();
    await settled();
    expect(screen.queryByText('Segatrice')).toBeNull();
    await userEvent.keyboard('{Control>}y{/Control}');
    await screen.findByText('Segatrice');
  });

  it('takes cells from a spreadsheet and gives them back', async () => {
    const { engine, settled } = await mount(offer, { seed: drafted });
    await focused();
    await userEvent.keyboard('{ArrowDown}{ArrowRight}');
    await userEvent.paste('Utensili speciali\t3\nCollaudo\t2\n');
    await screen.findByText('Collaudo');
    expect(engine.queue().map((item) => item.body.op)).toEqual(['update', 'create']);
    await userEvent.keyboard('{Shift>}{ArrowRight}{/Shift}');
    await settled();
    const setData = vi.fn<(type: string, text: string) => void>();
    fireEvent.copy(grid(), { clipboardData: { setData } });
    expect(setData.mock.calls).toEqual([['text/plain', 'Utensili speciali\t3']]);
  });

  it('inserts, copies down and deletes rows', async () => {
    const { engine, settled } = await mount(offer, { seed: drafted });
    await focused();
    await userEvent.keyboard('{ArrowDown}{ArrowRight}{ArrowRight}{ArrowRight}{ArrowRight}{Control>}d{/Control}');
    await waitFor(() => expect(engine.queue()[0]?.body.fields).toEqual({ unit_price: '68500.5' }));
    await settled();
    await userEvent.keyboard('{Insert}');
    await waitFor(() => expect(engine.queue()[1]?.body.fields).toMatchObject({ position: 15 }));
    await settled();
    await userEvent.keyboard('{Control>}{Delete}{/Control}');
    await waitFor(() => expect(engine.queue().at(-1)?.body.op).toBe('delete'));
  });

  it('is frozen with one click, and read only from then on', async () => {
    const { engine } = await mount(offer, { seed: drafted });
    await userEvent.click(screen.getByRole('button', { name: 'Congela' }));
    await screen.findByText('Revisione congelata');
    expect(engine.queue()[0]?.body).toMatchObject({ command: 'freeze' });
    expect(grid().getAttribute('aria-readonly')).toBe('true');
    expect(screen.getByText(/Congelata qui/)).toBeDefined();
  });

  it('shows the fingerprint of a frozen revision, and writes nothing there', async () => {
    const { engine, settled } = await mount(offer, { seed: frozen, language: 'en' });
    expect(screen.getByText(/Fingerprint ab12000000000000…/)).toBeDefined();
    await focused();
    await userEvent.keyboard('5{Enter}{Delete}{Control>}d{/Control}');
    await settled();
    expect(engine.queue()).toHaveLength(0);
  });

  it('is accepted with one click and no typing', async () => {
    const { engine } = await mount(offer, { seed: frozen });
    await userEvent.click(screen.getByRole('button', { name: 'Accettata dal cliente' }));
    await screen.findByText(/^Offerta accettata/);
    expect(engine.queue()[0]?.body).toMatchObject({ command: 'accept', request: { revision_id: DRAFT } });
    expect(screen.queryByRole('button', { name: 'Accettata dal cliente' })).toBeNull();
  });

  it('shows the number that the ERP gave to the order', async () => {
    const seed: Seed = {
      ...frozen,
      'offers.offer': [{ id: OFFER, party_id: id(10), number: 'OFF-2026-00123', state: 'ordered', order_id: id(70) }],
      'offers.order': [{ id: id(70), offer_id: OFFER, state: 'registered', number: 'ORD-55012' }],
    };
    await mount(offer, { seed });
    expect(await screen.findByText('Ordine ORD-55012')).toBeDefined();
  });

  it('is accessible as a draft, frozen, and when it is not here', async () => {
    for (const seed of [drafted, frozen, {}]) {
      const { unmount } = await mount(offer, { seed });
      expect(await violations()).toEqual([]);
      unmount();
    }
  });
});
