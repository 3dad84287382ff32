/** The list of customers and prospects: columns, filters, views. */
import { IconUsers } from '@tabler/icons-react';
import { createElement } from 'react';
import type { ListDefinition } from '../../ui/RecordList';
import { State, toneOfState } from '../../ui/State';

export const customerList: ListDefinition<'crm.party'> = {
  name: 'customers',
  entity: 'crm.party',
  title: ['Clienti', 'Customers'],
  search: ['Cerca per nome, partita IVA, codice', 'Search name, VAT number, code'],
  icon: IconUsers,
  empty: ['Ancora nessun cliente', 'No customers yet'],
  emptyHint: [
    'Qui trovi clienti e potenziali della tua zona, anche senza rete.',
    'Customers and prospects of your area stand here, without a network too.',
  ],
  columns: [
    { key: 'name', title: ['Nome', 'Name'], width: 'minmax(220px, 3fr)', sort: 'name', text: (row) => row.name },
    {
      key: 'state',
      title: ['Stato', 'State'],
      width: '132px',
      sort: 'state',
      text: (row, { word }) => word('party', row.state),
      draw: (row, { word }) => createElement(State, { tone: toneOfState(row.state) }, word('party', row.state)),
    },
    {
      key: 'city',
      title: ['Città', 'City'],
      width: 'minmax(130px, 1.4fr)',
      text: (row, { find }) => {
        const address = find('crm.address', row.id);
        return address === undefined ? '' : [address.city, address.province && `(${address.province})`].filter(Boolean).join(' ');
      },
    },
    { key: 'country', title: ['Paese', 'Country'], width: '80px', sort: 'country', text: (row) => row.country },
    { key: 'vat_number', title: ['Partita IVA', 'VAT number'], width: '136px', sort: 'vat_number', text: (row) => row.vat_number },
    { key: 'erp_code', title: ['Codice gestionale', 'ERP code'], width: '136px', sort: 'erp_code', text: (row) => row.erp_code },
    {
      key: 'owner',
      title: ['Responsabile', 'Owner'],
      width: 'minmax(130px, 1.2fr)',
      text: (row, { find }) => find('identity.user', row.owner_id)?.display_name ?? '',
    },
    {
      key: 'roles',
      title: ['Ruoli', 'Roles'],
      width: '170px',
      hidden: true,
      text: (row, { word }) => row.roles.map((role) => word('role', role)).join(', '),
    },
    {
      key: 'credit_state',
      title: ['Fido', 'Credit'],
      width: '130px',
      sort: 'credit_state',
      hidden: true,
      text: (row, { word }) => (row.credit_state === 'unspecified' ? '' : word('credit', row.credit_state)),
    },
    { key: 'payment_terms', title: ['Pagamento', 'Payment'], width: '160px', hidden: true, text: (row) => row.payment_terms },
    { key: 'website', title: ['Sito', 'Website'], width: '180px', hidden: true, text: (row) => row.website },
    {
      key: 'updated_at',
      title: ['Ultima modifica', 'Last change'],
      width: '132px',
      sort: 'updated_at',
      hidden: true,
      text: (row, { format }) => format.date(row.updated_at ?? ''),
    },
  ],
  phone: ['name', 'state', 'city', 'erp_code'],
  filters: [
    {
      key: 'state',
      title: ['Stato', 'State'],
      options: [
        { value: 'prospect', label: ['Potenziali', 'Prospects'] },
        { value: 'qualified', label: ['Qualificati', 'Qualified'] },
        { value: 'customer', label: ['Clienti', 'Customers'] },
        { value: 'inactive', label: ['Inattivi', 'Inactive'] },
      ],
      where: (values) => ({ state: { in: values } }),
    },
    {
      key: 'role',
      title: ['Ruolo', 'Role'],
      options: [
        { value: 'customer', label: ['Cliente', 'Customer'] },
        { value: 'prospect', label: ['Potenziale', 'Prospect'] },
        { value: 'dealer', label: ['Rivenditore', 'Dealer'] },
        { value: 'supplier', label: ['Fornitore', 'Supplier'] },
      ],
      where: (values) => ({ any: values.map((value) => ({ roles: { has: value } })) }),
    },
    {
      key: 'credit',
      title: ['Fido', 'Credit'],
      options: [
        { value: 'limited', label: ['Limitato', 'Limited'] },
        { value: 'blocked', label: ['Bloccato', 'Blocked'] },
      ],
      where: (values) => ({ credit_state: { in: values } }),
    },
    {
      key: 'mine',
      title: ['Miei', 'Mine'],
      options: [{ value: 'mine', label: ['Seguiti da me', 'Owned by me'] }],
      where: (_, { user }) => ({ owner_id: user }),
    },
  ],
  views: [
    { name: ['I miei clienti', 'My customers'], filters: { mine: ['mine'], state: ['customer'] } },
    { name: ['Potenziali da qualificare', 'Prospects to qualify'], filters: { state: ['prospect'] } },
    { name: ['Attenzione al fido', 'Mind the credit'], filters: { credit: ['limited', 'blocked'] } },
  ],
  sorting: { by: 'name', direction: 'asc' },
  related: [
    { entity: 'crm.address', by: 'party_id', from: 'id', order: [['kind', 'asc']] },
    { entity: 'identity.user', by: 'id', from: 'owner_id' },
  ],
  path: (row) => `/customers/${row.id}`,
};
