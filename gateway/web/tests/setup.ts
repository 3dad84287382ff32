import 'fake-indexeddb/auto';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// What happy-dom lacks and Mantine asks for.
vi.stubGlobal(
  'matchMedia',
  (query: string) =>
    ({ matches: false, media: query, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList,
);
vi.stubGlobal(
  'ResizeObserver',
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);
if (typeof Element !== 'undefined') Object.assign(Element.prototype, { scrollIntoView() {} });

configure({ asyncUtilTimeout: 30_000 });
if (typeof document !== 'undefined') afterEach(cleanup);
