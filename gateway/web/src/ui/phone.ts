/** Where the width of a phone decides what is drawn, and not only how. */
import { useMediaQuery } from '@mantine/hooks';

/** Whether the page is as narrow as a phone's; known before the first picture. */
export function useIsPhone(): boolean {
  return useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
}
