import { ActionIcon, Menu } from '@mantine/core';
import { IconCopy, IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useLanguage, useTexts } from '../../i18n/texts';
import { textIn } from './figures';
import { ownTexts } from './ownTexts';
import { usePutting, type OwnedDashboard } from './putting';
import { Rename } from './Rename';
import { useStanding } from './rights';
import { dashboardTexts } from './texts';

/** A dashboard is renamed, duplicated and deleted; by whom it may not be, it says why. */
export function DashboardActions({ owned }: { readonly owned: OwnedDashboard }) {
  const t = useTexts(dashboardTexts);
  const own = useTexts(ownTexts);
  const language = useLanguage();
  const [, go] = useLocation();
  const { rename, duplicate, remove } = usePutting();
  const { standing, ask } = useStanding(owned.dashboard);
  const [isRenaming, setIsRenaming] = useState(false);
  const icon = { size: 16, 'aria-hidden': true } as const;
  const isFixed = standing !== 'changeable';
  return (
    <>
      <Menu position="bottom-start" shadow="sm" width={280} withinPortal={false} withInitialFocusPlaceholder={false} onOpen={ask}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size={34} aria-label={own('actions')} title={own('actions')}>
            <IconDots size={16} stroke={1.7} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil {...icon} />} disabled={isFixed} onClick={() => setIsRenaming(true)}>
            {t('rename')}
          </Menu.Item>
          <Menu.Item leftSection={<IconCopy {...icon} />} onClick={() => void duplicate(owned).then((id) => id !== '' && go(`/dashboards/${id}`))}>
            {t('duplicate')}
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash {...icon} />} disabled={isFixed} onClick={() => void remove(owned).then((isDone) => isDone && go('/dashboards', { replace: true }))}>
            {t('delete')}
          </Menu.Item>
          {isFixed && <Menu.Label>{own(standing)}</Menu.Label>}
        </Menu.Dropdown>
      </Menu>
      {isRenaming && <Rename label={own('name')} name={textIn(owned.dashboard.names, language)} onSave={(name) => rename(owned, name)} onClose={() => setIsRenaming(false)} />}
    </>
  );
}
