/** The worker of a tab. */
import type { FromWorker, Port, ToWorker } from './protocol';
import { Server } from './server';
import { Store } from './store';
import { openTab, type Channel } from './tab';

const channel = new BroadcastChannel('project-sales-replica') as unknown as Channel;
const { engine, following } = openTab({
  store: new Store(),
  server: new Server(),
  channel,
  platform: navigator.platform,
  whenLeading: (job) => {
    const never = new AbortController();
    void navigator.locks.request('project-sales-leader', () => job(never.signal));
  },
});
self.addEventListener('online', () => following.now());
engine.serve(self as unknown as Port<ToWorker, FromWorker>);
