/** Everything around the screens: theme, texts, replica. Tests mount it with a fixture. */
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { ReplicaProvider, type Replica } from '../replica';
import { theme } from '../theme/theme';
import { Gate } from './Gate';
import { Keys } from './Keys';
import { Shell } from './Shell';

export function App({ replica }: { readonly replica: Replica }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <ReplicaProvider value={replica}>
        <Notifications position="bottom-right" limit={3} />
        <Gate>
          <Shell />
          <Keys />
        </Gate>
      </ReplicaProvider>
    </MantineProvider>
  );
}
