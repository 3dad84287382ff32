/** What happy-dom has no idea of: sizes, so that virtual lists draw rows; and what of the page is not accessible. */
import axe from 'axe-core';
import { vi } from 'vitest';

/** What a phone answers when it is asked for its width, for the rest of a test. */
export function asOnPhone(): void {
  vi.spyOn(globalThis, 'matchMedia').mockImplementation(
    (query) => ({ matches: query.includes('max-width'), media: query, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList,
  );
}

/** Give every element a size: call it before mounting. */
export function withSizes({ width = 1200, height = 600 } = {}): void {
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(width);
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(height);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(height);
}

/** Return what axe finds wrong; colours and positions are judged by the gallery, in a real browser. */
export async function violations(): Promise<readonly string[]> {
  const found = await axe.run(document.body, {
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  });
  return found.violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 160)}`));
}
