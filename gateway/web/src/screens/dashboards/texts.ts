import { texts } from '../../i18n/texts';

export const dashboardTexts = texts('dashboards', {
  title: ['Cruscotti', 'Dashboards'],
  choose: ['Cruscotto', 'Dashboard'],
  none: ['Nessun cruscotto', 'No dashboards'],
  none_hint: ['Arrivano con la prossima sincronizzazione.', 'They arrive with the next synchronisation.'],
  online: ['Richiede la rete', 'Needs a network'],
  online_hint: ['I numeri sono calcolati dal server, su tutto ciò che puoi vedere.', 'Figures are computed by the server, over all that you may see.'],
  again: ['Ricarica', 'Reload'],
  all: ['Tutti', 'All'],
  mine: ['Solo miei', 'Mine only'],
  filters: ['Filtri del cruscotto', 'Filters of the dashboard'],
  waiting: ['Calcolo in corso', 'Being computed'],
  empty: ['Nessun dato', 'Nothing to show'],
  total: ['Totale', 'Total'],
  more: ['Ci sono altre righe.', 'There are more rows.'],
  ignored: ['Senza questo filtro: {{fields}}', 'Without this filter: {{fields}}'],
  behind: ['Apri i dati: {{row}}', 'Open the records: {{row}}'],
  rows_of: ['Dati di «{{report}}»', 'Records of “{{report}}”'],
  rows_more: ['Sono mostrati i primi {{count}}.', 'The first {{count}} are shown.'],
  none_behind: ['(nessun valore)', '(no value)'],
  close: ['Chiudi', 'Close'],
});
