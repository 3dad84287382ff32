import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { asOnPhone, violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import type { Ask, Seed } from '../../replica/fixture';
import Customer from './Customer';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [BIANCHI, ROSSI, VERDI] = [id(10), id(11), id(12)];
const seed: Seed = {
  'crm.party': [
    { id: BIANCHI, name: 'Bianchi' },
    { id: ROSSI, name: 'Rossi', state: 'customer', erp_code: 'C00041', website: 'https://rossi.example', credit_state: 'blocked', roles: ['customer'] },
    { id: VERDI, name: 'Verdi' },
  ],
  'crm.activity': [
    { id: id(20), party_id: ROSSI, kind: 'call', subject: 'Richiamare', state: 'planned', due_at: '2020-01-01T09:00:00Z' },
    { id: id(21), party_id: ROSSI, kind: 'visit', subject: 'Sopralluogo', state: 'done', outcome: 'Interessati', ends_at: '2026-01-02T09:00:00Z' },
  ],
  'crm.timeline_entry': [
    { id: id(30), party_id: ROSSI, root_id: ROSSI, what: 'revision_sent', title: 'OFF-2026-00123', happened_at: '2026-01-01T09:00:00Z' },
  ],
  'crm.contact_point': [{ id: id(40), party_id: ROSSI, kind: 'email', value: 'anna@rossi.example', person_name: 'Anna Conti' }],
  'crm.address': [{ id: id(50), party_id: ROSSI, kind: 'legal', street: 'Via Emilia 1', city: 'Modena', province: 'MO', country: 'IT' }],
};
const rossi = <Customer params={{ id: ROSSI }} />;
const inState = (state: 'prospect' | 'inactive') => ({ seed: { 'crm.party': [{ id: ROSSI, name: 'Rossi', state }] } });
/** Take an action of the customer's menu. */
const choose = async (name: string) => {
  await userEvent.click(screen.getByRole('button', { name: 'Altre azioni' }));
  await userEvent.click(await screen.findByRole('menuitem', { name }));
};
const tab = (name: RegExp) => userEvent.click(screen.getByRole('tab', { name }));

describe('the record of a customer', () => {
  it('shows who it is, its state, its code in the ERP, and what happened, own activities too', async () => {
    await mount(rossi, { seed });
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Rossi');
    expect(screen.getByText('Codice gestionale C00041')).toBeDefined();
    expect(screen.getAllByText('Fido bloccato').length).toBeGreaterThan(0);
    const told = screen.getAllByRole('listitem').map((item) => item.textContent);
    expect(told[0]).toContain('Attività svoltaSopralluogo');
    expect(told[1]).toContain('Offerta inviata');
  });

  it('changes a fact where it stands: Enter keeps it, Esc does not', async () => {
    const { engine } = await mount(rossi, { seed });
    await userEvent.click(screen.getByRole('button', { name: /^Sito/ }));
    await userEvent.keyboard('x{Escape}');
    await userEvent.click(screen.getByRole('button', { name: /^Sito/ }));
    await userEvent.clear(screen.getByRole('textbox', { name: 'Sito' }));
    await userEvent.keyboard('https://rossi.it{Enter}');
    await screen.findByText('Sito aggiornato');
    expect(engine.queue().map((item) => item.body.fields)).toEqual([{ website: 'https://rossi.it' }]);
    expect(screen.getByText('rossi.it')).toBeDefined();
  });

  it('has what is to be done in the order of its moments, due or beginning', async () => {
    const todo = [['Terza', { due_at: '2026-05-01T09:00:00Z' }], ['Quarta', { starts_at: '2026-06-01T09:00:00Z' }], ['Seconda', { starts_on: '2026-04-02' }], ['Senza', {}], ['Prima', { starts_at: '2026-04-01T09:00:00Z' }]] as const;
    const activities = todo.map(([subject, when], n) => ({ id: id(60 + n), party_id: ROSSI, kind: 'call' as const, state: 'planned' as const, subject, ...when }));
    await mount(rossi, { seed: { 'crm.party': [{ id: ROSSI, name: 'Rossi' }], 'crm.activity': activities } });
    await userEvent.click(screen.getByRole('tab', { name: /Attività/ }));
    const shown = (await screen.findAllByText(/^(Prima|Seconda|Terza|Quarta|Senza)$/)).map((each) => each.textContent);
    expect(shown).toEqual(['Prima', 'Seconda', 'Terza', 'Quarta', 'Senza']);
  });

  it('goes to the next and the previous by keys, from the first field by e', async () => {
    const { history, settled } = await mount(rossi, { seed });
    await settled();
    await userEvent.keyboard('j');
    expect(history.at(-1)).toBe(`/customers/${VERDI}`);
    await userEvent.keyboard('{Alt>}{ArrowUp}{/Alt}');
    expect(history.at(-1)).toBe(`/customers/${BIANCHI}`);
    await userEvent.keyboard('e');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Ragione sociale');
  });

  it('says that an activity is late, completes it with its outcome, and takes it back', async () => {
    const { engine, settled } = await mount(rossi, { seed, language: 'en' });
    await tab(/Activities/);
    expect((await screen.findByText(/^overdue/)).textContent).toContain('01/01/2020');
    await userEvent.click(screen.getByRole('button', { name: 'Mark as done: Richiamare' }));
    await userEvent.type(await screen.findByRole('textbox', { name: 'Outcome' }), 'Yes{Enter}');
    await screen.findByText('Done: Richiamare');
    expect(engine.queue()[0]?.body).toMatchObject({ command: 'complete', request: { outcome: 'Yes' } });
    expect(screen.getByText('Nothing planned.')).toBeDefined();
    await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await screen.findByText('Undone');
    await settled();
    expect(screen.getByText(/^overdue/)).toBeDefined();
  });

  it('keeps contacts by person, adds one and removes it', async () => {
    const { engine } = await mount(rossi, { seed });
    await tab(/Contatti/);
    expect((await screen.findByText('anna@rossi.example')).getAttribute('href')).toBe('mailto:anna@rossi.example');
    await userEvent.click(screen.getByRole('button', { name: 'Aggiungi recapito' }));
    await userEvent.type(await screen.findByRole('textbox', { name: /^Recapito/ }), 'acquisti@rossi.example{Enter}');
    await screen.findByText('acquisti@rossi.example');
    await userEvent.click(screen.getByRole('button', { name: 'Elimina anna@rossi.example' }));
    await screen.findByText('Eliminato: anna@rossi.example');
    expect(engine.queue().map((item) => item.body.op)).toEqual(['create', 'delete']);
  });

  it('writes of a contact and of an address what was touched, and nothing where nothing was', async () => {
    const { engine } = await mount(rossi, { seed });
    await tab(/Contatti/);
    await userEvent.click(await screen.findByRole('button', { name: 'Modifica anna@rossi.example' }));
    await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Salva' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await userEvent.click(screen.getByRole('button', { name: 'Modifica anna@rossi.example' }));
    await userEvent.type(within(await screen.findByRole('dialog')).getByRole('textbox', { name: 'Descrizione' }), 'Ufficio{Enter}');
    await screen.findByText('Aggiornato: anna@rossi.example');
    await userEvent.click(screen.getByRole('button', { name: /^Modifica Via Emilia 1/ }));
    const street = within(await screen.findByRole('dialog')).getByRole('textbox', { name: 'Via e numero' });
    await userEvent.clear(street);
    await userEvent.type(street, 'Via Emilia 2{Enter}');
    await screen.findByText('Aggiornato: Modena');
    expect(engine.queue().map((item) => item.body.fields)).toEqual([{ label: 'Ufficio' }, { street: 'Via Emilia 2' }]);
  });

  it('is printed as a sheet, which the server makes', async () => {
    const file = { name: 'Rossi.pdf', type: 'application/pdf', content: new ArrayBuffer(4) };
    const ask = vi.fn<Ask>(() => Promise.resolve(file));
    await mount(rossi, { seed, ask });
    await userEvent.click(screen.getByRole('button', { name: 'Stampa in PDF' }));
    await screen.findByText('Scaricato: Rossi.pdf');
    expect(ask).toHaveBeenCalledWith('GET', `/v1/crm/parties/${ROSSI}:sheet?language=it`, undefined);
  });

  it('is qualified, put away with a reason, and taken up again, as its state allows', async () => {
    const { engine, settled, unmount } = await mount(rossi, inState('prospect'));
    await choose('Qualifica');
    await screen.findByText('Cliente qualificato');
    await settled();
    await userEvent.click(screen.getByRole('button', { name: 'Altre azioni' }));
    expect((await screen.findAllByRole('menuitem')).map((item) => item.textContent)).toEqual(['Metti da parte']);
    await userEvent.click(screen.getByRole('menuitem', { name: 'Metti da parte' }));
    const put = (await screen.findByRole('dialog', { name: 'Metti da parte' })).querySelector('button[type=submit]');
    expect(put?.hasAttribute('disabled')).toBe(true);
    await userEvent.type(screen.getByRole('textbox', { name: /Perché/ }), ' Ha chiuso ');
    expect(await violations()).toEqual([]);
    await userEvent.click(put as HTMLElement);
    await screen.findByText('Cliente messo da parte');
    expect(engine.queue().map((item) => [item.body.command, item.body.request])).toEqual([
      ['qualify', {}],
      ['deactivate', { reason: 'Ha chiuso' }],
    ]);
    await settled();
    expect(screen.getByText('Inattivo')).toBeDefined();
    unmount();

    const again = await mount(rossi, inState('inactive'));
    await choose('Riprendi');
    await screen.findByText(/^Ripresa chiesta/);
    expect(again.engine.queue().map((item) => item.body.command)).toEqual(['reactivate']);
    await again.settled();
    expect(screen.queryByRole('button', { name: 'Altre azioni' })).toBeNull();
  });

  it('says when the customer is not here', async () => {
    await mount(<Customer params={{ id: id(99) }} />, { seed });
    expect(screen.getByText('Questo cliente non è su questo dispositivo')).toBeDefined();
  });

  it('is accessible in every tab', async () => {
    await mount(rossi, { seed });
    for (const name of [/Cronologia/, /Attività/, /Offerte/, /Contatti/, /Macchine/, /Assistenza/]) {
      await tab(name);
      expect(await violations()).toEqual([]);
    }
  });
});

describe('the people and the mail of a customer', () => {
  const more: Seed = {
    ...seed,
    'crm.relationship': [
      { id: id(60), party_id: ROSSI, kind: 'subsidiary_of', other_id: BIANCHI },
      { id: id(61), party_id: VERDI, kind: 'works_at', other_id: ROSSI, function: 'Capofficina', until: '2020-12-31' },
    ],
    'mail.message': [
      { id: id(70), party_id: ROSSI, direction: 'incoming', subject: 'Tempi di consegna', text: 'Quando arriva?', from_name: 'Anna Conti', dated_at: '2026-03-27T16:00:00Z', attachment_count: 2 },
      { id: id(71), subject: 'Altro cliente', text: 'x', dated_at: '2026-03-28T16:00:00Z' },
      { id: id(72), direction: 'outgoing', subject: 'Copia', text: 'y', to_addresses: ['anna@rossi.example'], dated_at: '2026-03-28T16:00:00Z' },
    ],
    'mail.link': [{ id: id(73), message_id: id(72), party_id: ROSSI, entity: 'crm.party', record_id: ROSSI }],
  };

  it('what others are to it is read from its side, and a relationship is added', async () => {
    const { engine } = await mount(rossi, { seed: more });
    await tab(/Contatti/);
    const section = within(await screen.findByRole('region', { name: 'Relazioni' }));
    const told = section.getAllByRole('listitem').map((item) => item.textContent);
    expect(told).toContain('È controllata da Bianchi');
    expect(told).toContain('Ci lavora VerdiCapofficina · fino al 31/12/2020');
    await userEvent.click(section.getByRole('button', { name: 'Aggiungi relazione' }));
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.type(dialog.getByRole('combobox', { name: 'Con' }), 'Ver');
    await userEvent.click(await screen.findByRole('option', { name: 'Verdi' }));
    expect(await violations()).toEqual([]);
    await userEvent.click(dialog.getByRole('button', { name: 'Salva' }));
    await waitFor(() => expect(engine.queue()[0]?.body.fields).toMatchObject({ party_id: ROSSI, kind: 'subsidiary_of', other_id: VERDI }));
  });

  it('mail that is filed under it or linked to it stands there, and opens in place', async () => {
    await mount(rossi, { seed: more });
    await tab(/E-mail/);
    expect(await screen.findByText('Tempi di consegna')).toBeDefined();
    expect(screen.getByText('Copia')).toBeDefined();
    expect(screen.queryByText('Altro cliente')).toBeNull();
    expect(screen.queryByText('Quando arriva?')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: /Tempi di consegna/ }));
    expect(screen.getByText('Quando arriva?')).toBeDefined();
    expect(await violations()).toEqual([]);
  });
});

describe('the record of a customer on a phone', () => {
  it('has the facts among its tabs, where they are changed as elsewhere', async () => {
    asOnPhone();
    const { engine } = await mount(rossi, { seed });
    expect(screen.queryByRole('region', { name: 'Dati' })).toBeNull();
    await tab(/^Dati$/);
    expect(await violations()).toEqual([]);
    await userEvent.click(within(screen.getByRole('region', { name: 'Dati' })).getByRole('button', { name: /^Partita IVA/ }));
    await userEvent.keyboard('IT00743110157{Enter}');
    await waitFor(() => expect(engine.queue()[0]?.body.fields).toEqual({ vat_number: 'IT00743110157' }));
    // What is under the tabs stands below a heading, with the facts or without.
    await tab(/^Attività/);
    expect(await violations()).toEqual([]);
  });
});
