/** Why something is not possible now, in the user's words. */
import { useCallback } from 'react';
import { texts, textOf, useTexts } from '../../i18n/texts';
import { useWords } from '../../ui/words';
import type { Obstacle } from './actions';

const obstacleTexts = texts('obstacles', {
  state_offer: ['Solo quando l’offerta è: {{states}}', 'Only while the offer is: {{states}}'],
  state_revision: ['Solo quando la revisione è: {{states}}', 'Only while the revision is: {{states}}'],
  OFFER_CLOSED: ['L’offerta è chiusa', 'The offer is closed'],
  REVISION_EMPTY: ['La revisione non ha righe', 'The revision has no lines'],
  LINES_REFUSED: ['Prima vanno corretti i valori segnalati', 'First correct the values that are marked'],
  CHARGE_WITHOUT_LINES: ['Una voce di piede non serve nessuna riga', 'A charge serves no line'],
  SPREAD_STALE: ['Prima va ripartita di nuovo una voce di piede: le righe sono cambiate', 'First spread a charge again: lines have changed'],
  PRICE_MISSING: ['A una riga manca il prezzo', 'A line lacks its price'],
  REVISION_NOT_FROZEN: ['Prima va congelata la revisione', 'First freeze the revision'],
  REVISION_NOT_CURRENT: ['Non è la revisione corrente', 'It is not the current revision'],
  OFFER_EXPIRED: ['La validità è scaduta: fare una nuova revisione', 'Its validity is over: make a new revision'],
  DRAFT_EXISTS: ['C’è già una bozza: completarla o ritirarla', 'There is a draft already: finish or withdraw it'],
  ALTERNATIVES_USED_UP: ['Le lettere sono finite', 'There are no letters left'],
});

/** Return a function that says why: "Solo quando l’offerta è: Pronta, Inviata". */
export function useObstacles(): (obstacle: Obstacle) => string {
  const t = useTexts(obstacleTexts);
  const word = useWords();
  return useCallback(
    ({ reason, of, from }) => {
      if (reason !== 'TRANSITION_NOT_ALLOWED') return textOf(t, obstacleTexts, reason);
      return t(`state_${of}`, { states: [...new Set(from.map((state) => word(of, state)))].join(', ') });
    },
    [t, word],
  );
}
