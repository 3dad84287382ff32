/** A record that is not in the copy, read from the server in the screen that shows those that are. */
import { lazy, type ReactNode } from 'react';
import { useRecord, type EntityName } from '../replica';

// Hardly ever needed: not in the way of the first picture.
const Asked = lazy(() => import('./Asked'));

export interface BeyondProps {
  readonly entity: EntityName;
  readonly id: string;
  /** Where its list is. */
  readonly list: string;
  /** The screen, which reads the record by itself. */
  readonly children: ReactNode;
}

export function Beyond(props: BeyondProps) {
  const { entity, id, children } = props;
  const { ready, record } = useRecord(entity, id);
  if (!ready) return null;
  return record === null ? <Asked key={`${entity}/${id}`} {...props} /> : children;
}
