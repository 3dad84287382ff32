/** Everything around the screens: theme, texts, replica. Tests mount it with a fixture. */
import { MantineProvider } from '@mantine/core';
import { ReplicaProvider, type Replica } from '../replica';
import { theme } from '../theme/theme';
import { ToastStack } from '../ui/toast';
import { Gate } from './Gate';
import { Keys } from './Keys';
import { Shell } from './Shell';

export function App({ replica }: { readonly replica: Replica }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <ReplicaProvider value={replica}>
        <ToastStack />
        <Gate>
          <Shell />
          <Keys />
        </Gate>
      </ReplicaProvider>
    </MantineProvider>
  );
}
