/** Time that colleagues have taken with what nobody else may read: the server tells it, no copy holds it. */
import { useEffect, useState } from 'react';
import { isKind, useReplica } from '../../replica';
import { hereZone } from '../../time/zones';
import { addDays, midnight, type ViewName } from './span';

export interface Busy {
  readonly userId: string;
  readonly name: string;
  readonly begins: Date;
  readonly ends: Date;
}

interface Item {
  readonly busy_only?: boolean;
  readonly starts_at?: string;
  readonly ends_at?: string;
  readonly starts_on?: string;
  readonly ends_on?: string;
}

interface Answer {
  readonly calendars?: readonly {
    readonly user_id: string;
    readonly name: string;
    readonly items?: readonly Item[];
  }[];
}

/** Taken times of these colleagues; `known` is false without a server. */
export function useBusy(view: ViewName, on: string, users: readonly string[]): { known: boolean; busy: readonly Busy[] } {
  const { online } = useReplica();
  const asked = users.length === 0 ? '' : `/v1/crm/calendar?${new URLSearchParams({ view, on, time_zone: hereZone(), users: users.join(',') }).toString()}`;
  const [answer, setAnswer] = useState<{ asked: string; busy: readonly Busy[] } | null>(null);
  useEffect(() => {
    if (asked === '') return undefined;
    let left = false;
    online
      .get(asked)
      .then((found) => {
        if (!left) setAnswer({ asked, busy: busyOf(found as Answer) });
      })
      .catch((error: unknown) => {
        // Without a server, or without the right to it: the rest of the calendar stands.
        if (!isKind(error)) throw error;
      });
    return () => {
      left = true;
    };
  }, [online, asked]);
  const known = asked === '' || answer?.asked === asked;
  return { known, busy: answer !== null && answer.asked === asked ? answer.busy : [] };
}

function busyOf({ calendars = [] }: Answer): Busy[] {
  return calendars.flatMap(({ user_id, name, items = [] }) =>
    items
      .filter((item) => item.busy_only === true)
      .map((item) => ({ userId: user_id, name, ...spanOf(item) })),
  );
}

function spanOf({ starts_at = '', ends_at = starts_at, starts_on = '', ends_on = '' }: Item): Pick<Busy, 'begins' | 'ends'> {
  if (starts_on === '') return { begins: new Date(starts_at), ends: new Date(ends_at) };
  return { begins: midnight(starts_on), ends: midnight(addDays(ends_on || starts_on, 1)) };
}
