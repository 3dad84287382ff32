import { IconTool } from '@tabler/icons-react';
import { createElement } from 'react';
import { RecordList, type ListDefinition } from '../../ui/RecordList';
import { State, toneOfState } from '../../ui/State';

const installedList: ListDefinition<'aftersales.installed_product'> = {
  name: 'installed',
  entity: 'aftersales.installed_product',
  title: ['Macchine installate', 'Installed machines'],
  search: ['Cerca per matricola, modello, descrizione', 'Search serial number, model, description'],
  icon: IconTool,
  empty: ['Ancora nessuna macchina installata', 'No machines installed yet'],
  emptyHint: ['Nascono da sole dalle offerte accettate e dalle consegne.', 'They come by themselves from accepted offers and deliveries.'],
  columns: [
    { key: 'description', title: ['Macchina', 'Machine'], width: 'minmax(220px, 3fr)', sort: 'description', text: (row) => row.description },
    { key: 'serial_number', title: ['Matricola', 'Serial number'], width: '130px', sort: 'serial_number', text: (row) => row.serial_number },
    {
      key: 'party',
      title: ['Cliente', 'Customer'],
      width: 'minmax(180px, 2fr)',
      text: (row, { find }) => find('crm.party', row.party_id)?.name ?? '',
    },
    {
      key: 'state',
      title: ['Stato', 'State'],
      width: '130px',
      sort: 'state',
      text: (row, { word }) => word('product', row.state),
      draw: (row, { word }) => createElement(State, { tone: toneOfState(row.state) }, word('product', row.state)),
    },
    { key: 'delivered_on', title: ['Consegna', 'Delivered'], width: '112px', sort: 'delivered_on', text: (row, { format }) => format.date(row.delivered_on) },
    {
      key: 'commissioned_on',
      title: ['Messa in servizio', 'Commissioned'],
      width: '132px',
      sort: 'commissioned_on',
      text: (row, { format }) => format.date(row.commissioned_on),
    },
    { key: 'model', title: ['Modello', 'Model'], width: '120px', sort: 'model', hidden: true, text: (row) => row.model },
    { key: 'article_code', title: ['Articolo', 'Article'], width: '120px', hidden: true, text: (row) => row.article_code },
    { key: 'order_number', title: ['Ordine', 'Order'], width: '130px', hidden: true, text: (row) => row.order_number },
    { key: 'location', title: ['Ubicazione', 'Location'], width: '160px', hidden: true, text: (row) => row.location },
  ],
  phone: ['description', 'state', 'party', 'serial_number'],
  filters: [
    {
      key: 'state',
      title: ['Stato', 'State'],
      options: [
        { value: 'delivered', label: ['Consegnate', 'Delivered'] },
        { value: 'in_service', label: ['In servizio', 'In service'] },
        { value: 'retired', label: ['Dismesse', 'Retired'] },
      ],
      where: (values) => ({ state: { in: values } }),
    },
  ],
  views: [{ name: ['Consegnate, da avviare', 'Delivered, not running yet'], filters: { state: ['delivered'] } }],
  sorting: { by: 'delivered_on', direction: 'desc' },
  related: [{ entity: 'crm.party', by: 'id', from: 'party_id' }],
  path: (row) => `/installed/${row.id}`,
};

/** The machines at customers. */
export default function Installed() {
  return <RecordList list={installedList} />;
}
