import type { ReactNode } from 'react';
import { useReadOnly } from '../replica';

/** Controls that write: not there on a record that can only be looked at, which says so above everything (`Asked`). */
export function Writable({ children }: { readonly children: ReactNode }) {
  return useReadOnly() ? null : children;
}
