/** A dashboard with invented figures, as a server would answer them. */
import type { Ask, Seed } from '../src/replica/fixture';
import { preferences } from '../src/shell/preferences';

/** As the server answers: in the language of who asks. */
const say = (it: string, en: string) => (preferences().language === 'it' ? it : en);

const report = (n: number) => `01900009-0000-7000-8000-${String(n).padStart(12, '0')}`;
const tile = (n: number, x: number, y: number) => ({ service: 'crm', report_id: report(n), x, y, w: 6, h: 4, chart: 'unspecified' as const });

export const dashboards: Seed = {
  'crm.dashboard': [
    {
      id: report(100),
      names: { it: 'Trattative e previsioni', en: 'Pipeline and forecast' },
      descriptions: { it: 'Quanto vale ciò che è aperto, e quando si chiude.', en: 'How much is open, and when it closes.' },
      position: 10,
      tiles: [tile(1, 0, 0), tile(2, 6, 0), tile(3, 0, 4), tile(4, 6, 4)],
      owner_id: '01900000-0000-7000-8000-000000000001',
      filters: [{ field: 'owner_id', labels: { it: 'Venditore', en: 'Salesperson' }, value: '' }],
    },
    { id: report(101), names: { it: 'La mia settimana', en: 'My week' }, descriptions: { it: 'Che cosa c’è da fare.', en: 'What is to be done.' }, position: 20, tiles: [tile(1, 0, 0)], owner_id: '', filters: [] },
  ],
};

/** Reports that somebody keeps: one is sent, and did not go out. */
export const kept: Seed = {
  'crm.report': [
    {
      id: report(1),
      version: 3,
      owner_id: '01900000-0000-7000-8000-000000000001',
      names: { it: 'Trattative aperte per fase', en: 'Open deals by stage' },
      visibility: 'mine',
      definition: { source: 'crm.opportunity', filter: 'state = quoting OR state = open', groups: [{ field: 'stage_id' }], measures: [{ kind: 'sum', field: 'value' }], chart: { kind: 'bar' } },
      schedule: { recurrence: 'FREQ=WEEKLY;BYDAY=MO', starts: '2026-03-30T07:00', recipient_ids: ['01900000-0000-7000-8000-000000000001'], format: 'pdf', paused: false },
      next_at: '2026-12-07T06:00:00Z',
      sending_problem: { reason: 'MAILBOX_PAUSED', due_at: '2026-11-30T06:00:00Z', recipient_ids: ['01900000-0000-7000-8000-000000000001'], texts: { it: 'La casella del proprietario è sospesa: correggi la password nelle impostazioni e riattivala.', en: 'The mailbox of the owner is paused: correct its password in the settings, and resume it.' } },
    },
    { id: report(2), version: 1, owner_id: '01900009-0000-7000-8000-000000000002', names: { it: 'Previsione per mese', en: 'Forecast by month' }, visibility: 'everybody', definition: { source: 'crm.opportunity' } },
  ],
};

/** What the builder may name. */
const SOURCE = {
  entity: 'crm.opportunity',
  labels: { it: 'Opportunità', en: 'Opportunities' },
  fields: [
    { name: 'stage_id', kind: 'id', labels: { it: 'Fase', en: 'Stage' }, references: 'crm.stage' },
    { name: 'value', kind: 'money', labels: { it: 'Valore', en: 'Value' } },
    { name: 'expected_close', kind: 'date', labels: { it: 'Chiusura prevista', en: 'Expected close' } },
  ],
};

