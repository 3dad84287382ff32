import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import { closeQuickAdd, setSubject, useQuickAddKey } from './opening';
import { QuickAdd } from './QuickAdd';

function Added() {
  useQuickAddKey();
  return <QuickAdd />;
}

const ROSSI = '01900000-0000-7000-8000-00000000000a';
const seed = { 'crm.party': [{ id: ROSSI, name: 'Officine Rossi S.r.l.', state: 'customer' as const, vat_number: 'IT01234567890' }] };

beforeEach(() => {
  closeQuickAdd();
  setSubject('');
});

describe('quick add', () => {
  it('records a call with the keyboard alone', async () => {
    const { engine, settled } = await mount(<Added />, { seed });
    await userEvent.keyboard('n');
    const dialog = await screen.findByRole('dialog');
    (dialog.querySelector('[data-autofocus]') as HTMLElement).focus();
    await userEvent.keyboard('ross');
    await settled();
    await userEvent.keyboard('{Enter}');
    await userEvent.tab();
    await userEvent.tab();
    await userEvent.keyboard('Tempi di consegna');
    await userEvent.tab();
    await userEvent.tab();
    await userEvent.keyboard('Va bene marzo{Control>}{Enter}{/Control}');
    await screen.findByText('Attività registrata: Tempi di consegna');
    const [made, completed] = engine.queue();
    expect(made?.body.fields).toMatchObject({ party_id: ROSSI, kind: 'call', subject: 'Tempi di consegna' });
    expect(completed?.body).toMatchObject({ command: 'complete', request: { outcome: 'Va bene marzo' } });
    expect(completed?.group).toBe(made?.group);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('knows the customer on view, and plans for later', async () => {
    const { engine, settled } = await mount(<Added />, { seed, language: 'en' });
    setSubject(ROSSI);
    await userEvent.keyboard('n');
    await settled();
    await userEvent.type(await screen.findByRole('textbox', { name: /Subject/ }), 'Call back');
    await userEvent.click(screen.getByRole('radio', { name: 'To do' }));
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await screen.findByText('Activity recorded: Call back');
    expect(engine.queue().map((item) => item.body.fields)).toMatchObject([{ party_id: ROSSI, subject: 'Call back' }]);
    expect(engine.queue()[0]?.body.fields?.['due_at']).toMatch(/T/);
  });

  it('proposes a customer that is here already, and opens it', async () => {
    const { history, settled } = await mount(<Added />, { seed });
    await userEvent.keyboard('n');
    await userEvent.click(await screen.findByRole('radio', { name: 'Cliente' }));
    await userEvent.type(screen.getByRole('textbox', { name: /Ragione sociale/ }), 'Off. Rossi');
    await settled();
    await userEvent.click(screen.getByRole('button', { name: /Officine Rossi S\.r\.l\./ }));
    expect(history.at(-1)).toBe(`/customers/${ROSSI}`);
  });

  it('adds a customer with the person to ask for, as one change', async () => {
    const { engine, history } = await mount(<Added />, { seed });
    await userEvent.keyboard('n');
    await userEvent.click(await screen.findByRole('radio', { name: 'Cliente' }));
    await userEvent.type(screen.getByRole('textbox', { name: /Ragione sociale/ }), 'Lattoneria Verdi');
    await userEvent.type(screen.getByRole('textbox', { name: 'Persona di riferimento' }), 'Anna Verdi');
    await userEvent.type(screen.getByRole('textbox', { name: 'E-mail' }), 'anna@verdi.example{Enter}');
    await screen.findByText('Cliente aggiunto: Lattoneria Verdi');
    const [party, point] = engine.queue();
    expect(point?.body.fields).toEqual({ party_id: party?.record_id, person_name: 'Anna Verdi', kind: 'email', value: 'anna@verdi.example' });
    expect(party?.group).toBe(point?.group);
    expect(history.at(-1)).toBe(`/customers/${party?.record_id}`);
  });

  it('makes an offer with its first revision', async () => {
    const { engine, settled } = await mount(<Added />, { seed });
    setSubject(ROSSI);
    await userEvent.keyboard('n');
    await userEvent.click(await screen.findByRole('radio', { name: 'Offerta' }));
    await settled();
    await userEvent.type(screen.getByRole('textbox', { name: /Titolo/ }), 'Pressa PX{Enter}');
    await screen.findByText('Offerta creata: Pressa PX');
    expect(engine.queue().map((item) => item.entity)).toEqual(['offers.offer', 'offers.revision']);
  });

  it('is accessible in each of its forms', async () => {
    await mount(<Added />, { seed });
    await userEvent.keyboard('n');
    for (const name of ['Attività', 'Cliente', 'Offerta']) {
      await userEvent.click(await screen.findByRole('radio', { name }));
      expect(await violations()).toEqual([]);
    }
  });
});
