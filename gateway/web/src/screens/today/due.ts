/** What waits for an answer: reminders whose moment has come, and own activities that are due until tonight. */
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useRecords, useMe, type RecordOf } from '../../replica';
import { dayOf } from '../../ui/day';
import { isOccupied } from '../../ui/keys';
import { openOf } from '../activities/open';

export type Reminder = RecordOf<'crm.reminder'>;

export interface Due {
  readonly ready: boolean;
  readonly reminders: readonly Reminder[];
  /** Own activities; those that a reminder speaks of are told by it. */
  readonly activities: readonly RecordOf<'crm.activity'>[];
  readonly count: number;
}

const LOOK_EVERY_MS = 15_000;

/** The time, looked at often enough for what becomes due while the client is open. */
export function useClock(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** The moment that it speaks of: fired by the server, or past while the server was away. */
export const triggerOf = (reminder: Reminder) => reminder.due_at ?? reminder.next_at ?? '';

export function useDue(now: Date): Due {
  const user = useMe();
  const waiting = useRecords('crm.reminder', { where: { any: [{ due_at: { empty: false } }, { next_at: { empty: false } }] }, limit: 500 });
  const tonight = new Date(`${dayOf(now)}T23:59:59`).toISOString();
  const open = useRecords('crm.activity', {
    where: { ...openOf(user), due_at: { lte: tonight } },
    order: [['due_at', 'asc']],
    limit: 50,
  });
  return useMemo(() => {
    const at = now.getTime();
    const reminders = waiting.rows.filter((each) => Date.parse(triggerOf(each)) <= at).toSorted((a, b) => (triggerOf(a) < triggerOf(b) ? -1 : 1));
    const reminded = new Set(reminders.map((each) => each.subject_id));
    const activities = open.rows.filter((each) => !reminded.has(each.id));
    return { ready: waiting.ready && open.ready, reminders, activities, count: reminders.length + activities.length };
  }, [waiting.ready, waiting.rows, open.ready, open.rows, now]);
}

// --- whether the popup is open ---

const SHOWN = 'project-sales-reminded';

/** Once per window: a reload does not ask again. */
function wasShown(): boolean {
  try {
    return sessionStorage.getItem(SHOWN) !== null;
  } catch {
    return false;
  }
}

export function rememberShown(): void {
  try {
    sessionStorage.setItem(SHOWN, new Date().toISOString());
  } catch {
    // Forbidden storage: it is asked again after a reload.
  }
}

/** null: as it was at the start of this window. */
let opened: boolean | null = null;
const listeners = new Set<() => void>();

function set(next: boolean | null): void {
  opened = next;
  for (const listener of listeners) listener();
}

export const openReminders = () => set(true);
export const closeReminders = () => set(false);
/** As in a new window. */
export const forgetReminding = () => set(null);

const FREE_AGAIN_MS = 500;

/** `wanted`, but not in the middle of what somebody types or decides: from the moment that they are done. */
export function useUndisturbing(wanted: boolean): boolean {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!wanted) return;
    const look = () => setOpen((before) => before || !isOccupied());
    look();
    const timer = setInterval(look, FREE_AGAIN_MS);
    return () => {
      clearInterval(timer);
      setOpen(false);
    };
  }, [wanted]);
  return wanted && isOpen;
}

/** Whether the popup is open: at the start, when asked, and when something becomes due meanwhile. */
export function useReminding(reminders: readonly Reminder[], ready: boolean): boolean {
  const [before] = useState(wasShown);
  const isOpened = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => opened,
  );
  const keys = reminders.map((each) => `${each.id} ${triggerOf(each)}`).join('\n');
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (!ready) return;
    const { current } = known;
    const now = keys.split('\n').filter(Boolean);
    known.current = new Set(now);
    if (current !== null && now.some((key) => !current.has(key))) openReminders();
  }, [ready, keys]);
  return isOpened ?? !before;
}
