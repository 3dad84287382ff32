/** Who may change a dashboard, as far as this device can tell; the server judges. */
import { useState } from 'react';
import { useReplica, useMe } from '../../replica';
import type { Dashboard } from './kept';

interface Grant {
  readonly group?: string;
  readonly actions?: readonly string[];
  readonly scopes?: readonly { readonly terms?: readonly { readonly kind?: string }[] }[];
}

/** `ready_made` comes with the program; `of_others` is somebody's whose rights this user does not have. */
export type Standing = 'changeable' | 'ready_made' | 'of_others';

/**
 * Return whether this user may rename and delete a dashboard, and what asks for it. Only who administers rights reads
 * accesses, and only administrators write what is not theirs: so it is asked when somebody wants to know.
 */
export function useStanding({ owner_id }: Dashboard): { readonly standing: Standing; readonly ask: () => void } {
  const { online } = useReplica();
  const me = useMe();
  const [writesAll, setWritesAll] = useState(false);
  const isOwn = owner_id === me && me !== '';
  const ask = () => {
    if (isOwn || owner_id === '' || writesAll) return;
    // Refused or away: it is not offered, which the menu says.
    online.get(`/v1/identity/accesses/${me}`).then(
      (found) => setWritesAll(((found as { readonly grants?: readonly Grant[] }).grants ?? []).some(isOfAllReports)),
      () => setWritesAll(false),
    );
  };
  if (owner_id === '') return { standing: 'ready_made', ask };
  return { standing: isOwn || writesAll ? 'changeable' : 'of_others', ask };
}

const isOfAllReports = ({ group, actions = [], scopes = [] }: Grant): boolean =>
  group === 'reports' && actions.includes('write') && scopes.some(({ terms = [] }) => terms.length > 0 && terms.every((each) => each.kind === 'all'));
