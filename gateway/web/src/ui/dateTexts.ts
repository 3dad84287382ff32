import { texts } from '../i18n/texts';

export const dateTexts = texts('date', {
  pattern: ['gg/mm/aaaa', 'dd/mm/yyyy'],
  pattern_time: ['gg/mm/aaaa hh:mm', 'dd/mm/yyyy hh:mm'],
  pattern_clock: ['hh:mm', 'hh:mm'],
  open: ['Apri il calendario', 'Open the calendar'],
  wrong: ['Non è una data: ad esempio {{example}}, +7, oggi', 'Not a date: for instance {{example}}, +7, today'],
  wrong_time: ['Servono giorno e ora: ad esempio {{example}}', 'Day and time are needed: for instance {{example}}'],
  wrong_clock: ['Non è un’ora: ad esempio 9, 930, 21:15', 'Not a time: for instance 9, 930, 21:15'],
});
