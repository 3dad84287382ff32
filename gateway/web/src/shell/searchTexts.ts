import { texts } from '../i18n/texts';

export const searchTexts = texts('search', {
  search: ['Cerca', 'Search'],
  search_placeholder: ['Cerca clienti, offerte, macchine, pagine', 'Search customers, offers, machines, pages'],
  search_nothing: ['Nulla su questo dispositivo', 'Nothing on this device'],
  search_nowhere: ['Nulla, né su questo dispositivo né sul server', 'Nothing, neither on this device nor on the server'],
  search_asking: ['Si cerca anche sul server…', 'The server is asked, too…'],
  search_failed: ['Il server non ha risposto a tutto: potrebbe esserci altro', 'The server did not answer everything: there may be more'],
  online_only: ['Solo online', 'Online only'],
  party: ['Cliente o potenziale', 'Customer or prospect'],
  opportunity: ['Opportunità', 'Opportunity'],
  customer: ['Cliente', 'Customer'],
  prospect: ['Potenziale cliente', 'Prospect'],
  offer: ['Offerta', 'Offer'],
  machine: ['Macchina', 'Machine'],
  request: ['Richiesta', 'Request'],
  screen: ['Pagina', 'Page'],
});
