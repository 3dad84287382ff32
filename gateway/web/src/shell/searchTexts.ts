import { texts } from '../i18n/texts';

export const searchTexts = texts('search', {
  search: ['Cerca', 'Search'],
  search_placeholder: ['Cerca clienti, offerte, macchine, pagine', 'Search customers, offers, machines, pages'],
  search_nothing: ['Nulla su questo dispositivo', 'Nothing on this device'],
  customer: ['Cliente', 'Customer'],
  prospect: ['Potenziale cliente', 'Prospect'],
  offer: ['Offerta', 'Offer'],
  machine: ['Macchina', 'Machine'],
  request: ['Richiesta', 'Request'],
  screen: ['Pagina', 'Page'],
});
