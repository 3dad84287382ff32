import { texts } from '../../i18n/texts';

export const syncTexts = texts('sync', {
  title: ['Sincronizzazione', 'Synchronisation'],
  now: ['Sincronizza ora', 'Synchronise now'],
  last_contact: ['Ultimo contatto', 'Last contact'],
  never: ['mai', 'never'],
  offline: ['Senza rete dalle {{time}}: tutto continua a funzionare.', 'Offline since {{time}}: everything goes on working.'],
  follower: ['Un’altra scheda si occupa della sincronizzazione.', 'Another tab does the synchronising.'],

  questions: ['Da decidere', 'To decide'],
  queue: ['Modifiche in attesa', 'Waiting changes'],
  queue_empty: ['Tutto è stato inviato', 'Everything was sent'],
  queue_empty_hint: [
    'Le modifiche che fai senza rete aspettano qui.',
    'Changes that you make without a network wait here.',
  ],
  discard: ['Scarta', 'Discard'],
  create: ['Nuovo', 'New'],
  update: ['Modifica', 'Change'],
  delete: ['Elimina', 'Delete'],
  state_waiting: ['in attesa', 'waiting'],
  state_held: ['trattenuta', 'held'],
  state_acknowledged: ['ricevuta dal server', 'received by the server'],
  state_parked: ['messa da parte', 'parked'],

  here: ['Su questo dispositivo', 'On this device'],
  scope: ['Ambito', 'Scope'],
  rows: ['Record', 'Records'],
  nothing_here: ['Ancora nulla', 'Nothing yet'],
  nothing_here_hint: ['La prima copia arriva dopo l’accesso.', 'The first copy arrives after you sign in.'],
});
