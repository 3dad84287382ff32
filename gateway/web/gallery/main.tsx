/** The client over invented records, without a server and without a worker: what the gallery takes pictures of. */
import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '../src/theme/tokens.css';
import { createRoot } from 'react-dom/client';
import { setLanguage } from '../src/i18n/texts';
import { fixture } from '../src/replica/fixture';
import { App } from '../src/shell/App';
import { preferences, setPreference } from '../src/shell/preferences';
import { ask, dashboards } from './reports';
import { seed } from './seed';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
setLanguage(preferences().language);
setPreference('density', preferences().density);
const asked = new URLSearchParams(location.search).get('parties');
const { replica } = await fixture(asked === '0' ? {} : { ...seed(Number(asked ?? 400), new Date()), ...dashboards }, {}, ask);
createRoot(root).render(<App replica={replica} />);
