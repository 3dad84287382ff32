import type { ReactNode } from 'react';
import styles from './State.module.css';

export type Tone = 'calm' | 'busy' | 'good' | 'attention' | 'trouble';

/** A state in a word; its colour only repeats what the word says. */
export function State({ tone = 'calm', children }: { readonly tone?: Tone; readonly children?: ReactNode }) {
  return (
    <span className={styles.state} data-tone={tone}>
      {children}
    </span>
  );
}

const TONES: Readonly<Record<string, Tone>> = {
  prospect: 'busy',
  qualified: 'busy',
  customer: 'good',
  planned: 'busy',
  in_progress: 'busy',
  done: 'good',
  draft: 'calm',
  in_work: 'busy',
  ready: 'busy',
  sent: 'busy',
  frozen: 'busy',
  signed: 'good',
  negotiation: 'attention',
  accepted: 'good',
  ordered: 'good',
  registered: 'good',
  open: 'busy',
  quoting: 'attention',
  won: 'good',
  lost: 'trouble',
  expired: 'attention',
  suspended: 'attention',
  refused: 'trouble',
  blocked: 'trouble',
  limited: 'attention',
  delivered: 'busy',
  in_service: 'good',
  new: 'attention',
  assigned: 'busy',
  waiting_for_customer: 'attention',
  waiting_for_parts: 'attention',
  resolved: 'good',
  reopened: 'attention',
  high: 'attention',
  critical: 'trouble',
  covered: 'good',
  not_covered: 'trouble',
};

/** Return the tone of a state of the contracts. */
export function toneOfState(state: string): Tone {
  return TONES[state] ?? 'calm';
}
