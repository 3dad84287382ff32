import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { asOnPhone, violations, withSizes } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import type { Ask, Seed } from '../../replica/fixture';
import * as files from '../../ui/csv';
import { forgetLists } from '../../ui/lists';
import Customers from './Customers';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const NORTH = '01900000-0000-7000-8000-000000000001';
const seed: Seed = {
  'crm.party': [
    { id: id(10), name: 'Officine Rossi S.r.l.', state: 'customer', country: 'IT', erp_code: 'C00041', roles: ['customer'], owner_id: NORTH },
    { id: id(11), name: 'Bianchi & Figli', state: 'prospect', country: 'IT', roles: ['prospect'], vat_number: 'IT01234567890' },
    { id: id(12), name: 'Müller Maschinenbau GmbH', state: 'customer', country: 'DE', credit_state: 'blocked', roles: ['customer', 'dealer'] },
  ],
  'crm.address': [{ id: id(20), party_id: id(10), city: 'Modena', province: 'MO', kind: 'legal' }],
  'identity.user': [
    { id: NORTH, user_name: 'sales.north', display_name: 'Giulia Nord' },
    { id: id(2), user_name: 'sales.south', display_name: 'Marco Sud' },
  ],
};

beforeEach(() => {
  localStorage.clear();
  forgetLists();
  withSizes();
});

const names = () =>
  within(screen.getByRole('grid'))
    .getAllByRole('row')
    .slice(1)
    .map((row) => within(row).getAllByRole('gridcell')[1]?.textContent);
const boxes = () => within(screen.getByRole('grid')).getAllByRole<HTMLInputElement>('checkbox');

