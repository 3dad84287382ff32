import { texts } from '../../i18n/texts';

export const activitiesTexts = texts('activities', {
  new: ['Nuova attività', 'New activity'],
  complete: ['Fatta', 'Done'],
  complete_of: ['Segna come fatta: {{subject}}', 'Mark as done: {{subject}}'],
  outcome: ['Esito', 'Outcome'],
  outcome_hint: ['Com’è andata', 'How it went'],
  confirm: ['Conferma', 'Confirm'],
  completed: ['Fatta: {{subject}}', 'Done: {{subject}}'],
  postpone: ['Rimanda', 'Postpone'],
  postpone_of: ['Rimanda: {{subject}}', 'Postpone: {{subject}}'],
  tomorrow: ['A domani', 'To tomorrow'],
  next_week: ['A lunedì prossimo', 'To next Monday'],
  in_a_month: ['Tra un mese', 'In a month'],
  postponed: ['Rimandata al {{date}}: {{subject}}', 'Postponed to {{date}}: {{subject}}'],
  cancel: ['Annulla l’attività', 'Cancel the activity'],
  cancelled: ['Annullata: {{subject}}', 'Cancelled: {{subject}}'],
  overdue: ['in ritardo, {{when}}', 'overdue, {{when}}'],
  no_date: ['senza data', 'no date'],
  complete_all: ['Segna come fatte', 'Mark as done'],
  completed_many_one: ['{{count}} attività fatta', '{{count}} activity done'],
  completed_many_other: ['{{count}} attività fatte', '{{count}} activities done'],
});
