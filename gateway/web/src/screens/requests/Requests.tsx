import { IconHeadset } from '@tabler/icons-react';
import { createElement } from 'react';
import { RecordList, type ListDefinition } from '../../ui/RecordList';
import { State, toneOfState } from '../../ui/State';

const CLOSED = ['resolved', 'closed'];

const requestList: ListDefinition<'aftersales.request'> = {
  name: 'requests',
  entity: 'aftersales.request',
  title: ['Richieste di assistenza', 'Service requests'],
  search: ['Cerca per numero, titolo, descrizione', 'Search number, title, description'],
  icon: IconHeadset,
  empty: ['Nessuna richiesta di assistenza', 'No service requests'],
  emptyHint: ['Qui segui come vengono assistiti i tuoi clienti.', 'Here you follow how your customers are served.'],
  columns: [
    { key: 'number', title: ['Numero', 'Number'], width: '130px', sort: 'number', text: (row) => row.number },
    { key: 'title', title: ['Richiesta', 'Request'], width: 'minmax(200px, 3fr)', sort: 'title', text: (row) => row.title },
    {
      key: 'party',
      title: ['Cliente', 'Customer'],
      width: 'minmax(180px, 2fr)',
      text: (row, { find }) => find('crm.party', row.party_id)?.name ?? '',
    },
    {
      key: 'priority',
      title: ['Priorità', 'Priority'],
      width: '104px',
      sort: 'priority',
      text: (row, { word }) => word('priority', row.priority),
      draw: (row, { word }) => createElement(State, { tone: toneOfState(row.priority) }, word('priority', row.priority)),
    },
    {
      key: 'state',
      title: ['Stato', 'State'],
      width: '170px',
      sort: 'state',
      text: (row, { word }) => word('request', row.state),
      draw: (row, { word }) => createElement(State, { tone: toneOfState(row.state) }, word('request', row.state)),
    },
    {
      key: 'resolution_due_at',
      title: ['Da risolvere entro', 'Resolve by'],
      width: '150px',
      sort: 'resolution_due_at',
      text: (row, { format }) => format.moment(row.resolution_due_at ?? ''),
    },
    { key: 'reported_at', title: ['Segnalata', 'Reported'], width: '150px', sort: 'reported_at', hidden: true, text: (row, { format }) => format.moment(row.reported_at ?? '') },
    { key: 'coverage', title: ['Garanzia', 'Warranty'], width: '130px', sort: 'coverage', hidden: true, text: (row, { word }) => word('coverage', row.coverage) },
    {
      key: 'machine',
      title: ['Macchina', 'Machine'],
      width: '200px',
      hidden: true,
      text: (row, { find }) => find('aftersales.installed_product', row.installed_product_id)?.description ?? '',
    },
    {
      key: 'assignee',
      title: ['Assegnata a', 'Assigned to'],
      width: '150px',
      hidden: true,
      text: (row, { find }) => find('identity.user', row.assignee_id)?.display_name ?? '',
    },
  ],
  phone: ['title', 'state', 'party', 'priority'],
  filters: [
    {
      key: 'state',
      title: ['Stato', 'State'],
      options: [
        { value: 'open', label: ['Aperte', 'Open'] },
        { value: 'waiting', label: ['In attesa', 'Waiting'] },
        { value: 'closed', label: ['Risolte e chiuse', 'Resolved and closed'] },
      ],
      where: (values) => ({
        state: {
          in: values.flatMap((value) => {
            if (value === 'closed') return CLOSED;
            if (value === 'waiting') return ['waiting_for_customer', 'waiting_for_parts'];
            return ['unspecified', 'new', 'assigned', 'in_progress', 'reopened'];
          }),
        },
      }),
    },
    {
      key: 'priority',
      title: ['Priorità', 'Priority'],
      options: [
        { value: 'critical', label: ['Critica', 'Critical'] },
        { value: 'high', label: ['Alta', 'High'] },
        { value: 'normal', label: ['Normale', 'Normal'] },
        { value: 'low', label: ['Bassa', 'Low'] },
      ],
      where: (values) => ({ priority: { in: values } }),
    },
  ],
  views: [
    { name: ['Aperte', 'Open'], filters: { state: ['open', 'waiting'] } },
    { name: ['Aperte e urgenti', 'Open and urgent'], filters: { state: ['open', 'waiting'], priority: ['critical', 'high'] } },
  ],
  sorting: { by: 'resolution_due_at', direction: 'asc' },
  related: [
    { entity: 'crm.party', by: 'id', from: 'party_id' },
    { entity: 'aftersales.installed_product', by: 'id', from: 'installed_product_id' },
    { entity: 'identity.user', by: 'id', from: 'assignee_id' },
  ],
  path: (row) => `/requests/${row.id}`,
};

/** What customers asked of the service, to be followed by who sells. */
export default function Requests() {
  return <RecordList list={requestList} />;
}
