import { texts } from '../i18n/texts';

export const recordTexts = texts('record', {
  to_list: ['Torna all’elenco', 'Back to the list'],
  previous: ['Precedente', 'Previous'],
  next: ['Successivo', 'Next'],
  position: ['{{position}} di {{total}}', '{{position}} of {{total}}'],
  missing: ['Questa scheda non è su questo dispositivo', 'This record is not on this device'],
  missing_hint: ['Forse non è più tra quelle che puoi vedere.', 'Perhaps it is no longer among those you may see.'],
});
