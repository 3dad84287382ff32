import { texts } from '../../i18n/texts';

export const customersTexts = texts('customers', {
  new: ['Nuovo cliente', 'New customer'],
  plan_call: ['Pianifica telefonata', 'Plan a call'],
  plan_subject: ['Oggetto', 'Subject'],
  plan_due: ['Entro il', 'Due on'],
  plan_do: ['Pianifica', 'Plan'],
  planned_one: ['{{count}} telefonata pianificata', '{{count}} call planned'],
  planned_other: ['{{count}} telefonate pianificate', '{{count}} calls planned'],
  assign: ['Assegna a', 'Assign to'],
  assigned_one: ['{{count}} cliente assegnato a {{name}}', '{{count}} customer assigned to {{name}}'],
  assigned_other: ['{{count}} clienti assegnati a {{name}}', '{{count}} customers assigned to {{name}}'],
  most_at_once: ['Al massimo {{count}} alla volta', 'At most {{count}} at a time'],
});
