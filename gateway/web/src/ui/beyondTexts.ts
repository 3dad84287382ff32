import { texts } from '../i18n/texts';

export const beyondTexts = texts('beyond', {
  online_only: ['Solo online', 'Online only'],
  hint: ['Questa scheda non è nella copia di questo dispositivo: è letta dal server e qui si può solo guardare.', 'This record is not in the copy on this device: it is read from the server and can only be looked at here.'],
  incomplete: ['Non tutto si è potuto leggere dal server: ciò che si vede può essere incompleto.', 'Not everything could be read from the server: what is on view may be incomplete.'],
  offline: ['Questa scheda non è su questo dispositivo', 'This record is not on this device'],
  offline_hint: ['Non fa parte della tua copia: si può leggere solo con la rete, e adesso il server non risponde.', 'It is no part of your copy: it can be read with a network only, and the server does not answer now.'],
  again: ['Riprova', 'Try again'],
  to_list: ['Torna all’elenco', 'Back to the list'],
  search: ['Cerca oltre la copia', 'Search beyond my copy'],
  search_hint: ['Cerca sul server tra tutti i clienti che puoi leggere', 'Search the server for all customers that you may read'],
  words: ['Nome, partita IVA o codice', 'Name, VAT number or code'],
  go: ['Cerca', 'Search'],
  nothing: ['Nessun cliente trovato.', 'No customer found.'],
  more: ['Sono mostrati i primi {{count}}.', 'The first {{count}} are shown.'],
});
