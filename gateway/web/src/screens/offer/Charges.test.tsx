import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import { KernelRefusal, type Draft, type Figures, type Kernel } from '../../kernel';
import type { Seed } from '../../replica/fixture';
import Offer from './Offer';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [OFFER, REVISION, PRESS, SAW, CHARGE] = [id(20), id(30), id(40), id(41), id(60)];
const line = { revision_id: REVISION, kind: 'item' as const, presence: 'standard' as const, quantity: '1', unit_price: '100', vat_rate: '22' };
const seed: Seed = {
  'offers.offer': [{ id: OFFER, title: 'Pressa', state: 'in_work' }],
  'offers.revision': [{ id: REVISION, offer_id: OFFER, ordinal: 1, state: 'draft', currency: 'EUR', total: '305.00' }],
  'offers.line': [
    { ...line, id: PRESS, position: 10, code: 'PX200', weight_kg: '3' },
    { ...line, id: SAW, position: 20, code: 'SN330', weight_kg: '1' },
  ],
  'offers.charge': [{ id: CHARGE, revision_id: REVISION, position: 10, description: 'Trasporto', amount: '50.00', mode: 'shown', formula: 'fixed', base: 'net', vat: 'accessory', net: '50.00' }],
};

interface Asked extends Draft {
  readonly charge_id: string;
  readonly method: string;
  readonly weights: Readonly<Record<string, string>>;
}

/** A kernel that spreads half and half, and knows no weights of zero. */
function halves() {
  const asked: Asked[] = [];
  const kernel: Kernel = {
    warm: () => {},
    price: (draft) =>
      Promise.resolve({
        revision: { total: '305.00', currency: 'EUR', vat_groups: [], stale_charge_ids: draft.charges.some((charge) => charge.spread_inputs === 'old') ? [CHARGE] : [] },
        lines: {},
        charges: Object.fromEntries(draft.charges.map((charge) => [charge.id, { net: charge.amount }])),
        missing: [],
      } as Figures),
    call: <T,>(_name: string, request: unknown) => {
      const question = request as Asked;
      asked.push(question);
      if (question.method === 'manual' && Object.values(question.weights).every((weight) => weight === '0')) {
        return Promise.reject(new KernelRefusal('SEVERAL_MISTAKES', [{ field: 'lines[0].weights', reason: 'SPREAD_NO_WEIGHT' }]));
      }
      const shares = [PRESS, SAW].map((line_id) => ({ line_id, weight: '1', amount: '25.00' }));
      const fields = { mode: 'spread', spread_method: question.method, spread_inputs: 'f'.repeat(64), spread_shares: shares };
      return Promise.resolve({ fields, net: '50.00' } as T);
    },
  };
  return { kernel, asked };
}

const offer = <Offer params={{ id: OFFER }} />;
const form = () => screen.findByRole('dialog');
const choose = async (label: string, option: string) => {
  await userEvent.click(screen.getByRole('combobox', { name: label }));
  await userEvent.click(await screen.findByRole('option', { name: option }));
};
const preview = () => screen.getByRole('region', { name: 'Anteprima' });

