import { UnstyledButton } from '@mantine/core';
import {
  IconAlertTriangle, IconArrowsExchange, IconCheck, IconCloudOff, IconClockHour4, IconDownload, IconGitMerge,
  IconKey, IconLock, IconRefresh, IconSparkles, type Icon,
} from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { useFormat } from '../i18n/format';
import { useTexts } from '../i18n/texts';
import { useSyncFacts } from '../replica';
import { pillState, toneOf, type PillState } from './pill';
import styles from './SyncPill.module.css';
import { shellTexts } from './texts';
import { useUpdateReady } from './update';

const ICONS: Record<PillState['kind'], Icon> = {
  gone: IconKey,
  lease_over: IconLock,
  sign_in: IconKey,
  upgrade: IconAlertTriangle,
  conflicts: IconGitMerge,
  access: IconKey,
  update: IconSparkles,
  first: IconDownload,
  offline: IconCloudOff,
  error: IconAlertTriangle,
  syncing: IconRefresh,
  waiting: IconClockHour4,
  synced: IconCheck,
};

/** How the copy stands, in one line; opens the sync centre. Its state is never told by colour alone. */
export function SyncPill() {
  const [, navigate] = useLocation();
  const t = useTexts(shellTexts);
  const state = pillState(useSyncFacts(), useUpdateReady());
  const text = usePillText(state);
  const StateIcon = state.kind === 'waiting' ? IconArrowsExchange : ICONS[state.kind];
  return (
    <UnstyledButton
      className={styles.pill}
      data-tone={toneOf(state)}
      data-state={state.kind}
      onClick={() => navigate('/sync')}
      title={t('pill_open')}
      aria-label={`${text}. ${t('pill_open')}`}
    >
      <StateIcon size={15} stroke={2} aria-hidden className={state.kind === 'syncing' ? styles.turning : undefined} />
      <output className={styles.text}>{text}</output>
    </UnstyledButton>
  );
}

/** Return the pill's text. */
export function usePillText(state: PillState): string {
  const t = useTexts(shellTexts);
  const format = useFormat();
  switch (state.kind) {
    case 'first':
      return state.percent === null ? t('pill_first') : t('pill_first_percent', { percent: state.percent });
    case 'synced':
      return t('pill_synced', { time: format.time(state.at) });
    case 'offline':
      return state.count > 0
        ? t('pill_offline_waiting', { count: state.count })
        : t('pill_offline', { time: format.time(state.since) });
    case 'conflicts':
      return t('pill_conflicts', { count: state.count });
    case 'waiting':
      return t('pill_waiting', { count: state.count });
    default:
      return t(`pill_${state.kind}`);
  }
}
