import { ActionIcon, Alert, Menu } from '@mantine/core';
import { IconCalendarRepeat, IconCopy, IconDots, IconEdit, IconLayoutDashboard, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useFormat } from '../../i18n/format';
import { useLanguage, useTexts } from '../../i18n/texts';
import { useMe } from '../../replica';
import { Quiet } from '../../ui/Section';
import styles from './Dashboards.module.css';
import { textIn } from './figures';
import { useChanges, useKeptReports, type Dashboard, type KeptReport } from './kept';
import { usePutting, type OwnedDashboard } from './putting';
import { Rename } from './Rename';
import { ScheduleForm } from './Schedule';
import { dashboardTexts } from './texts';
import { Tile, type Opened } from './Tile';

const NOTHING: readonly never[] = [];
type Asked = { readonly kept: KeptReport; readonly as: 'rename' | 'schedule' } | null;

/** Reports that people have kept, with what their owner does with them and what became of their sending. */
export function Saved({ dashboards, onOpen }: { readonly dashboards: readonly OwnedDashboard[]; readonly onOpen: (opened: Opened) => void }) {
  const t = useTexts(dashboardTexts);
  const { ready, all } = useKeptReports();
  const [asked, setAsked] = useState<Asked>(null);
  if (!ready) return null;
  if (all.length === 0) return <Quiet>{t('own_none')}</Quiet>;
  const close = () => setAsked(null);
  return (
    <>
      {all.map((kept) => (
        <Tile
          key={kept.report.id}
          service={kept.service}
          reportId={kept.report.id}
          version={kept.report.version}
          applied={NOTHING}
          onOpen={onOpen}
          note={<Sending kept={kept} />}
          actions={<Actions kept={kept} dashboards={dashboards} onAsk={(as) => setAsked({ kept, as })} />}
        />
      ))}
      {asked?.as === 'rename' && <RenameReport kept={asked.kept} onClose={close} />}
      {asked?.as === 'schedule' && <ScheduleForm kept={asked.kept} onClose={close} />}
    </>
  );
}

/** When it goes out next, when it went out last, and why it did not. */
function Sending({ kept: { report } }: { readonly kept: KeptReport }) {
  const t = useTexts(dashboardTexts);
  const format = useFormat();
  const me = useMe();
  const { schedule, sending_problem: problem } = report;
  if (schedule == null && problem == null) return null;
  const facts = [
    schedule?.paused === true && t('sending_paused'),
    report.next_at != null && t('next_at', { when: format.moment(report.next_at) }),
    report.sent_at != null && t('sent_at', { when: format.moment(report.sent_at) }),
    schedule != null && report.sent_at == null && t('never_sent'),
  ].filter((each) => each !== false);
  return (
    <>
      <p className={styles.note}>{facts.join(' · ')}</p>
      {problem != null && report.owner_id === me && <Unsent problem={problem} />}
    </>
  );
}

function Unsent({ problem }: { readonly problem: NonNullable<KeptReport['report']['sending_problem']> }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const format = useFormat();
  return (
    <Alert color="red" variant="light" mb="sm" title={t('unsent', { when: format.moment(problem.due_at ?? '') })}>
      {textIn(problem.texts ?? {}, language)} {t('unsent_to', { count: problem.recipient_ids?.length ?? 0 })}
    </Alert>
  );
}

function Actions({ kept, dashboards, onAsk }: { readonly kept: KeptReport; readonly dashboards: readonly OwnedDashboard[]; readonly onAsk: (as: 'rename' | 'schedule') => void }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const [, go] = useLocation();
  const { remove, duplicate } = useChanges();
  const { put, putOnNew } = usePutting();
  const me = useMe();
  const { service, report } = kept;
  const name = textIn(report.names, language);
  const isOwn = report.owner_id === me;
  const own = dashboards.filter((each) => each.dashboard.owner_id === me);
  const icon = { size: 16, 'aria-hidden': true } as const;
  return (
    <Menu position="bottom-end" shadow="sm" width={300} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={28} aria-label={t('actions_of', { report: name })} title={t('actions')}>
          <IconDots size={16} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {isOwn && (
          <>
            <Menu.Item leftSection={<IconEdit {...icon} />} onClick={() => go(`/dashboards/edit?of=${service}/${report.id}`)}>
              {t('edit')}
            </Menu.Item>
            <Menu.Item leftSection={<IconPencil {...icon} />} onClick={() => onAsk('rename')}>
              {t('rename')}
            </Menu.Item>
            <Menu.Item leftSection={<IconCalendarRepeat {...icon} />} onClick={() => onAsk('schedule')}>
              {t('schedule')}
            </Menu.Item>
          </>
        )}
        <Menu.Item leftSection={<IconCopy {...icon} />} onClick={() => void duplicate(kept)}>
          {t('duplicate')}
        </Menu.Item>
        {own.map((each) => (
          <Menu.Item key={each.dashboard.id} leftSection={<IconLayoutDashboard {...icon} />} onClick={() => void put(each, kept)}>
            {t('put_on', { dashboard: titleOf(each.dashboard, language) })}
          </Menu.Item>
        ))}
        <Menu.Item leftSection={<IconLayoutDashboard {...icon} />} onClick={() => void putOnNew(kept)}>
          {t('put_on_new')}
        </Menu.Item>
        {isOwn && (
          <Menu.Item leftSection={<IconTrash {...icon} />} onClick={() => void remove(kept)}>
            {t('delete')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

const titleOf = ({ names }: Dashboard, language: 'it' | 'en') => textIn(names, language);

function RenameReport({ kept, onClose }: { readonly kept: KeptReport; readonly onClose: () => void }) {
  const t = useTexts(dashboardTexts);
  const language = useLanguage();
  const { change } = useChanges();
  const { names } = kept.report;
  return <Rename label={t('report_name')} name={textIn(names, language)} onSave={(name) => change(kept, { names: { ...names, [language]: name } }, t('saved', { name }))} onClose={onClose} />;
}
