/** The service worker: starts the client without a server, and tells when a new version is here. */
import { registerSW } from 'virtual:pwa-register';
import { updateIsReady } from './update';

const LOOK_EVERY_MS = 60 * 60 * 1000;

export function startServiceWorker(): void {
  const update = registerSW({
    onNeedRefresh: () => updateIsReady(() => void update(true)),
    onRegisteredSW: (_address, registration) => {
      if (registration === undefined) return;
      setInterval(() => {
        if (navigator.onLine) void registration.update();
      }, LOOK_EVERY_MS);
    },
  });
}
