/** The worker of a tab: one engine, told by the other tabs' engines what they changed. */
import { Engine, type Announcement } from './engine';
import type { FromWorker, Port, ToWorker } from './protocol';
import { Store } from './store';

const channel = new BroadcastChannel('project-sales-replica');
const engine = new Engine({
  store: new Store(),
  announce: (announcement: Announcement) => channel.postMessage(announcement),
});
channel.onmessage = ({ data }: MessageEvent<Announcement>) => void engine.hear(data);
engine.serve(self as unknown as Port<ToWorker, FromWorker>);
