/** The list of opportunities: columns, filters, views. */
import { IconTargetArrow } from '@tabler/icons-react';
import { createElement } from 'react';
import type { ListDefinition } from '../../ui/RecordList';
import { State, toneOfState } from '../../ui/State';
import { textIn } from './stages';

export const opportunityList: ListDefinition<'crm.opportunity'> = {
  name: 'opportunities',
  entity: 'crm.opportunity',
  title: ['Opportunità', 'Opportunities'],
  search: ['Cerca per titolo, provenienza, concorrente', 'Search title, source, competitor'],
  icon: IconTargetArrow,
  empty: ['Ancora nessuna opportunità', 'No opportunities yet'],
  emptyHint: ['Quello che un cliente potrebbe comprare, quando e per quanto.', 'What a customer may buy, when, and for how much.'],
  columns: [
    { key: 'title', title: ['Opportunità', 'Opportunity'], width: 'minmax(200px, 3fr)', sort: 'title', text: (row) => row.title },
    { key: 'party', title: ['Cliente', 'Customer'], width: 'minmax(180px, 2fr)', text: (row, { find }) => find('crm.party', row.party_id)?.name ?? '' },
    {
      key: 'stage',
      title: ['Fase', 'Stage'],
      width: '160px',
      text: (row, { find, language, word }) => {
        const stage = find('crm.opportunity_stage', row.stage_id);
        return stage === undefined ? word('opportunity', row.state) : textIn(stage, language);
      },
    },
    {
      key: 'state',
      title: ['Stato', 'State'],
      width: '130px',
      sort: 'state',
      text: (row, { word }) => word('opportunity', row.state),
      draw: (row, { word }) => createElement(State, { tone: toneOfState(row.state) }, word('opportunity', row.state)),
    },
    { key: 'value', title: ['Valore', 'Value'], width: '140px', end: true, sort: 'value', text: (row, { format }) => format.money(row.value, row.currency || 'EUR') },
    { key: 'expected_close', title: ['Chiusura', 'Close'], width: '112px', sort: 'expected_close', text: (row, { format }) => format.date(row.expected_close) },
    { key: 'competitor', title: ['Concorrente', 'Competitor'], width: '150px', hidden: true, text: (row) => row.competitor },
    { key: 'source', title: ['Provenienza', 'Source'], width: '140px', hidden: true, text: (row) => row.source },
    { key: 'owner', title: ['Responsabile', 'Owner'], width: '150px', hidden: true, text: (row, { find }) => find('identity.user', row.owner_id)?.display_name ?? '' },
  ],
  phone: ['title', 'state', 'party', 'value'],
  filters: [
    {
      key: 'state',
      title: ['Stato', 'State'],
      options: [
        { value: 'open', label: ['Aperte', 'Open'] },
        { value: 'quoting', label: ['In offerta', 'Quoting'] },
        { value: 'won', label: ['Vinte', 'Won'] },
        { value: 'lost', label: ['Perse', 'Lost'] },
        { value: 'dropped', label: ['Abbandonate', 'Dropped'] },
      ],
      where: (values) => ({ state: { in: values.includes('open') ? [...values, 'unspecified'] : values } }),
    },
    { key: 'mine', title: ['Mie', 'Mine'], options: [{ value: 'mine', label: ['Solo le mie', 'Only mine'] }], where: (_, { user }) => ({ owner_id: { in: [user, ''] } }) },
  ],
  views: [
    { name: ['Le mie aperte', 'Mine, open'], filters: { mine: ['mine'], state: ['open', 'quoting'] } },
    { name: ['Vinte', 'Won'], filters: { state: ['won'] } },
    { name: ['Perse e abbandonate', 'Lost and dropped'], filters: { state: ['lost', 'dropped'] } },
  ],
  sorting: { by: 'expected_close', direction: 'asc' },
  related: [
    { entity: 'crm.party', by: 'id', from: 'party_id' },
    { entity: 'crm.opportunity_stage', by: 'id', from: 'stage_id' },
    { entity: 'identity.user', by: 'id', from: 'owner_id' },
  ],
  path: (row) => `/opportunities/${row.id}`,
};
