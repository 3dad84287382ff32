/** Mounts a screen with the theme and a fixture of the replica, as the shell does. */
import { MantineProvider } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { act, configure, getConfig, render, type RenderResult } from '@testing-library/react';
import type { ReactElement } from 'react';
import { unstable_IdlePriority as Idle, unstable_scheduleCallback as schedule } from 'scheduler';
import { Router } from 'wouter';
import { memoryLocation } from 'wouter/memory-location';
import { setLanguage, type Language } from '../src/i18n/texts';
import { KernelProvider, type Kernel } from '../src/kernel';
import { ReplicaError, ReplicaProvider, type SyncFacts } from '../src/replica';
import { fixture, type Ask, type Fixture, type Seed } from '../src/replica/fixture';
import { theme } from '../src/theme/theme';
import { ToastStack } from '../src/ui/toast';

// A busy machine takes its time. Whether an element is hidden costs more to find out than the rest of a test: axe asks.
configure({ asyncUtilTimeout: 30_000, defaultHidden: true });

// Answers of the replica are drawn in pieces: what a user does next, and what a test looks at, comes after the last one.
const config = getConfig();
configure({
  asyncWrapper: async (wait) => {
    const found = await config.asyncWrapper(wait);
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve));
      await new Promise<void>((resolve) => void schedule(Idle, () => resolve()));
    }
    return found;
  },
});

export interface Mounted extends Fixture, RenderResult {
  /** Addresses visited, the last one is shown. */
  readonly history: readonly string[];
}

/** As on a device whose kernel was not fetched yet. */
const away = () => Promise.reject(new ReplicaError('server_away', 'KERNEL_NOT_HERE'));
const NO_KERNEL: Kernel = { warm: () => {}, price: away, call: away };

export async function mount(
  screen: ReactElement,
  {
    seed = {},
    facts = {},
    path = '/',
    language = 'it',
    kernel = NO_KERNEL,
    ask,
  }: { seed?: Seed; facts?: Partial<SyncFacts>; path?: string; language?: Language; kernel?: Kernel; ask?: Ask } = {},
): Promise<Mounted> {
  // They outlive their screen: what the test before was told would pass for an answer to this one.
  notifications.clean();
  notifications.cleanQueue();
  setLanguage(language);
  const made = await fixture(seed, facts, ask);
  const location = memoryLocation({ path, record: true });
  const rendered = render(
    <MantineProvider theme={theme} env="test">
      <ReplicaProvider value={made.replica}>
        <KernelProvider value={kernel}>
          <ToastStack />
          <Router hook={location.hook} searchHook={location.searchHook}>
            {screen}
          </Router>
        </KernelProvider>
      </ReplicaProvider>
    </MantineProvider>,
  );
  // An answer is drawn when `act` ends, and what it draws may ask again.
  const settled = async () => {
    for (let turn = 0; turn < 3; turn += 1) await act(made.settled);
  };
  await settled();
  return { ...made, ...rendered, settled, history: location.history };
}
