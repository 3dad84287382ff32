/** Keys of a screen, for as long as it is shown. */
import { useEffect, useRef } from 'react';

/** "j", "alt+arrowdown", "ctrl+s" -> what it does. */
export type Keys = Readonly<Record<string, (() => void) | undefined>>;

/**
 * Listen to keys. Single letters are left alone while something is being typed or a dialog is open; those with Ctrl
 * or Alt are not.
 */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const action = latest.current[keyOf(event)];
      if (action === undefined || event.defaultPrevented || event.isComposing) return;
      const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
      if (plain && (isTyped(event.target) || hasDialog())) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}

/** Return a key as `Keys` names it; Cmd is Ctrl. */
export function keyOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const named = event.key.length > 1;
  return [
    (event.ctrlKey || event.metaKey) && 'ctrl',
    event.altKey && 'alt',
    // A capital or "?" says it by itself.
    event.shiftKey && named && 'shift',
    event.key === ' ' ? 'space' : event.key.toLowerCase(),
  ]
    .filter(Boolean)
    .join('+');
}

/** Whether somebody is typing, or has a dialog before them. */
export function isOccupied(): boolean {
  return isTyped(document.activeElement) || hasDialog();
}

const hasDialog = () => document.querySelector('[role="dialog"]') !== null;

function isTyped(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || target.closest('[data-keys]') !== null;
}
