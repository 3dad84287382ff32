import { texts } from '../i18n/texts';

/** Why something could not be done, by the reason that the replica or the server gives. */
export const reasonTexts = texts('reasons', {
  INTERNAL: ['Errore imprevisto', 'Unexpected error'],
  SERVER_AWAY: ['Il server non è raggiungibile', 'The server cannot be reached'],
  WRONG_CREDENTIALS: ['Nome o password non corretti', 'Wrong name or password'],
  SIGN_IN_NEEDED: ['Accedi di nuovo', 'Sign in again'],
  TOO_MANY_SIGN_INS: ['Troppi tentativi: riprova tra qualche minuto', 'Too many attempts: try again in a few minutes'],
  UNSENT_CHANGES: ['Ci sono modifiche non inviate', 'There are unsent changes'],
  UNSENT_OF_ANOTHER: [
    'Su questo dispositivo ci sono modifiche non inviate di un altro utente',
    'This device holds unsent changes of another user',
  ],
  NO_SERVER: ['Questa copia non ha un server', 'This copy has no server'],
  RECORD_NOT_HERE: ['Il record non è su questo dispositivo', 'The record is not on this device'],
  NOT_OFFLINE: ['Non si può modificare da qui', 'It cannot be changed from here'],
  ONLINE_ONLY: ['Serve il collegamento al server', 'This needs the server'],
  FIELD_NOT_WRITABLE: ['Questo campo non si può modificare', 'This field cannot be changed'],
  FIELD_INVALID: ['Valore non valido', 'Invalid value'],
  GROUP_TOO_LARGE: ['Troppe modifiche in una volta', 'Too many changes at once'],
  CHANGE_SENT: ['La modifica è già stata inviata', 'The change was sent already'],
  QUESTION_DECIDED: ['Già deciso', 'Decided already'],
  FORBIDDEN: ['Non hai il permesso', 'You are not allowed to'],
  CONFLICT: ['Qualcun altro ha cambiato lo stesso campo', 'Somebody else changed the same field'],
  INVALID_FIELDS: ['Alcuni valori non sono validi', 'Some values are not valid'],
  STALE: ['Il record è cambiato nel frattempo', 'The record has changed meanwhile'],
  LEASE_OVER: ['Troppo tempo senza server: la copia è chiusa', 'Too long without the server: the copy is closed'],
  CODE_WRONG: ['Questo codice non apre questa copia', 'This code does not open this copy'],
  SUMS_DIFFER: ['La copia non coincide con il server', 'The copy differs from the server'],
  INCOMPLETE: ['La trasmissione si è interrotta', 'The transmission broke off'],
  QUOTA: ['Lo spazio su questo dispositivo è esaurito', 'This device has no space left'],
  REVOKED: ['L’accesso di questo dispositivo è stato revocato', 'This device’s access was revoked'],
});
