/** The list of offers: columns, filters, views. */
import { IconFileInvoice } from '@tabler/icons-react';
import { createElement } from 'react';
import type { ListDefinition } from '../../ui/RecordList';
import { State, toneOfState } from '../../ui/State';

export const offerList: ListDefinition<'offers.offer'> = {
  name: 'offers',
  entity: 'offers.offer',
  title: ['Offerte', 'Offers'],
  search: ['Cerca per numero, titolo, riferimento', 'Search number, title, reference'],
  icon: IconFileInvoice,
  empty: ['Ancora nessuna offerta', 'No offers yet'],
  emptyHint: ['Un’offerta nasce da un cliente e da un titolo; le righe vengono dopo.', 'An offer begins with a customer and a title; lines come after.'],
  columns: [
    { key: 'number', title: ['Numero', 'Number'], width: '150px', sort: 'number', text: (row) => row.number },
    { key: 'title', title: ['Titolo', 'Title'], width: 'minmax(180px, 3fr)', sort: 'title', text: (row) => row.title },
    {
      key: 'party',
      title: ['Cliente', 'Customer'],
      width: 'minmax(160px, 2fr)',
      text: (row, { find }) => find('crm.party', row.party_id)?.name ?? '',
    },
    {
      key: 'state',
      title: ['Stato', 'State'],
      width: '140px',
      sort: 'state',
      text: (row, { word }) => word('offer', row.state),
      draw: (row, { word }) => createElement(State, { tone: toneOfState(row.state) }, word('offer', row.state)),
    },
    { key: 'offer_date', title: ['Data', 'Date'], width: '110px', sort: 'offer_date', text: (row, { format }) => format.date(row.offer_date) },
    {
      key: 'valid_until',
      title: ['Valida fino al', 'Valid until'],
      width: '116px',
      text: (row, { find, format }) => format.date(find('offers.revision', row.id)?.valid_until ?? ''),
    },
    {
      key: 'taxable',
      title: ['Imponibile', 'Taxable'],
      width: '130px',
      end: true,
      text: (row, { find, format }) => {
        const revision = find('offers.revision', row.id);
        return revision === undefined ? '' : format.money(revision.taxable, revision.currency);
      },
    },
    { key: 'reference', title: ['Riferimento', 'Reference'], width: '180px', hidden: true, text: (row) => row.reference },
    { key: 'contact_name', title: ['Contatto', 'Contact'], width: '160px', hidden: true, text: (row) => row.contact_name },
    {
      key: 'owner',
      title: ['Responsabile', 'Owner'],
      width: '150px',
      hidden: true,
      text: (row, { find }) => find('identity.user', row.owner_id)?.display_name ?? '',
    },
  ],
  phone: ['title', 'state', 'party', 'taxable'],
  filters: [
    {
      key: 'state',
      title: ['Stato', 'State'],
      options: [
        { value: 'draft', label: ['Bozza', 'Draft'] },
        { value: 'in_work', label: ['In lavorazione', 'In work'] },
        { value: 'ready', label: ['Pronte', 'Ready'] },
        { value: 'sent', label: ['Inviate', 'Sent'] },
        { value: 'negotiation', label: ['In trattativa', 'In negotiation'] },
        { value: 'accepted', label: ['Accettate', 'Accepted'] },
        { value: 'ordered', label: ['Ordinate', 'Ordered'] },
        { value: 'lost', label: ['Perse', 'Lost'] },
        { value: 'expired', label: ['Scadute', 'Expired'] },
        { value: 'suspended', label: ['Sospese', 'Suspended'] },
        { value: 'cancelled', label: ['Annullate', 'Cancelled'] },
      ],
      where: (values) => ({ state: { in: values.includes('draft') ? [...values, 'unspecified'] : values } }),
    },
    {
      key: 'mine',
      title: ['Mie', 'Mine'],
      options: [{ value: 'mine', label: ['Solo le mie', 'Only mine'] }],
      where: (_, { user }) => ({ owner_id: { in: [user, ''] } }),
    },
  ],
  views: [
    { name: ['Le mie aperte', 'Mine, open'], filters: { mine: ['mine'], state: ['draft', 'in_work', 'ready', 'sent', 'negotiation'] } },
    { name: ['Dal cliente', 'With the customer'], filters: { state: ['sent', 'negotiation'] } },
    { name: ['Vinte', 'Won'], filters: { state: ['accepted', 'ordered'] } },
    { name: ['Perse e scadute', 'Lost and expired'], filters: { state: ['lost', 'expired'] } },
  ],
  sorting: { by: 'offer_date', direction: 'desc' },
  related: [
    { entity: 'crm.party', by: 'id', from: 'party_id' },
    { entity: 'offers.revision', by: 'offer_id', from: 'id', order: [['ordinal', 'desc']] },
    { entity: 'identity.user', by: 'id', from: 'owner_id' },
  ],
  path: (row) => `/offers/${row.id}`,
};
