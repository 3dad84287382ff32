/** What may be done with an offer now: the likely next steps as buttons, everything else with its why-not in a menu. */
import { ActionIcon, Button, Menu, Text } from '@mantine/core';
import {
  IconArrowBackUp,
  IconArrowsSplit2,
  IconBan,
  IconCalendarOff,
  IconDots,
  IconMessages,
  IconMoodSad,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconSend,
  IconSnowflake,
  IconThumbUp,
  IconTrophy,
  IconVersions,
  type Icon,
} from '@tabler/icons-react';
import { useState } from 'react';
import { useTexts } from '../../i18n/texts';
import { useRecords } from '../../replica';
import { Dialog } from '../../ui/Dialog';
import { useToday } from '../../ui/day';
import { useToasts } from '../../ui/toast';
import { likely, obstacle, OFFER_COMMANDS, REVISION_COMMANDS, type About, type Command, type Offer, type Revision } from './actions';
import { actionTexts } from './actionTexts';
import { useCommands } from './commands';
import styles from './Offer.module.css';
import { OutcomeForm } from './OutcomeForm';
import { SendForm } from './SendForm';
import type { Pricing } from './pricing';
import { useObstacles } from './obstacles';

const ICONS: Readonly<Record<Command, Icon>> = {
  freeze: IconSnowflake,
  send: IconSend,
  withdraw: IconArrowBackUp,
  revise: IconVersions,
  alternative: IconArrowsSplit2,
  start: IconPlayerPlay,
  negotiate: IconMessages,
  accept: IconThumbUp,
  explain: IconTrophy,
  lose: IconMoodSad,
  expire: IconCalendarOff,
  suspend: IconPlayerPause,
  resume: IconPlayerPlay,
  reopen: IconRefresh,
  cancel: IconBan,
};
/** Commands that ask something before they are given. */
const ASKING: ReadonlySet<Command> = new Set(['send', 'lose', 'expire', 'suspend', 'cancel', 'explain']);

interface ActionsProps {
  readonly offer: Offer;
  readonly revision: Revision;
  readonly revisions: readonly Revision[];
  readonly pricing: Pricing;
}

export function Actions({ offer, revision, revisions, pricing }: ActionsProps) {
  const t = useTexts(actionTexts);
  const why = useObstacles();
  const toasts = useToasts();
  const today = useToday();
  const { total: lines } = useRecords('offers.line', { where: { revision_id: revision.id }, limit: 1 });
  const [asked, setAsked] = useState<Command | null>(null);
  const about: About = {
    offer,
    revision,
    revisions,
    lines,
    missing: pricing.figures?.missing ?? (revision.stale_charge_ids.length > 0 ? ['SPREAD_STALE'] : []),
    isRefused: pricing.mistakes.length > 0,
    today,
  };
  const give = useCommands({ offer, revision, revisions, pricing });
  const begin = (command: Command) => {
    const found = obstacle(command, about);
    if (found !== null) toasts.done(why(found));
    else if (ASKING.has(command)) setAsked(command);
    else give(command);
  };
  const shown = likely(about);
  const item = (command: Command) => {
    const Picture = ICONS[command];
    const found = obstacle(command, about);
    return (
      <Menu.Item key={command} disabled={found !== null} leftSection={<Picture size={16} stroke={1.7} aria-hidden />} onClick={() => begin(command)}>
        {t(command)}
        {found !== null && (
          <Text component="span" size="xs" display="block" className={styles.why}>
            {why(found)}
          </Text>
        )}
      </Menu.Item>
    );
  };
  return (
    <>
      {shown.toReversed().map((command) => {
        const Picture = ICONS[command];
        return (
          <Button
            key={command}
            variant={command === shown[0] ? 'filled' : 'default'}
            leftSection={<Picture size={16} aria-hidden />}
            onClick={() => begin(command)}
          >
            {t(command)}
          </Button>
        );
      })}
      <Menu position="bottom-end" width={320} withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon variant="default" size={34} aria-label={t('more')} title={t('more')}>
            <IconDots size={18} stroke={1.7} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown className={styles.menu}>
          <Menu.Label>{t('of_revision')}</Menu.Label>
          {REVISION_COMMANDS.map(item)}
          <Menu.Divider />
          <Menu.Label>{t('of_offer')}</Menu.Label>
          {OFFER_COMMANDS.map(item)}
        </Menu.Dropdown>
      </Menu>
      <Dialog opened={asked !== null} onClose={() => setAsked(null)} title={asked && t(asked)}>
        {asked === 'send' && (
          <SendForm
            offer={offer}
            onDone={(request) => {
              setAsked(null);
              give('send', request);
            }}
          />
        )}
        {asked !== null && asked !== 'send' && (
          <OutcomeForm
            command={asked}
            offer={offer}
            onDone={(request) => {
              setAsked(null);
              give(asked, request);
            }}
          />
        )}
      </Dialog>
    </>
  );
}
