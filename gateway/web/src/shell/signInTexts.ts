import { texts } from '../i18n/texts';

export const signInTexts = texts('sign_in', {
  lead: [
    'Il lavoro resta su questo dispositivo, anche senza rete.',
    'Your work stays on this device, without a network too.',
  ],
  user_name: ['Nome utente', 'User name'],
  password: ['Password', 'Password'],
  show_password: ['Mostra la password', 'Show password'],
  sign_in: ['Accedi', 'Sign in'],
  again: ['Accedi di nuovo', 'Sign in again'],
  again_hint: [
    'La sessione è scaduta. Puoi continuare a lavorare: le modifiche partono dopo l’accesso.',
    'The session is over. You can go on working: changes leave after you sign in.',
  ],
  revoked: ['Accesso revocato', 'Access revoked'],
  revoked_hint: [
    'I dati su questo dispositivo sono stati rimossi. Rivolgiti all’amministratore.',
    'The data on this device was removed. Ask your administrator.',
  ],
  closed: ['La copia è chiusa', 'The copy is closed'],
  closed_hint: [
    'È passato troppo tempo dall’ultimo contatto con il server. Appena è raggiungibile la copia si riapre; le modifiche non inviate sono conservate.',
    'The last contact with the server is too long ago. The copy opens again as soon as it can be reached; unsent changes are kept.',
  ],
  closed_waiting_one: ['{{count}} modifica non inviata resta qui, al sicuro.', '{{count}} unsent change stays here, safe.'],
  closed_waiting_other: ['{{count}} modifiche non inviate restano qui, al sicuro.', '{{count}} unsent changes stay here, safe.'],
  code: ['Codice di sblocco', 'Unlock code'],
  code_hint: ['Chiedilo per telefono all’amministratore. Dispositivo: {{device}}', 'Ask your administrator for it by telephone. Device: {{device}}'],
  unlock: ['Apri la copia', 'Open the copy'],
  try_server: ['Riprova a collegarti', 'Try the server again'],
  sign_out: ['Esci', 'Sign out'],
  sign_out_title: ['Uscire e rimuovere la copia?', 'Sign out and remove the copy?'],
  sign_out_hint: [
    'I dati vengono tolti da questo dispositivo. Restano sul server.',
    'The data is removed from this device. It stays on the server.',
  ],
  unsent_one: ['{{count}} modifica non è stata inviata', '{{count}} change was not sent'],
  unsent_other: ['{{count}} modifiche non sono state inviate', '{{count}} changes were not sent'],
  unsent_hint: [
    'Se esci adesso vanno perse. Senza rete non si possono inviare.',
    'If you sign out now they are lost. They cannot be sent without a network.',
  ],
  sign_out_anyway: ['Esci e perdi le modifiche', 'Sign out and lose the changes'],
  cancel: ['Annulla', 'Cancel'],
});
