import { texts } from '../i18n/texts';

export const inlineTexts = texts('inline', {
  edit: ['Modifica', 'Edit'],
  add: ['Aggiungi', 'Add'],
});
