/** The list of activities: columns, filters, views. */
import { IconChecklist } from '@tabler/icons-react';
import { createElement } from 'react';
import type { Where } from '../../replica';
import type { ListDefinition } from '../../ui/RecordList';
import { State, toneOfState } from '../../ui/State';
import { isOpen, momentOf, OPEN_STATES } from './open';

type Activity = Where<'crm.activity'>;

/** Conditions on the due date: local days, as instants. */
function dueWithin(value: string, today: string): Activity {
  const day = (offset: number) => {
    const moment = new Date(`${today}T00:00`);
    moment.setDate(moment.getDate() + offset);
    return moment.toISOString();
  };
  switch (value) {
    case 'overdue':
      return { due_at: { lt: day(0) }, state: { in: OPEN_STATES } };
    case 'today':
      return { due_at: { gte: day(0), lt: day(1) } };
    default:
      return { due_at: { gte: day(0), lt: day(7) } };
  }
}

export const activityList: ListDefinition<'crm.activity'> = {
  name: 'activities',
  entity: 'crm.activity',
  title: ['Attività', 'Activities'],
  search: ['Cerca per oggetto o note', 'Search subject or notes'],
  icon: IconChecklist,
  empty: ['Nessuna attività', 'No activities'],
  emptyHint: ['Pianifica una telefonata o registra una visita.', 'Plan a call or record a visit.'],
  columns: [
    { key: 'subject', title: ['Oggetto', 'Subject'], width: 'minmax(220px, 3fr)', sort: 'subject', text: (row) => row.subject },
    {
      key: 'party',
      title: ['Cliente', 'Customer'],
      width: 'minmax(180px, 2fr)',
      text: (row, { find }) => find('crm.party', row.party_id)?.name ?? '',
    },
    { key: 'kind', title: ['Tipo', 'Kind'], width: '110px', sort: 'kind', text: (row, { word }) => word('activity', row.kind) },
    {
      key: 'due_at',
      title: ['Quando', 'When'],
      width: '150px',
      sort: 'due_at',
      text: (row, { format }) => format.moment(momentOf(row)),
    },
    {
      key: 'state',
      title: ['Stato', 'State'],
      width: '120px',
      sort: 'state',
      text: (row, { word }) => word('activity_state', row.state),
      draw: (row, { word, now }) => {
        const moment = momentOf(row);
        const late = isOpen(row) && moment !== '' && new Date(moment) < now;
        return late
          ? createElement(State, { tone: 'trouble' }, word('activity_overdue'))
          : createElement(State, { tone: toneOfState(row.state) }, word('activity_state', row.state));
      },
    },
    { key: 'outcome', title: ['Esito', 'Outcome'], width: 'minmax(140px, 2fr)', text: (row) => row.outcome },
    {
      key: 'owner',
      title: ['Di', 'Owner'],
      width: '140px',
      hidden: true,
      text: (row, { find }) => find('identity.user', row.owner_id)?.display_name ?? '',
    },
  ],
  phone: ['subject', 'state', 'party', 'due_at'],
  filters: [
    {
      key: 'state',
      title: ['Stato', 'State'],
      options: [
        { value: 'open', label: ['Da fare', 'To do'] },
        { value: 'done', label: ['Fatte', 'Done'] },
        { value: 'cancelled', label: ['Annullate', 'Cancelled'] },
      ],
      where: (values) => ({ state: { in: values.flatMap((value) => (value === 'open' ? [...OPEN_STATES] : [value])) } }),
    },
    {
      key: 'due',
      title: ['Scadenza', 'Due'],
      options: [
        { value: 'overdue', label: ['In ritardo', 'Overdue'] },
        { value: 'today', label: ['Oggi', 'Today'] },
        { value: 'week', label: ['Prossimi 7 giorni', 'Next 7 days'] },
      ],
      where: (values, { today }) => ({ any: values.map((value) => dueWithin(value, today)) }),
    },
    {
      key: 'kind',
      title: ['Tipo', 'Kind'],
      options: [
        { value: 'call', label: ['Telefonate', 'Calls'] },
        { value: 'visit', label: ['Visite', 'Visits'] },
        { value: 'meeting', label: ['Riunioni', 'Meetings'] },
        { value: 'task', label: ['Cose da fare', 'Tasks'] },
        { value: 'mail', label: ['E-mail', 'E-mails'] },
      ],
      where: (values) => ({ kind: { in: values } }),
    },
    {
      key: 'mine',
      title: ['Mie', 'Mine'],
      options: [{ value: 'mine', label: ['Solo le mie', 'Only mine'] }],
      where: (_, { user }) => ({ owner_id: { in: [user, ''] } }),
    },
  ],
  views: [
    { name: ['Le mie da fare', 'Mine, to do'], filters: { mine: ['mine'], state: ['open'] } },
    { name: ['In ritardo', 'Overdue'], filters: { due: ['overdue'] } },
    { name: ['Prossimi 7 giorni', 'Next 7 days'], filters: { due: ['week'], state: ['open'] } },
  ],
  sorting: { by: 'due_at', direction: 'desc' },
  related: [
    { entity: 'crm.party', by: 'id', from: 'party_id' },
    { entity: 'identity.user', by: 'id', from: 'owner_id' },
  ],
  path: (row) => `/customers/${row.party_id}`,
};
