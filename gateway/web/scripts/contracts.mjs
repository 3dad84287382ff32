// Makes src/contracts/ from the repository's own contracts: the types of the API, and what the replica knows of
// entities. Run by every build, check and test, so that nothing generated is committed and nothing is out of date.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = fileURLToPath(new URL('../src/contracts/', import.meta.url));
const python = process.env.SALES_PYTHON_BIN ?? [`${root}.venv/bin/python`].find(existsSync) ?? 'python3';

execFileSync(python, ['-m', 'gateway.api.web_contracts', folder], {
  cwd: root,
  env: { ...process.env, PYTHONPATH: `${root}:${root}protos/gen/py` },
  stdio: 'inherit',
});

const schemaOf = (entity) => entity.split(/[._]/).map((word) => word[0].toUpperCase() + word.slice(1)).join('');
const document = JSON.parse(readFileSync(`${folder}openapi.json`, 'utf8'));
const { entities, commands } = JSON.parse(readFileSync(`${folder}entities.json`, 'utf8'));

write('openapi.d.ts', astToString(await openapiTS(document, { defaultNonNullable: false })));
write(
  'records.d.ts',
  [
    '// Made by scripts/contracts.mjs.',
    "import type { components } from './openapi';",
    '/** Every entity of the contracts, and what a record of it looks like. */',
    'export interface Records {',
    ...Object.keys(entities).map(
      (name) => `  '${name}': Shown<components['schemas']['${schemaOf(name)}'], ${times(name)}>;`,
    ),
    '}',
    '/** A record as screens see it: fields without presence are always there, times may be absent, facets too. */',
    'export type Shown<R, Absent extends keyof R> = { [F in Exclude<keyof R, Absent>]-?: NonNullable<R[F]> } & {',
    '  [F in Absent]?: R[F] | null;',
    '};',
    `export type CommandName = ${Object.keys(commands).map((name) => `'${name}'`).join(' | ')};`,
    '',
  ].join('\n'),
);

/** Fields of an entity that a record may lack: times, messages, and all of a facet that is not granted. */
function times(name) {
  const absent = Object.entries(entities[name].fields)
    .filter(([, field]) => field.facet || (!field.repeated && (field.kind === 'time' || field.kind === 'message')))
    .map(([field]) => `'${field}'`);
  return absent.length ? absent.join(' | ') : 'never';
}

function write(name, text) {
  const path = folder + name;
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}

// The moves of an offer, its revisions and its order: the owner's own table, of which buttons and explanations follow.
write(
  'moves.json',
  execFileSync(
    python,
    ['-c', 'import dataclasses, json; from services.offers.domain.transitions import TABLE; print(json.dumps([dataclasses.asdict(each) for each in TABLE]))'],
    { cwd: root, env: { ...process.env, PYTHONPATH: root }, encoding: 'utf8' },
  ),
);

// The kernel: Pyodide's own files and the zip of ours, under a folder that is named by their content.
const modules = `${root}gateway/web/node_modules/pyodide/`;
const files = ['pyodide.mjs', 'pyodide.asm.mjs', 'pyodide.asm.wasm', 'python_stdlib.zip', 'pyodide-lock.json'];
const zip = `${folder}kernel.zip`;
execFileSync(python, ['-m', 'services.offers.kernel_zip', zip], { cwd: root, env: { ...process.env, PYTHONPATH: root }, stdio: 'ignore' });
const digest = createHash('sha256')
  .update(JSON.parse(readFileSync(`${modules}package.json`, 'utf8')).version)
  .update(readFileSync(zip))
  .digest('hex')
  .slice(0, 16);
const kernel = fileURLToPath(new URL('../public/kernel/', import.meta.url));
if (!existsSync(`${kernel}${digest}/kernel.zip`)) {
  rmSync(kernel, { recursive: true, force: true });
  mkdirSync(`${kernel}${digest}`, { recursive: true });
  for (const name of files) copyFileSync(modules + name, `${kernel}${digest}/${name}`);
  copyFileSync(zip, `${kernel}${digest}/kernel.zip`);
}
write('kernel.json', JSON.stringify({ digest, files: [...files, 'kernel.zip'] }));
