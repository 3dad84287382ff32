/** The frame around every screen: header with search and sync pill, navigation, content; a bottom bar on a phone. */
import { ActionIcon, AppShell, Group, Kbd, Menu, NavLink, Text, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core';
import {
  IconKey, IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand, IconLogout, IconRefresh, IconSearch, IconSettings, IconUserCircle,
} from '@tabler/icons-react';
import { useMediaQuery } from '@mantine/hooks';
import { lazy, Suspense, useDeferredValue, useState } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { useLanguage, useTexts } from '../i18n/texts';
import { useSyncFact } from '../replica';
import { HOME, screens, type Screen } from '../screens';
import { useQuickAddKey } from '../screens/quick-add/opening';
import { Beyond } from '../ui/Beyond';
import { Bell } from './Bell';
import { Boundary } from './Boundary';
import { SignInAgain } from './Gate';
import { openSearch } from './opening';
import { NotFound } from './NotFound';
import { setPreference, usePreference } from './preferences';
import styles from './Shell.module.css';
import { SyncPill } from './SyncPill';
import { SignOut } from './SignOut';
import { shellTexts } from './texts';

// Not in the way of the first picture.
const QuickAdd = lazy(async () => ({ default: (await import('../screens/quick-add/QuickAdd')).QuickAdd }));
const Reminders = lazy(async () => ({ default: (await import('../screens/today/Reminders')).Reminders }));

const WIDE = 224;
const NARROW = 60;

export function Shell() {
  // A tablet has no room for words beside its content.
  const isNarrow = useMediaQuery('(max-width: 62em)', false, { getInitialValueInEffect: false });
  const folded = usePreference('folded') || isNarrow;
  const t = useTexts(shellTexts);
  useQuickAddKey();
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: folded ? NARROW : WIDE, breakpoint: 'sm', collapsed: { mobile: true } }}
      padding={0}
    >
      <a href="#content" className={styles.skip}>
        {t('skip')}
      </a>
      <AppShell.Header className={styles.header}>
        <Header />
      </AppShell.Header>
      <AppShell.Navbar className={styles.navigation} aria-label={t('navigation')}>
        <Navigation folded={folded} canUnfold={!isNarrow} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={styles.main}>
        <Content />
      </AppShell.Main>
      <BottomBar />
      <Suspense fallback={null}>
        <QuickAdd />
        <Reminders />
      </Suspense>
    </AppShell>
  );
}

function Header() {
  const t = useTexts(shellTexts);
  const [, navigate] = useLocation();
  const name = useSyncFact(({ session }) => session?.display_name || (session?.user_name ?? ''));
  const isSessionOver = useSyncFact(({ sign_in_needed }) => sign_in_needed);
  const [leaving, setLeaving] = useState(false);
  const [again, setAgain] = useState(false);
  return (
    <Group h="100%" justify="space-between" wrap="nowrap" className={styles.bar}>
      <Link href={HOME} className={styles.brand} aria-label="Project Sales">
        <img src="/icon.svg" alt="" width={24} height={24} />
        <Text fw={650} fz={14} visibleFrom="xs">
          Project Sales
        </Text>
      </Link>
      <UnstyledButton className={styles.search} onClick={openSearch} aria-keyshortcuts="Control+K">
        <IconSearch size={16} aria-hidden />
        <span>{t('search')}</span>
        <Kbd size="xs">Ctrl K</Kbd>
      </UnstyledButton>
      <Group gap="sm" wrap="nowrap">
        <SyncPill />
        <Bell />
        <Menu position="bottom-end" width={220} withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size={34} aria-label={t('user')}>
              <IconUserCircle size={22} stroke={1.6} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {name !== '' && <Menu.Label>{name}</Menu.Label>}
            <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => navigate('/sync')}>
              {t('sync')}
            </Menu.Item>
            <Menu.Item leftSection={<IconSettings size={16} />} onClick={() => navigate('/settings')}>
              {t('settings')}
            </Menu.Item>
            {isSessionOver && (
              <Menu.Item leftSection={<IconKey size={16} />} onClick={() => setAgain(true)}>
                {t('pill_sign_in')}
              </Menu.Item>
            )}
            <Menu.Divider />
            <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => setLeaving(true)}>
              {t('sign_out')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <SignInAgain opened={again} onClose={() => setAgain(false)} />
        <SignOut opened={leaving} onClose={() => setLeaving(false)} />
      </Group>
    </Group>
  );
}