describe('the list of customers', () => {
  it('shows them by name, with city, state in words and who looks after them', async () => {
    await mount(<Customers />, { seed });
    expect(names()).toEqual(['Bianchi & Figli', 'Müller Maschinenbau GmbH', 'Officine Rossi S.r.l.']);
    const rossi = screen.getByText('Officine Rossi S.r.l.').closest('[role="row"]') as HTMLElement;
    expect(rossi.textContent).toContain('Modena (MO)');
    expect(rossi.textContent).toContain('Cliente');
    expect(rossi.textContent).toContain('Giulia Nord');
    expect(screen.getByText('3 voci')).toBeDefined();
  });

  it('filters as one types, without case and accents', async () => {
    const { settled } = await mount(<Customers />, { seed });
    await userEvent.type(screen.getByRole('searchbox'), 'MULL');
    await settled();
    expect(names()).toEqual(['Müller Maschinenbau GmbH']);
    expect(screen.getByText('1 voce')).toBeDefined();
  });

  it('filters by chips, and clears them from an empty result', async () => {
    const { settled } = await mount(<Customers />, { seed, language: 'en' });
    await userEvent.click(screen.getByRole('button', { name: 'Credit' }));
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Limited' }));
    await settled();
    expect(screen.getByText('Nothing found')).toBeDefined();
    await userEvent.click(screen.getAllByRole('button', { name: 'Clear filters' })[0] as HTMLElement);
    await settled();
    expect(names()).toHaveLength(3);
  });

  it('is walked by keys: down, Enter opens the record', async () => {
    const { history } = await mount(<Customers />, { seed });
    const grid = screen.getByRole('grid');
    grid.focus();
    await userEvent.keyboard('{ArrowDown}j{ArrowUp}');
    const current = document.getElementById(grid.getAttribute('aria-activedescendant') ?? '');
    expect(current?.textContent).toContain('Müller');
    await userEvent.keyboard('{Enter}');
    expect(history.at(-1)).toBe(`/customers/${id(12)}`);
  });

  it('sorts by a column, and the other way round', async () => {
    const { settled } = await mount(<Customers />, { seed });
    await userEvent.click(screen.getByRole('button', { name: /^Nome/ }));
    await settled();
    expect(names()[0]).toBe('Officine Rossi S.r.l.');
    expect(screen.getByRole('columnheader', { name: /^Nome/ }).getAttribute('aria-sort')).toBe('descending');
  });

  it('plans a call with each chosen customer in one change, and takes it back', async () => {
    const { engine, settled } = await mount(<Customers />, { seed });
    screen.getByRole('grid').focus();
    await userEvent.keyboard(' {ArrowDown} ');
    await userEvent.click(screen.getByRole('button', { name: 'Pianifica telefonata' }));
    await userEvent.type(await screen.findByRole('textbox', { name: /Oggetto/ }), 'Invito in fiera');
    await userEvent.click(screen.getByRole('button', { name: 'Pianifica' }));
    await screen.findByText('2 telefonate pianificate');
    const items = engine.queue();
    expect(items.map((item) => [item.entity, item.body.fields?.['party_id']])).toEqual([
      ['crm.activity', id(11)],
      ['crm.activity', id(12)],
    ]);
    expect(new Set(items.map((item) => item.group)).size).toBe(1);
    await userEvent.click(await screen.findByRole('button', { name: 'Annulla' }));
    await screen.findByText('Annullato');
    await settled();
    expect(engine.queue()).toHaveLength(0);
  });

  it('hands all chosen customers to a colleague', async () => {
    const { engine, settled } = await mount(<Customers />, { seed });
    screen.getByRole('grid').focus();
    await userEvent.keyboard('{Control>}a{/Control}');
    await settled();
    await userEvent.click(screen.getByRole('button', { name: 'Assegna a' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Marco Sud' }));
    await screen.findByText('3 clienti assegnati a Marco Sud');
    expect(engine.queue().map((item) => item.body.fields)).toEqual(Array.from({ length: 3 }, () => ({ owner_id: id(2) })));
  });

  it('is chosen from by the mouse: a box, a range with Shift, a row with Ctrl; a plain click opens', async () => {
    const { history } = await mount(<Customers />, { seed });
    const user = userEvent.setup();
    const chosen = () => boxes().slice(1).map((box) => box.checked);
    await user.click(boxes()[1] as HTMLElement);
    expect(chosen()).toEqual([true, false, false]);
    expect(boxes()[0]?.indeterminate).toBe(true);
    await user.keyboard('{Shift>}');
    await user.click(boxes()[3] as HTMLElement);
    await user.keyboard('{/Shift}');
    expect(chosen()).toEqual([true, true, true]);
    expect(boxes()[0]?.checked).toBe(true);
    await user.keyboard('{Control>}');
    await user.click(screen.getByText('Müller Maschinenbau GmbH'));
    await user.keyboard('{/Control}');
    expect(chosen()).toEqual([true, false, true]);
    await user.click(boxes()[1] as HTMLElement);
    expect(chosen()).toEqual([false, false, true]);
    await user.click(boxes()[0] as HTMLElement);
    expect(chosen()).toEqual([true, true, true]);
    await user.click(boxes()[0] as HTMLElement);
    expect(chosen()).toEqual([false, false, false]);
    expect(history).toEqual(['/']);
    await user.click(screen.getByText('Bianchi & Figli'));
    expect(history.at(-1)).toBe(`/customers/${id(11)}`);
  });

  it('on a phone shows two lines of each, with filters, views and the search beyond the copy at hand', async () => {
    asOnPhone();
    await mount(<Customers />, { seed });
    expect(screen.queryByRole('checkbox')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Viste' }));
    expect(await screen.findByRole('menuitem', { name: 'I miei clienti' })).toBeDefined();
    await userEvent.keyboard('{Escape}');
    await userEvent.click(screen.getByRole('button', { name: 'Cerca oltre la copia' }));
    expect(await screen.findByRole('dialog', { name: /^Cerca sul server/ })).toBeDefined();
    await userEvent.keyboard('{Escape}');
    expect(await violations()).toEqual([]);
  });

  it('exports what is shown, for the spreadsheet of the language', async () => {
    const saved = vi.spyOn(files, 'download').mockImplementation(() => {});
    const { settled } = await mount(<Customers />, { seed });
    await userEvent.type(screen.getByRole('searchbox'), 'rossi');
    await settled();
    await userEvent.click(screen.getByRole('button', { name: 'Esporta in CSV' }));
    await settled();
    expect(saved.mock.calls[0]?.[1]).toBe(
      '\uFEFFNome;Stato;Città;Paese;Partita IVA;Codice gestionale;Responsabile\r\n' +
        'Officine Rossi S.r.l.;Cliente;Modena (MO);IT;;C00041;Giulia Nord\r\n',
    );
  });

  it('says what belongs here while there is nothing', async () => {
    await mount(<Customers />);
    expect(screen.getByText('Ancora nessun cliente')).toBeDefined();
  });

  it('draws only what is on view of many', async () => {
    const many = Array.from({ length: 1000 }, (_, n) => ({ id: id(1000 + n), name: `Ditta ${String(n).padStart(4, '0')}` }));
    const { settled } = await mount(<Customers />, { seed: { 'crm.party': many } });
    expect(names().length).toBeLessThan(60);
    const grid = screen.getByRole('grid');
    expect(grid.getAttribute('aria-rowcount')).toBe('1001');
    grid.focus();
    await userEvent.keyboard('{End}');
    await settled();
    expect(screen.getByText('1000 voci')).toBeDefined();
  });

  it('is accessible, full and empty', async () => {
    const { unmount } = await mount(<Customers />, { seed });
    expect(await violations()).toEqual([]);
    unmount();
    await mount(<Customers />);
    expect(await violations()).toEqual([]);
  });

  it('is printed as it is filtered, where one filter says it', async () => {
    const file = { name: 'Clienti.pdf', type: 'application/pdf', content: new ArrayBuffer(4) };
    const ask = vi.fn<Ask>(() => Promise.resolve(file));
    await mount(<Customers />, { seed, ask });
    await userEvent.type(screen.getByRole('searchbox'), 'rossi');
    await userEvent.click(screen.getByRole('button', { name: 'Stampa in PDF' }));
    await screen.findByText('Scaricato: Clienti.pdf');
    const asked = new URL(ask.mock.calls[0]?.[1] ?? '', 'http://server');
    expect(asked.pathname).toBe('/v1/crm/parties:print');
    expect(asked.searchParams.get('search')).toBe('rossi');
    expect(asked.searchParams.get('order_by')).toBe('name');
    expect(asked.searchParams.get('columns')?.split(',')).toContain('name');
    await userEvent.click(screen.getAllByRole('button', { name: 'Stato' })[0] as HTMLElement);
    await userEvent.click(await screen.findByRole('checkbox', { name: 'Clienti' }));
    await userEvent.click(screen.getByRole('checkbox', { name: 'Potenziali' }));
    await userEvent.click(screen.getByRole('button', { name: 'Stampa in PDF' }));
    await screen.findByText(/scegli un solo valore per filtro/);
    expect(ask).toHaveBeenCalledTimes(1);
  });
});
