/** A dashboard with invented figures, as a server would answer them. */
import type { Ask, Seed } from '../src/replica/fixture';

const report = (n: number) => `01900009-0000-7000-8000-${String(n).padStart(12, '0')}`;
const tile = (n: number, x: number, y: number) => ({ service: 'crm', report_id: report(n), x, y, w: 6, h: 4, chart: 'unspecified' as const });

export const dashboards: Seed = {
  'crm.dashboard': [
    {
      id: report(100),
      names: { it: 'Trattative e previsioni', en: 'Pipeline and forecast' },
      descriptions: { it: 'Quanto vale ciò che è aperto, e quando si chiude.', en: 'What is open is worth, and when it closes.' },
      position: 10,
      tiles: [tile(1, 0, 0), tile(2, 6, 0), tile(3, 0, 4), tile(4, 6, 4)],
      filters: [{ field: 'owner_id', labels: { it: 'Venditore', en: 'Salesperson' }, value: '' }],
    },
  ],
};

const value = { field: 'measure_1', type: 'quantitative', title: 'Valore' };
const bar = JSON.stringify({
  mark: { type: 'bar', tooltip: true },
  encoding: { y: { field: 'group_1_label', type: 'nominal', title: 'Fase', sort: null }, x: { ...value, stack: null }, color: { field: 'currency_label', type: 'nominal', title: 'Valuta' }, yOffset: { field: 'currency_label' } },
});
const line = JSON.stringify({
  mark: { type: 'line', point: true, tooltip: true },
  encoding: { x: { field: 'group_1_label', type: 'ordinal', title: 'Mese', sort: null }, y: value },
});
const columns = (label: string) => [
  { name: 'group_1', role: 'group', kind: 'text', labels: { it: label, en: label }, field: 'stage_id' },
  { name: 'currency', role: 'currency', kind: 'text', labels: { it: 'Valuta', en: 'Currency' }, field: 'currency' },
  { name: 'measure_1', role: 'measure', kind: 'money', labels: { it: 'Valore', en: 'Value' }, field: 'value' },
];
const row = (name: string, amount: string) => ({ values: [name, 'EUR', amount], labels: ['', '', ''] });
const answer = (title: string, label: string, chart: string, rows: readonly ReturnType<typeof row>[], total: string) => ({
  title,
  description: 'Valore atteso senza IVA, per valuta.',
  definition: { source: 'crm.opportunity' },
  columns: columns(label),
  rows,
  totals: rows.length > 0 ? [row('', total)] : [],
  truncated: false,
  chart,
  ignored: [],
});
const months = [['2026-11', '184000'], ['2026-12', '312500.50'], ['2027-01', '96000'], ['2027-02', '240750']] as const;
const byMonth = months.map(([month, amount]) => row(month, amount));
const stages = [row('Nuova', '412000'), row('Qualificata', '268400'), row('In offerta', '1250300'), row('Trattativa', '640000')];
const ANSWERS: Readonly<Record<string, unknown>> = {
  [report(1)]: answer('Trattative aperte per fase', 'Fase', bar, stages, '2570700'),
  [report(2)]: answer('Previsione per mese', 'Mese', line, byMonth, '833250.50'),
  [report(3)]: answer('Trattative aperte per venditore', 'Venditore', '', [row('Nora Settentrione', '840000'), row('Silvio Meridione', '310500')], '1150500'),
  [report(4)]: answer('Trattative vinte per mese', 'Mese', line, [], ''),
};

export const ask: Ask = (_, path) => {
  const found = Object.entries(ANSWERS).find(([id]) => path.includes(id));
  return Promise.resolve(path.endsWith(':rows') ? { records: [], next_page_token: '' } : (found?.[1] ?? {}));
};
