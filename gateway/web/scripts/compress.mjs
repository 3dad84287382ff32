// Lays a compressed copy beside each file of the build that gets smaller by it; the gateway serves those.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const COMPRESSED = /\.(js|mjs|css|html|svg|json|webmanifest|wasm)$/;

for (const name of readdirSync(dist, { recursive: true })) {
  if (!COMPRESSED.test(name)) continue;
  const content = readFileSync(dist + name);
  const smaller = gzipSync(content, { level: 9 });
  if (smaller.length < content.length * 0.95) writeFileSync(`${dist}${name}.gz`, smaller);
}
