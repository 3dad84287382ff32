import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../../tests/layout';
import { mount } from '../../../tests/render';
import { ReplicaError } from '../../replica';
import { USER_ID, type Ask } from '../../replica/fixture';
import { definitionOf, EMPTY } from './building';
import Dashboards from './Dashboards';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const tile = (n: number, service: string, x: number) => ({ service, report_id: id(n), x, y: 0, w: 6, h: 4, chart: 'unspecified' as const });
const seed = {
  'crm.dashboard': [
    { id: id(1), names: { it: 'Trattative', en: 'Pipeline' }, descriptions: { it: 'Che cosa è aperto.' }, position: 20, tiles: [tile(10, 'crm', 6), tile(11, 'offers', 0)], filters: [{ field: 'owner_id', labels: { it: 'Venditore' }, value: '' }] },
  ],
  'offers.dashboard': [{ id: id(2), names: { it: 'Offerte' }, position: 30, tiles: [] }],
};
const figures = (title: string) => ({
  title,
  description: 'Valore senza IVA.',
  definition: { source: 'crm.opportunity' },
  columns: [
    { name: 'group_1', role: 'group', kind: 'enum', labels: { it: 'Stato' }, field: 'state' },
    { name: 'currency', role: 'currency', kind: 'text', labels: { it: 'Valuta' }, field: 'currency' },
    { name: 'measure_1', role: 'measure', kind: 'money', labels: { it: 'Valore' }, field: 'value' },
  ],
  rows: [
    { values: ['quoting', 'EUR', '1234.50'], labels: ['In offerta', '', ''] },
    { values: ['', 'EUR', '600'], labels: ['', '', ''] },
  ],
  totals: [{ values: ['', 'EUR', '1834.50'], labels: ['', '', ''] }],
  truncated: false,
  chart: '',
  ignored: title === 'Per fase' ? [] : ['owner_id'],
});
const server = vi.fn<Ask>((_, path, body) => {
  if (path.endsWith(':rows')) return Promise.resolve({ records: [{ id: id(30), title: 'Pressa 90 t', party_id: id(40) }], next_page_token: '' });
  if (path.includes(id(11)) && body !== undefined) return Promise.reject(new ReplicaError('refused', 'NOT_GRANTED', 'Non si dispone del permesso.'));
  return Promise.resolve(figures('Per fase'));
});

