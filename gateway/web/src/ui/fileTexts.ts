import { texts } from '../i18n/texts';

export const fileTexts = texts('files', {
  made: ['Scaricato: {{name}}', 'Downloaded: {{name}}'],
  print: ['Stampa in PDF', 'Print as PDF'],
  not_printable: ['Questo filtro non si può stampare tutto insieme: scegli un solo valore per filtro', 'This filter cannot be printed at once: choose one value per filter'],
});
