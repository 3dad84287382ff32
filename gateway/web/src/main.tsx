// First of all: it reads the copy while the page's own code is read.
import { worker } from './replica/start';
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
import { fetchScreen } from './screens';
import { preferences, setPreference } from './shell/preferences';
import { startServiceWorker } from './shell/serviceWorker';

fetchScreen(location.pathname);
const replica = connect({ port: worker as unknown as Port<FromWorker, ToWorker>, csrf: csrfCookie });
setLanguage(preferences().language);
setPreference('density', preferences().density);
replica.setLanguage(preferences().language);

/** Without them it is drawn all the same. */
const LETTERS_MS = 3_000;

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
// With the letters that stay: nothing is drawn in others first, and nothing jumps. The copy is read meanwhile.
const letters = document.fonts.load('1em "Inter Variable"').catch(() => undefined);
const patience = new Promise((resolve) => setTimeout(resolve, LETTERS_MS));
void Promise.race([letters, patience]).then(() => createRoot(root).render(<App replica={replica} />));
startServiceWorker();

// When the copy is complete and nothing else is to do.
const stopWaiting = replica.facts.subscribe(() => {
  if (replica.facts.get()?.complete !== true) return;
  stopWaiting();
  setTimeout(() => void import('./kernel').then((kernel) => kernel.prepareKernel()).catch(() => undefined), 5_000);
});
