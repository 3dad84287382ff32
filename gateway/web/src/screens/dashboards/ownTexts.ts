import { texts } from '../../i18n/texts';

/** What is done with a dashboard itself. */
export const ownTexts = texts('own-dashboards', {
  actions: ['Azioni sul cruscotto', 'Actions on the dashboard'],
  name: ['Nome del cruscotto', 'Name of the dashboard'],
  saved: ['Cruscotto salvato: {{name}}', 'Dashboard saved: {{name}}'],
  deleted: ['Cruscotto eliminato: {{name}}', 'Dashboard deleted: {{name}}'],
  ready_made: ['È un cruscotto pronto, uguale per tutti: non si rinomina e non si elimina. Duplicalo e cambia la copia.', 'A ready-made dashboard, the same for everybody: it is neither renamed nor deleted. Duplicate it, and change the copy.'],
  of_others: ['Lo cambiano chi l’ha fatto e gli amministratori. Duplicalo e cambia la copia.', 'Its author and administrators change it. Duplicate it, and change the copy.'],
  no_address: ['{{name}} (senza indirizzo e-mail)', '{{name}} (no e-mail address)'],
  no_address_hint: ['L’indirizzo lo aggiungono gli amministratori.', 'Administrators add the address.'],
});
