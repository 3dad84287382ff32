/** The keys that hold everywhere. */
import { lazy, Suspense, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { screens } from '../screens';
import { Search } from './Search';
import { onOpenSearch } from './opening';

// Looked at once in a while: its tables are no part of every start.
const Help = lazy(() => import('./Help'));

/** How long a g waits for its second key. */
const SECOND_MS = 1_200;

export function Keys() {
  const [, navigate] = useLocation();
  const [searching, setSearching] = useState(false);
  /** Not asked for yet: nothing of it is fetched. Closed, it stays: it gives the focus back. */
  const [help, setHelp] = useState<'unasked' | 'open' | 'closed'>('unasked');

  useEffect(() => onOpenSearch(() => setSearching(true)), []);
  useEffect(() => {
    let goneAt = 0;
    const listen = (event: KeyboardEvent) => {
      // A screen has its own use for it.
      if (event.defaultPrevented) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setSearching(true);
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role="dialog"]') !== null) return;
      if (Date.now() - goneAt < SECOND_MS) {
        goneAt = 0;
        const target = screens.find((screen) => screen.nav?.key === event.key);
        if (target !== undefined) {
          event.preventDefault();
          navigate(target.path);
        }
      } else if (event.key === 'g') {
        goneAt = Date.now();
      } else if (event.key === '/') {
        event.preventDefault();
        setSearching(true);
      } else if (event.key === '?') {
        setHelp('open');
      }
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [navigate]);

  return (
    <>
      <Search opened={searching} onClose={() => setSearching(false)} />
      {help !== 'unasked' && (
        <Suspense fallback={null}>
          <Help opened={help === 'open'} onClose={() => setHelp('closed')} />
        </Suspense>
      )}
    </>
  );
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || target.closest('[role="grid"]') !== null;
}