describe('a charge', () => {
  it('is changed, and its spreading is seen before it is saved; both are one transaction', async () => {
    const { kernel, asked } = halves();
    const { engine, settled } = await mount(offer, { seed, kernel });
    await userEvent.click(screen.getByRole('button', { name: 'Modifica Trasporto' }));
    const dialog = await form();
    await waitFor(() => expect(preview().textContent).toContain('50,00'));
    await userEvent.click(within(dialog).getByRole('radio', { name: 'Ripartita' }));
    await choose('Ripartisci per', 'Peso');
    await userEvent.clear(within(dialog).getByRole('textbox', { name: 'Importo' }));
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Importo' }), '60');
    await waitFor(() => expect(asked.at(-1)?.charges[0]?.amount).toBe('60'));
    expect(asked.at(-1)?.method).toBe('weight');
    await settled();
    expect(preview().textContent).toContain('PX200125,00');
    expect(await violations()).toEqual([]);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Salva' }));
    await screen.findByText('Trasporto salvata');
    const items = engine.queue();
    expect(items.map((item) => item.body.op ?? item.body.command)).toEqual(['update', 'spread']);
    // Only what was touched: others may write the rest meanwhile.
    expect(items[0]?.body.fields).toEqual({ amount: '60' });
    expect(new Set(items.map((item) => item.body.group)).size).toBe(1);
    expect(items[1]?.body.request).toEqual({ method: 'weight', weights: {} });
    const shown = within(screen.getByRole('region', { name: 'Voci di piede' }));
    expect(shown.getByText(/ripartita sulle righe · Ripartizione: peso/)).toBeDefined();
    expect(shown.getAllByText(/25,00/)).toHaveLength(2);
  });

  it('is made of a price for each day, by an Italian comma', async () => {
    const { kernel } = halves();
    const { engine } = await mount(offer, { seed, kernel });
    await userEvent.click(screen.getByRole('button', { name: 'Aggiungi voce' }));
    const dialog = await form();
    const save = within(dialog).getByRole('button', { name: 'Salva' });
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Descrizione' }), 'Collaudo');
    await choose('Calcolo', 'Al giorno');
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Prezzo unitario' }), '650,5');
    expect(save).toHaveProperty('disabled', true);
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'Giorni' }), '2');
    await userEvent.click(save);
    await screen.findByText('Collaudo salvata');
    expect(engine.queue()[0]?.body).toMatchObject({
      op: 'create',
      fields: { revision_id: REVISION, position: 20, description: 'Collaudo', formula: 'per_day', rate: '650.5', units: '2', amount: '', mode: 'shown' },
    });
  });

  it('that no line can carry is not saved, and says why', async () => {
    const { kernel } = halves();
    await mount(offer, { seed, kernel });
    await userEvent.click(screen.getByRole('button', { name: 'Modifica Trasporto' }));
    const dialog = await form();
    await userEvent.click(within(dialog).getByRole('radio', { name: 'Ripartita' }));
    await choose('Ripartisci per', 'Manuale');
    await userEvent.type(within(dialog).getByRole('textbox', { name: 'PX200' }), '0');
    await waitFor(() => expect(preview().textContent).toContain('PX200 · Pesi: non ha peso con questo metodo'));
    // The preview of what was typed before stays on view until this one's is there.
    await waitFor(() => expect(within(dialog).getByRole('button', { name: 'Salva' })).toHaveProperty('disabled', true));
  });

  it('whose lines have changed is spread again with one click', async () => {
    const { kernel } = halves();
    const stale = { ...seed['offers.charge']?.[0], mode: 'spread' as const, spread_method: 'weight' as const, spread_inputs: 'old', spread_shares: [{ line_id: PRESS, weight: '3', amount: '50.00' }] };
    const { engine } = await mount(offer, { seed: { ...seed, 'offers.charge': [stale] }, kernel });
    await userEvent.click(await screen.findByRole('button', { name: 'Ripartisci di nuovo' }));
    await waitFor(() => expect(engine.queue()[0]?.body).toMatchObject({ command: 'spread', request: { method: 'weight' } }));
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Ripartisci di nuovo' })).toBeNull());
  });

  it('that was spread is shown again before it is absorbed', async () => {
    const { kernel } = halves();
    const spread = { ...seed['offers.charge']?.[0], mode: 'spread' as const, spread_method: 'net' as const, spread_inputs: 'x', spread_shares: [] };
    const { engine } = await mount(offer, { seed: { ...seed, 'offers.charge': [spread] }, kernel });
    await userEvent.click(screen.getByRole('button', { name: 'Modifica Trasporto' }));
    await userEvent.click(within(await form()).getByRole('radio', { name: 'Assorbita' }));
    await userEvent.click(screen.getByRole('button', { name: 'Salva' }));
    await waitFor(() => expect(engine.queue().map((item) => item.body.command ?? item.body.fields?.['mode'])).toEqual(['unspread', 'absorbed']));
  });

  it('is written without a kernel, too: the preview says that it comes later', async () => {
    const { engine } = await mount(offer, { seed });
    await userEvent.click(screen.getByRole('button', { name: 'Modifica Trasporto' }));
    const dialog = await form();
    expect(within(dialog).getByText(/L’anteprima vuole il motore di calcolo/)).toBeDefined();
    const amount = within(dialog).getByRole('textbox', { name: 'Importo' });
    await userEvent.clear(amount);
    await userEvent.type(amount, '80');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Salva' }));
    expect(await within(screen.getByRole('region', { name: 'Voci di piede' })).findByText(/80,00/)).toBeDefined();
    await userEvent.click(screen.getByRole('button', { name: 'Modifica Trasporto' }));
    await userEvent.click(within(await form()).getByRole('button', { name: 'Togli la voce' }));
    await waitFor(() => expect(engine.queue().at(-1)?.body.op).toBe('delete'));
  });

  it('of a frozen revision is only read', async () => {
    await mount(offer, { seed: { ...seed, 'offers.revision': [{ ...seed['offers.revision']?.[0], state: 'frozen' }] } });
    expect(screen.queryByRole('button', { name: 'Modifica Trasporto' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Aggiungi voce' })).toBeNull();
  });
});
