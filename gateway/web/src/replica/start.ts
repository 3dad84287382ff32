/** The worker of this page, which starts before anything else does. */
export const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'replica' });
