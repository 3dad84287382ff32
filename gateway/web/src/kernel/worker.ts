/** The Python kernel in a worker: the same files as in the offers service, under Pyodide. */
import records from './records.py?raw';
import type { FromKernel, ToKernel } from './protocol';

interface Python {
  unpackArchive: (archive: ArrayBuffer, format: 'zip', options: { extractDir: string }) => void;
  FS: { writeFile: (path: string, text: string) => void };
  runPython: (code: string) => unknown;
  globals: { get: (name: string) => (...args: readonly string[]) => string };
}
interface Pyodide {
  loadPyodide: (options: { indexURL: string }) => Promise<Python>;
}

const port = self as unknown as {
  onmessage: ((event: MessageEvent<ToKernel>) => void) | null;
  postMessage: (message: FromKernel) => void;
};
let python: Promise<Python> | null = null;
/** Calls on records, as the replica holds them; all others are the kernel's own. */
const OF_RECORDS: ReadonlySet<string> = new Set(['price_records', 'spread_records', 'freeze_draft']);

async function load(base: string): Promise<Python> {
  const [{ loadPyodide }, archive] = await Promise.all([
    import(/* @vite-ignore */ `${base}pyodide.mjs`) as Promise<Pyodide>,
    fetch(`${base}kernel.zip`),
  ]);
  if (!archive.ok) throw new Error(`kernel.zip: ${archive.status}`);
  const body = await archive.arrayBuffer();
  const started = await loadPyodide({ indexURL: base });
  started.unpackArchive(body, 'zip', { extractDir: '/kernel' });
  started.FS.writeFile('/kernel/web_records.py', records);
  started.runPython(
    'import sys; sys.path.insert(0, "/kernel"); ' +
      'from services.offers.domain.calls import call; from web_records import price_records, spread_records, freeze_draft',
  );
  return started;
}

async function answer(message: ToKernel): Promise<void> {
  try {
    python ??= load(message.base);
    const { globals } = await python;
    const name = message.name;
    const text = OF_RECORDS.has(name) ? globals.get(name)(message.request) : globals.get('call')(name, message.request);
    port.postMessage({ call: message.call, text });
  } catch (error) {
    // The next question tries again: a file may have been missing without a network.
    python = null;
    port.postMessage({ call: message.call, failed: String(error) });
  }
}

port.onmessage = ({ data }) => void answer(data);