const inNavigation = screens.filter((screen) => screen.nav !== undefined);

function Navigation({ folded, canUnfold }: { readonly folded: boolean; readonly canUnfold: boolean }) {
  const t = useTexts(shellTexts);
  return (
    <>
      <div className={styles.links}>
        {inNavigation.map((screen) => (
          <NavigationLink key={screen.path} screen={screen} folded={folded} />
        ))}
      </div>
      {canUnfold && (
        <Tooltip label={folded ? t('expand') : t('collapse')} position="right">
          <ActionIcon
            variant="subtle"
            color="gray"
            size={34}
            m="sm"
            aria-label={folded ? t('expand') : t('collapse')}
            aria-expanded={!folded}
            onClick={() => setPreference('folded', !folded)}
          >
            {folded ? <IconLayoutSidebarLeftExpand size={20} /> : <IconLayoutSidebarLeftCollapse size={20} />}
          </ActionIcon>
        </Tooltip>
      )}
    </>
  );
}

function useTitle(screen: Screen): string {
  return screen.title[useLanguage() === 'it' ? 0 : 1];
}

function NavigationLink({ screen, folded }: { readonly screen: Screen; readonly folded: boolean }) {
  const [location] = useLocation();
  const title = useTitle(screen);
  const Picture = screen.nav?.icon;
  const active = isUnder(location, screen.path);
  const link = (
    <NavLink
      component={Link}
      href={screen.path}
      active={active}
      aria-current={active ? 'page' : undefined}
      label={folded ? <VisuallyHidden>{title}</VisuallyHidden> : title}
      leftSection={Picture && <Picture size={19} stroke={1.7} aria-hidden />}
      className={styles.link}
      data-folded={folded || undefined}
    />
  );
  if (!folded) return link;
  return (
    <Tooltip label={title} position="right">
      {link}
    </Tooltip>
  );
}

function BottomBar() {
  const t = useTexts(shellTexts);
  const shown = inNavigation.filter((screen) => screen.nav?.phone);
  if (shown.length === 0) return null;
  return (
    <nav className={styles.bottom} aria-label={t('navigation_short')}>
      {shown.map((screen) => (
        <BottomLink key={screen.path} screen={screen} />
      ))}
    </nav>
  );
}

function BottomLink({ screen }: { readonly screen: Screen }) {
  const [location] = useLocation();
  const title = useTitle(screen);
  const Picture = screen.nav?.icon;
  const active = isUnder(location, screen.path);
  return (
    <UnstyledButton
      component={Link}
      href={screen.path}
      className={styles.bottomLink}
      aria-current={active ? 'page' : undefined}
    >
      {Picture && <Picture size={22} stroke={1.6} aria-hidden />}
      <span>{title}</span>
    </UnstyledButton>
  );
}

function isUnder(location: string, path: string): boolean {
  return location === path || location.startsWith(`${path}/`);
}

function Shown({ screen, params }: { readonly screen: Screen; readonly params: Readonly<Record<string, string>> }) {
  const shown = <screen.component params={params} />;
  if (screen.record === undefined) return shown;
  return (
    <Beyond entity={screen.record} id={params['id'] ?? ''} list={screen.path.replace('/:id', '')}>
      {shown}
    </Beyond>
  );
}

/**
 * The screen of the address. Its code is cached by the service worker: no spinner while it loads. It is put together
 * after the frame stands, so that the page is never busy with both at once.
 */
function Content() {
  const frameStands = useDeferredValue(true, false);
  if (!frameStands) return null;
  return (
    <Suspense fallback={null}>
      <Switch>
        <Route path="/">
          <Redirect to={HOME} replace />
        </Route>
        {screens.map((screen) => (
          <Route key={screen.path} path={screen.path}>
            {(params) => (
              <Boundary key={screen.path}>
                <Shown screen={screen} params={params as Readonly<Record<string, string>>} />
              </Boundary>
            )}
          </Route>
        ))}
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  );
}
