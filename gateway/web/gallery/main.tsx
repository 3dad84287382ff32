/** The client over invented records, without a server and without a worker: what the gallery takes pictures of. */
import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '../src/theme/tokens.css';
import { createRoot } from 'react-dom/client';
import { setLanguage } from '../src/i18n/texts';
import { fixture, type Ask } from '../src/replica/fixture';
import { applyResults, sealResults } from '../src/replica/outgoing';
import { App } from '../src/shell/App';
import { preferences, setPreference } from '../src/shell/preferences';
import { ask as askReports, dashboards, kept } from './reports';
import { PARTY, seed } from './seed';

/** Group -> rows, bytes on the server. */
const GROUPS = { crm: [20_412, 12_400_000], offers: [8_230, 5_900_000], catalogue: [3_105, 1_200_000], service: [940, 610_000], personal: [64, 21_000] } as const;

const ask: Ask = (method, path, body) => {
  if (path.startsWith('/v1/sync/profile')) {
    return Promise.resolve({ groups: Object.entries(GROUPS).map(([group, [rows, bytes]]) => ({ group, buckets: [{ rows, bytes }] })) });
  }
  if (path.startsWith('/v1/crm/calendar')) return Promise.resolve({ path: '/v1/crm/calendars/rG7-kq2uVb.ics' });
  if (path.startsWith('/v1/crm/search?')) {
    const found = [
      { entity: 'crm.party', id: '01900001-0000-7000-8000-000000009001', title: 'Torneria Rossini S.r.l.' },
      { entity: 'crm.contact', id: '01900001-0000-7000-8000-000000009003', party_id: '01900001-0000-7000-8000-000000009002', title: 'Fonderie del Garda S.p.A.', detail: 'Marta Rossi' },
    ];
    return Promise.resolve({ found });
  }
  if (path.includes('?search=')) return Promise.resolve({ records: [] });
  return askReports(method, path, body);
};

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
setLanguage(preferences().language);
setPreference('density', preferences().density);
const asked = new URLSearchParams(location.search);
const parties = asked.get('parties');
const facts = asked.has('closed') ? { lease_over: true, device: '01932f7e-8a41-7c52-9d30-5b1f0c7e9b10' } : {};
const { replica, engine, store, settled } = await fixture(parties === '0' ? {} : { ...seed(Number(parties ?? 400), new Date()), ...dashboards, ...(asked.has('reports') ? kept : {}) }, facts, ask);
if (parties !== '0') {
  await store.buckets.bulkPut(Object.entries(GROUPS).map(([group, [rows]]) => ({ key: `${group}/all`, n: rows, h: '0'.repeat(16) })));
}
if (asked.has('waiting')) {
  engine.setFacts({ offline_since: new Date().toISOString() });
  await replica.author.edit('crm.party', PARTY(0), { website: 'https://www.officine-rossi.example', notes: 'Richiamare a marzo' });
  await replica.author.create('crm.activity', { party_id: PARTY(0), kind: 'call', subject: 'Telefonata in fiera' });
}
if (asked.has('conflict')) {
  await replica.author.edit('crm.party', PARTY(0), { website: 'https://www.officine-rossi.example', owner_id: '01900000-0000-7000-8000-000000000001', custom: { ore: '2009', contratto: 'false' } });
  const result = { id: engine.queue().at(-1)?.id ?? '', outcome: 'conflict' as const, changed: false, conflicts: ['website', 'owner_id', 'custom.ore', 'custom.contratto'], record: { version: 2, website: 'https://www.rossi.example', custom: { ore: '1800.5', contratto: 'true' }, updated_by: '01900009-0000-7000-8000-000000000002', updated_at: '2026-11-29T09:00:00Z' } };
  const sealed = await sealResults(store, [result]);
  await store.atomic(['items'], (tables) => applyResults(tables, sealed, new Date()));
  await engine.queueChanged();
}
// Who takes the picture waits for it.
Object.assign(globalThis, { settled });
createRoot(root).render(<App replica={replica} />);