describe('a dashboard', () => {
  it('shows each report in its order, as a table with words, amounts and totals', async () => {
    await mount(<Dashboards />, { seed, ask: server });
    const table = await screen.findByRole('table');
    expect(screen.getAllByRole('region').map((each) => each.getAttribute('aria-label'))).toContain('Per fase');
    expect(within(table).getByText('In offerta')).toBeDefined();
    expect(within(table).getByText(/1\.234,50/)).toBeDefined();
    expect(within(table).getByText(/1\.834,50/)).toBeDefined();
    expect(within(table).queryByText('EUR'), 'one currency needs no column').toBeNull();
    expect(screen.getByText('Non si dispone del permesso.')).toBeDefined();
    expect(await violations()).toEqual([]);
  });

  it('opens the records behind a figure', async () => {
    await mount(<Dashboards />, { seed, ask: server });
    await userEvent.click(await screen.findByRole('button', { name: 'Apri i dati: In offerta' }));
    const link = await screen.findByRole('link', { name: 'Pressa 90 t' });
    expect(link.getAttribute('href')).toContain(`/customers/${id(40)}`);
    expect(server).toHaveBeenCalledWith('POST', `/v1/crm/reports/${id(10)}:rows`, expect.objectContaining({ key: { group_1: 'quoting', currency: 'EUR' } }));
  });

  it('gives figures as a file of the kind that is asked for, and the dashboard as PDF', async () => {
    const file = { name: 'Per fase.xlsx', type: 'application/octet-stream', content: new ArrayBuffer(4) };
    const ask = vi.fn<Ask>((method, path, body) => (/:(export|print)$/.test(path) ? Promise.resolve(file) : server(method, path, body)));
    await mount(<Dashboards />, { seed, ask });
    await userEvent.click(await screen.findByRole('button', { name: 'Esporta: Per fase' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Excel (XLSX)' }));
    expect(await screen.findByText('Scaricato: Per fase.xlsx')).toBeDefined();
    expect(ask).toHaveBeenCalledWith('POST', `/v1/crm/reports/${id(10)}:export`, { applied: [], format: 'xlsx' });
    await userEvent.click(screen.getByRole('button', { name: 'Stampa in PDF' }));
    await waitFor(() => expect(ask).toHaveBeenCalledWith('POST', `/v1/crm/dashboards/${id(1)}:print`, {}));
  });

  it('asks all its tiles for what is filtered', async () => {
    await mount(<Dashboards />, { seed, ask: server });
    await userEvent.selectOptions(await screen.findByLabelText('Venditore'), 'me');
    await waitFor(() =>
      expect(server).toHaveBeenCalledWith('POST', `/v1/crm/reports/${id(10)}:run`, { applied: [{ field: 'owner_id', value: 'me' }] }),
    );
  });

  it('says that it needs a network, and is there without one', async () => {
    await mount(<Dashboards params={{ id: id(1) }} />, { seed, ask: () => Promise.reject(new ReplicaError('server_away', 'SERVER_AWAY')) });
    expect(await screen.findByRole('heading', { name: 'Trattative' })).toBeDefined();
    expect((await screen.findAllByRole('button', { name: 'Ricarica' })).length).toBe(2);
  });
});

const grant = (kind: string) => ({ group: 'reports', actions: ['read', 'write'], scopes: [{ terms: [{ kind, values: [] }] }], facets: [] });
const menu = async () => userEvent.click(await screen.findByRole('button', { name: 'Azioni sul cruscotto' }));
const item = (name: string) => screen.findByRole('menuitem', { name });
const isOff = (element: HTMLElement) => element.hasAttribute('disabled') || element.dataset['disabled'] === 'true';

describe('a dashboard itself', () => {
  const OTHER = id(70);
  const board = (n: number, owner_id: string, name: string) => ({ id: id(n), version: 4, names: { it: name, en: 'Board' }, descriptions: {}, position: n, owner_id, visibility: 'everybody' as const, tiles: [], filters: [] });
  const boards = { 'crm.dashboard': [board(1, USER_ID, 'Mio'), board(2, '', 'Pronto'), board(3, OTHER, 'Altrui')] };
  const asking = (grants: readonly unknown[]) =>
    vi.fn<Ask>((method, path) => {
      if (path === `/v1/identity/accesses/${USER_ID}`) return grants.length === 0 ? Promise.reject(new ReplicaError('refused', 'NOT_GRANTED')) : Promise.resolve({ grants });
      return Promise.resolve(method === 'POST' ? { id: id(80) } : {});
    });

  it('is renamed by its owner, in the language of the screen', async () => {
    const ask = asking([]);
    await mount(<Dashboards params={{ id: id(1) }} />, { seed: boards, ask });
    await menu();
    expect(await violations()).toEqual([]);
    await userEvent.click(await item('Rinomina'));
    const name = await screen.findByLabelText(/Nome del cruscotto/);
    await userEvent.clear(name);
    await userEvent.type(name, 'Lunedì');
    await userEvent.click(screen.getByRole('button', { name: 'Salva' }));
    expect(await screen.findByText('Cruscotto salvato: Lunedì')).toBeDefined();
    expect(ask).toHaveBeenCalledWith('PATCH', `/v1/crm/dashboards/${id(1)}`, { names: { it: 'Lunedì', en: 'Board' } }, 4);
    expect(ask, 'one’s own needs no right that administrators have').not.toHaveBeenCalledWith('GET', `/v1/identity/accesses/${USER_ID}`);
  });

  it('is deleted by its owner, and brought back', async () => {
    const ask = asking([]);
    const { history } = await mount(<Dashboards params={{ id: id(1) }} />, { seed: boards, ask });
    await menu();
    await userEvent.click(await item('Elimina'));
    expect(await screen.findByText('Cruscotto eliminato: Mio')).toBeDefined();
    expect(ask).toHaveBeenCalledWith('DELETE', `/v1/crm/dashboards/${id(1)}`, undefined, 4);
    await vi.waitFor(() => expect(history.at(-1)).toBe('/dashboards'));
    await userEvent.click(screen.getByRole('button', { name: 'Annulla' }));
    await vi.waitFor(() => expect(ask).toHaveBeenCalledWith('PATCH', `/v1/crm/dashboards/${id(1)}`, { names: { it: 'Mio', en: 'Board' } }));
  });

  it('that is ready-made stays as it is, with the reason and a way out', async () => {
    const ask = asking([grant('all')]);
    const { history } = await mount(<Dashboards params={{ id: id(2) }} />, { seed: boards, ask });
    await menu();
    expect(await screen.findByText(/cruscotto pronto, uguale per tutti/)).toBeDefined();
    expect(isOff(await item('Rinomina'))).toBe(true);
    expect(isOff(await item('Elimina'))).toBe(true);
    await userEvent.click(await item('Duplica'));
    await vi.waitFor(() => expect(ask).toHaveBeenCalledWith('POST', '/v1/crm/dashboards', { names: { it: 'Copia di Pronto' }, descriptions: {}, tiles: [], filters: [], visibility: 'mine', position: 100 }));
    await vi.waitFor(() => expect(history.at(-1)).toBe(`/dashboards/${id(80)}`));
  });

  it('of somebody else is changed by administrators alone', async () => {
    const { unmount } = await mount(<Dashboards params={{ id: id(3) }} />, { seed: boards, ask: asking([]) });
    await menu();
    expect(await screen.findByText(/Lo cambiano chi l’ha fatto e gli amministratori/)).toBeDefined();
    expect(isOff(await item('Elimina'))).toBe(true);
    unmount();
    const ask = asking([grant('owner'), grant('all')]);
    await mount(<Dashboards params={{ id: id(3) }} />, { seed: boards, ask });
    await menu();
    await vi.waitFor(() => expect(isOff(screen.getByRole('menuitem', { name: 'Elimina' }))).toBe(false));
    await userEvent.click(await item('Elimina'));
    await vi.waitFor(() => expect(ask).toHaveBeenCalledWith('DELETE', `/v1/crm/dashboards/${id(3)}`, undefined, 4));
  });
});

describe('the definition behind a number', () => {
  const definition = {
    source: 'crm.opportunity',
    filter: `owner_id = me AND closed_at = "" AND party_id.state != prospect AND expected_close >= today-30d AND party_id.territory_id = ${id(60)} AND custom.grade = a1`,
    related: [{ entity: 'crm.activity', field: 'subject_id', filter: 'state != done', absent: true }],
    measures: [{ kind: 'sum', field: 'value', filter: 'title : "linea 2"' }],
  };
  const custom = { id: id(61), entity: 'crm.opportunity', record_type: '', key: 'grade', kind: 'choice' as const, labels: { it: 'Classe', en: 'Grade' }, choices: [{ key: 'a1', labels: { it: 'Prima', en: 'First' } }] };
  const board = { id: id(1), names: { it: 'Trattative', en: 'Pipeline' }, descriptions: {}, position: 20, tiles: [tile(10, 'crm', 0)], filters: [] };
  const known = { 'crm.dashboard': [board], 'identity.territory': [{ id: id(60), name: 'Nord-Est' }], 'crm.field_definition': [custom] };
  const ask = vi.fn<Ask>((_, path) => Promise.resolve(path.endsWith(':rows') ? { records: [], next_page_token: '' } : { ...figures('Per fase'), definition, ignored: [] }));

  it.each([
    ['it', /^Apri i dati: In offerta, Valore: /, 'Come si calcola', [
      'Responsabile è chi guarda (tu)', 'Chiusa il non è compilato', 'Cliente › Stato non è Potenziale', 'Chiusura prevista da oggi − 30 giorni', 'Cliente › Zona è Nord-Est', 'Classe è Prima',
      'Titolo contiene «linea 2»', 'Stato non è Fatta', 'Somma: Valore', 'Solo senza',
    ]],
    ['en', /^Open the records: In offerta, Valore: /, 'How it is computed', [
      'is who looks (you)', 'is not filled in', 'Customer › State is not Prospect', 'from today − 30 days', 'is Nord-Est', 'Grade is First',
      'contains “linea 2”', 'State is not Done', 'Sum: Value', 'Only without',
    ]],
  ] as const)('says in words what is counted (%s)', async (language, button, region, said) => {
    await mount(<Dashboards params={{ id: id(1) }} />, { seed: known, ask, language });
    await userEvent.click(await screen.findByRole('button', { name: button }));
    const told = await screen.findByRole('region', { name: region });
    await vi.waitFor(() => expect(told.textContent).toContain('Nord-Est'));
    for (const each of said) expect(told.textContent).toContain(each);
    expect(told.textContent, 'no raw filter').not.toMatch(/ AND |!=|_id|"/);
    expect(await violations()).toEqual([]);
  });
});

describe('a report that is sent', () => {
  const people = [
    { id: USER_ID, user_name: 'sales.north', display_name: 'Nora Nord', email: '' },
    { id: id(71), user_name: 'sales.south', display_name: 'Sara Sud', email: 'sara@example.it' },
    { id: id(72), user_name: 'gone', display_name: 'Chi se n’è andato', email: 'gone@example.it', inactive: true },
  ];
  const open = async (report: object, ask: Ask) => {
    await mount(<Dashboards params={{ id: 'saved' }} />, { seed: { ...seed, 'identity.user': people, 'crm.report': [{ id: id(50), version: 2, names: { it: 'Mio' }, owner_id: USER_ID, ...report }] }, ask });
    await userEvent.click(await screen.findByRole('button', { name: 'Azioni: Mio' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Invio periodico' }));
    return screen.findByLabelText<HTMLSelectElement>('Aggiungi un destinatario');
  };

  it('goes to those whom a mail reaches; why the others are not offered stands there', async () => {
    const ask = vi.fn<Ask>((method, path, body) => (method === 'PATCH' ? Promise.resolve({}) : server(method, path, body)));
    const choice = await open({}, ask);
    expect(within(choice).queryByRole('option', { name: /Chi se n’è andato/ })).toBeNull();
    expect(within(choice).getByRole<HTMLOptionElement>('option', { name: 'Nora Nord (senza indirizzo e-mail)' }).disabled).toBe(true);
    expect(screen.getByText(/L’indirizzo lo aggiungono gli amministratori/)).toBeDefined();
    const save = screen.getByRole<HTMLButtonElement>('button', { name: 'Salva' });
    expect(save.disabled, 'who opens it has no address').toBe(true);
    await userEvent.selectOptions(choice, 'Sara Sud');
    await userEvent.click(save);
    await vi.waitFor(() => expect(ask).toHaveBeenCalledWith('PATCH', `/v1/crm/reports/${id(50)}`, { schedule: expect.objectContaining({ recipient_ids: [id(71)] }) }, 2));
  });

  it('shows who of its recipients has lost the address', async () => {
    await open({ schedule: { recurrence: 'FREQ=DAILY', starts: '2026-03-30T07:00', recipient_ids: [USER_ID], format: 'pdf', paused: false } }, server);
    expect(within(screen.getByRole('group', { name: 'Destinatari' })).getByText('Nora Nord (senza indirizzo e-mail)')).toBeDefined();
  });
});

const part = (name: string) => within(screen.getByRole('group', { name }));

describe('a report that somebody builds', () => {
  const source = {
    entity: 'crm.opportunity',
    labels: { it: 'Opportunità' },
    fields: [
      { name: 'state', kind: 'enum', labels: { it: 'Stato' }, choices: ['quoting', 'open'] },
      { name: 'value', kind: 'money', labels: { it: 'Valore' } },
      { name: 'expected_close', kind: 'date', labels: { it: 'Chiusura' } },
      { name: 'party_id', kind: 'id', labels: { it: 'Cliente' }, references: 'crm.party' },
      { name: 'owner_id', kind: 'id', labels: { it: 'Venditore' }, references: 'identity.user' },
    ],
  };
  const ask = vi.fn<Ask>((_, path) => {
    if (path === '/v1/crm/reports:sources') return Promise.resolve({ sources: [source] });
    if (path.endsWith(':sources')) return Promise.reject(new ReplicaError('refused', 'FORBIDDEN'));
    if (path === '/v1/crm/reports') return Promise.resolve({ id: id(50) });
    if (path.endsWith(':rows')) return Promise.resolve({ records: [], next_page_token: '' });
    return Promise.resolve(figures(''));
  });

  it('is seen while it is built, and kept for those who are to see it', async () => {
    const { history } = await mount(<Dashboards params={{ id: 'new' }} />, { seed: { ...seed, 'identity.user': [{ id: USER_ID, user_name: 'sales.north', role_ids: [id(90)] }] }, ask });
    await screen.findByRole('option', { name: 'Opportunità' });
    await userEvent.selectOptions(screen.getByLabelText('Che cosa si conta'), 'crm.opportunity');
    await userEvent.click(screen.getByRole('button', { name: 'Aggiungi un filtro' }));
    await userEvent.selectOptions(part('Filtri').getByLabelText('Campo'), 'state');
    expect(part('Filtri').getByRole('option', { name: 'In offerta' }), 'values have words').toBeDefined();
    await userEvent.selectOptions(part('Filtri').getByLabelText('Campo'), 'owner_id');
    expect(part('Filtri').queryByRole('option', { name: 'Cliente' }), 'nobody types an id').toBeNull();
    await userEvent.selectOptions(part('Filtri').getByLabelText('Valore'), 'me');
    await userEvent.click(screen.getByRole('button', { name: 'Aggiungi un gruppo' }));
    await userEvent.selectOptions(part('Raggruppa per').getByLabelText('Campo'), 'expected_close');
    await userEvent.selectOptions(part('Raggruppa per').getByLabelText('Ogni'), 'quarter');
    await userEvent.click(screen.getByRole('button', { name: 'Aggiungi una misura' }));
    await userEvent.selectOptions(part('Misure').getAllByLabelText('Misura')[1] as HTMLElement, 'sum');
    expect(screen.queryByRole('button', { name: 'Salva' }), 'the sum is of nothing yet').toBeNull();
    await userEvent.selectOptions(part('Misure').getByLabelText('Di'), 'value');
    await userEvent.selectOptions(screen.getByLabelText('Grafico'), 'bar');
    const definition = {
      source: 'crm.opportunity',
      filter: 'owner_id = me',
      groups: [{ field: 'expected_close', step: 'quarter' }],
      measures: [{ kind: 'count' }, { kind: 'sum', field: 'value' }],
      chart: { kind: 'bar' },
    };
    await waitFor(() => expect(ask).toHaveBeenCalledWith('POST', '/v1/crm/reports:run', { applied: [], definition }));
    await userEvent.click(await screen.findByRole('button', { name: 'Apri i dati: In offerta' }));
    await waitFor(() => expect(ask).toHaveBeenCalledWith('POST', '/v1/crm/reports:rows', expect.objectContaining({ definition, key: { group_1: 'quoting', currency: 'EUR' } })));
    await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Chiudi' }));
    expect(await violations()).toEqual([]);
    await userEvent.type(screen.getByLabelText(/Nome del rapporto/), 'Valore per trimestre');
    await userEvent.selectOptions(screen.getByLabelText('Lo vede'), 'roles');
    await userEvent.click(screen.getByRole('button', { name: 'Salva' }));
    expect(await screen.findByText('Rapporto salvato: Valore per trimestre')).toBeDefined();
    expect(ask).toHaveBeenCalledWith('POST', '/v1/crm/reports', { names: { it: 'Valore per trimestre' }, definition, visibility: 'roles', role_ids: [id(90)] });
    await waitFor(() => expect(history.at(-1)).toBe('/dashboards/saved'));
  });

  it('that was kept is shown with those of others', async () => {
    await mount(<Dashboards params={{ id: 'saved' }} />, { seed: { ...seed, 'crm.report': [{ id: id(50), names: { it: 'Mio' }, owner_id: USER_ID }] }, ask: server, language: 'en' });
    expect(await screen.findByRole('heading', { level: 1, name: 'Saved reports' })).toBeDefined();
    await waitFor(() => expect(server).toHaveBeenCalledWith('POST', `/v1/crm/reports/${id(50)}:run`, { applied: [] }));
  });

  it('that was written here goes on from what was written, before the copy has it', async () => {
    const mine = { id: id(51), version: 1, names: { it: 'Mio' }, owner_id: USER_ID };
    const owner = vi.fn<Ask>((method, path, body) => (method === 'PATCH' ? Promise.resolve({ ...mine, ...body, version: 2 }) : server(method, path, body)));
    await mount(<Dashboards params={{ id: 'saved' }} />, { seed: { ...seed, 'crm.report': [mine] }, ask: owner });
    await userEvent.click(await screen.findByRole('button', { name: 'Azioni: Mio' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Rinomina' }));
    const name = within(await screen.findByRole('dialog')).getByLabelText(/Nome del rapporto/);
    await userEvent.clear(name);
    await userEvent.type(name, 'Nostro{Enter}');
    await userEvent.click(await screen.findByRole('button', { name: 'Azioni: Nostro' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Elimina' }));
    await waitFor(() => expect(owner).toHaveBeenCalledWith('DELETE', `/v1/crm/reports/${id(51)}`, undefined, 2));
    expect(owner).toHaveBeenCalledWith('PATCH', `/v1/crm/reports/${id(51)}`, { names: { it: 'Nostro' } }, 1);
  });

  it('quotes what has spaces, and leaves words as they are', () => {
    const draft = { ...EMPTY, source: 'crm.opportunity', conditions: [{ key: 1, field: 'state', operator: 'unequal' as const, value: 'a "b" c' }, { key: 2, field: 'expected_close', operator: 'least' as const, value: 'today-30d' }] };
    expect(definitionOf(draft, source)?.filter).toBe('state != "a \\"b\\" c" AND expected_close >= today-30d');
    expect(definitionOf({ ...draft, groups: [{ key: 3, field: '', step: 'month' }] }, source)).toBeNull();
  });
});
