import { texts } from '../../i18n/texts';

export const offersTexts = texts('offers', {
  new: ['Nuova offerta', 'New offer'],
  show_as: ['Mostra come', 'Show as'],
  list: ['Elenco', 'List'],
  board: ['Lavagna', 'Board'],
  column_work: ['In lavorazione', 'In work'],
  column_ready: ['Pronte', 'Ready'],
  column_sent: ['Inviate', 'Sent'],
  column_negotiation: ['In trattativa', 'In negotiation'],
  column_won: ['Vinte', 'Won'],
  column_out: ['Perse, scadute, sospese', 'Lost, expired, suspended'],
  nothing: ['Nessuna', 'None'],
  more: ['e altre {{number}}', 'and {{number}} more'],
  valid_until: ['fino al {{date}}', 'until {{date}}'],
});
