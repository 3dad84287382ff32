import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './theme/tokens.css';
import { createRoot } from 'react-dom/client';
import { setLanguage } from './i18n/texts';
import { connect } from './replica/client';
import { csrfCookie } from './replica/csrf';
import type { FromWorker, Port, ToWorker } from './replica/protocol';
import { App } from './shell/App';
import { preferences, setPreference } from './shell/preferences';
import { startServiceWorker } from './shell/serviceWorker';

const worker = new Worker(new URL('./replica/worker.ts', import.meta.url), { type: 'module', name: 'replica' });
const replica = connect({ port: worker as unknown as Port<FromWorker, ToWorker>, csrf: csrfCookie });
setLanguage(preferences().language);
setPreference('density', preferences().density);
replica.setLanguage(preferences().language);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(<App replica={replica} />);
startServiceWorker();

// When the copy is complete and nothing else is to do.
const stopWaiting = replica.facts.subscribe(() => {
  if (replica.facts.get()?.complete !== true) return;
  stopWaiting();
  setTimeout(() => void import('./kernel').then((kernel) => kernel.prepareKernel()).catch(() => undefined), 5_000);
});
