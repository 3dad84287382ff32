/** Days as people mean them: local ones. */
import { useState } from 'react';

/** The date of today, as a text. */
export function useToday(): string {
  const [today] = useState(() => dayOf(new Date()));
  return today;
}

const two = (value: number) => String(value).padStart(2, '0');

/** Return the local day of an instant: "2026-03-27". */
export function dayOf(moment: Date): string {
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}