const value = { field: 'measure_1', type: 'quantitative', title: say('Valore', 'Value') };
const bar = JSON.stringify({
  mark: { type: 'bar', tooltip: true },
  encoding: { y: { field: 'group_1_label', type: 'nominal', title: say('Fase', 'Stage'), sort: null }, x: { ...value, stack: null }, color: { field: 'currency_label', type: 'nominal', title: say('Valuta', 'Currency') }, yOffset: { field: 'currency_label' } },
});
const line = JSON.stringify({
  mark: { type: 'line', point: true, tooltip: true },
  encoding: { x: { field: 'group_1_label', type: 'ordinal', title: say('Mese', 'Month'), sort: null }, y: value },
});
const columns = (label: string, kind: string) => [
  { name: 'group_1', role: 'group', kind, labels: { it: label, en: label }, field: 'stage_id' },
  { name: 'currency', role: 'currency', kind: 'text', labels: { it: 'Valuta', en: 'Currency' }, field: 'currency' },
  { name: 'measure_1', role: 'measure', kind: 'money', labels: { it: 'Valore', en: 'Value' }, field: 'value' },
];
const row = (name: string, amount: string, label = '') => ({ values: [name, 'EUR', amount], labels: [label, '', ''] });
const answer = (title: string, label: string, chart: string, rows: readonly ReturnType<typeof row>[], total: string) => ({
  title,
  description: say('Valore atteso senza IVA, per valuta.', 'Expected value without VAT, by currency.'),
  definition: {
    source: 'crm.opportunity',
    filter: 'owner_id = me AND closed_at = "" AND party_id.state != prospect AND expected_close < month+12m',
    related: [{ entity: 'crm.activity', field: 'subject_id', filter: 'state != done AND state != cancelled', absent: true }],
    measures: [{ kind: 'sum', field: 'value' }],
  },
  columns: columns(label, chart === line ? 'date' : 'text'),
  rows,
  totals: rows.length > 0 ? [row('', total)] : [],
  truncated: false,
  chart,
  ignored: [],
});
const months = [['2026-11', '184000'], ['2026-12', '312500.50'], ['2027-01', '96000'], ['2027-02', '240750']] as const;
const byMonth = months.map(([month, amount]) => row(`${month}-01`, amount, month));
const stages = [row(say('Nuova', 'New'), '412000'), row(say('Qualificata', 'Qualified'), '268400'), row(say('In offerta', 'Quoting'), '1250300'), row(say('Trattativa', 'Negotiation'), '640000')];
const ANSWERS: Readonly<Record<string, unknown>> = {
  [report(1)]: answer(say('Trattative aperte per fase', 'Open deals by stage'), say('Fase', 'Stage'), bar, stages, '2570700'),
  [report(2)]: answer(say('Previsione per mese', 'Forecast by month'), say('Mese', 'Month'), line, byMonth, '833250.50'),
  [report(3)]: answer(say('Trattative aperte per venditore', 'Open deals by salesperson'), say('Venditore', 'Salesperson'), '', [row('Nora Settentrione', '840000'), row('Silvio Meridione', '310500')], '1150500'),
  [report(4)]: answer(say('Trattative vinte per mese', 'Deals won by month'), say('Mese', 'Month'), line, [], ''),
};

/** How many there are, as it is answered where nothing is grouped. */
const counted = {
  ...answer('', '', '', [], ''),
  description: '',
  columns: [{ name: 'measure_1', role: 'measure', kind: 'integer', labels: { it: 'Numero', en: 'Number' }, field: '' }],
  rows: [{ values: ['36'], labels: [''] }],
};
const isGrouped = (asked: unknown) => ((asked as { definition?: { groups?: readonly unknown[] } }).definition?.groups ?? []).length > 0;

export const ask: Ask = (_, path, asked) => {
  if (path.endsWith(':sources')) return Promise.resolve({ sources: path.includes('/crm/') ? [SOURCE] : [] });
  // What the builder shows has no report of its own yet.
  if (path === '/v1/crm/reports:run') return Promise.resolve(isGrouped(asked) ? { ...(ANSWERS[report(1)] as object), title: '' } : counted);
  const found = Object.entries(ANSWERS).find(([id]) => path.includes(id));
  return Promise.resolve(path.endsWith(':rows') ? { records: [{ id: report(50), title: 'Pressa piegatrice 90 t', party_id: '01900001-0000-7000-8000-000000000000' }], next_page_token: '' } : (found?.[1] ?? {}));
};
