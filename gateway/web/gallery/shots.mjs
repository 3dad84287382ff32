// Makes the gallery: pictures of every screen, in both languages and schemes, wide and on a phone, each judged by axe.
//
//     npm run gallery                 all of it, into gallery/shots/
//     npm run gallery -- customers    only the screens whose name begins so
//     npm run gallery -- --keep       without building anew
//     npm run gallery -- --judge      no pictures: each screen once, in light and dark, judged by axe
//     npm run gallery -- --as=wide-it-light,phone-en-dark
//
// A browser is needed: Debian's chromium, or the one that CHROMIUM names.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { pictures } from './pictures.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const as = process.argv.find((word) => word.startsWith('--as='))?.slice(5).split(',');
const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 360, height: 740 } };

if (!process.argv.includes('--keep')) await build({ configFile: `${here}vite.config.ts`, logLevel: 'warn' });
mkdirSync(`${here}shots`, { recursive: true });

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const isFile = extname(pathname) !== '';
  const file = join(here, 'dist', isFile ? pathname.replaceAll('..', '') : 'index.html');
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--force-prefers-reduced-motion'],
});
const judged = process.argv.includes('--judge');
// One of each screen: what is done on it, and how it is when empty, is in the pictures.
const shown = judged ? pictures.filter(({ path, steps }) => steps === undefined && !path.includes('parties=0')) : pictures;
const variants = judged ? ['wide-it-light', 'phone-en-dark'] : as;
let wrong = 0;
for (const picture of shown) {
  if (wanted.length > 0 && !wanted.some((word) => picture.name.startsWith(word))) continue;
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const language of ['it', 'en']) {
      for (const scheme of ['light', 'dark']) {
        const variant = `${size}-${language}-${scheme}`;
        if (variants === undefined || variants.includes(variant)) wrong += await take(picture, { size, viewport, language, scheme });
      }
    }
  }
}
await browser.close();
server.close();
if (wrong > 0) process.exitCode = 1;

async function take(picture, { size, viewport, language, scheme }) {
  const context = await browser.newContext({ viewport, locale: language === 'it' ? 'it-IT' : 'en-GB', timezoneId: 'Europe/Rome' });
  await context.addInitScript(
    ([spoken, colours]) => {
      localStorage.setItem('project-sales-preferences', JSON.stringify({ language: spoken, density: 'normal', folded: false }));
      localStorage.setItem('mantine-color-scheme-value', colours);
      // Reminders come once a day: their picture asks for them.
      if (!location.hash.includes('reminders')) sessionStorage.setItem('project-sales-reminded', 'yes');
    },
    [language, scheme],
  );
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(`${origin}${picture.path}`);
  await page.waitForSelector(':is(#content, #root > *) :is(h1, a, button)');
  await page.waitForTimeout(400);
  for (const step of picture.steps ?? []) {
    await step(page, { language, size });
    await page.waitForTimeout(250);
  }
  const name = `${picture.name}-${size}-${language}-${scheme}`;
  if (!judged) await page.screenshot({ path: `${here}shots/${name}.png` });
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await context.close();
  const troubles = [
    ...errors,
    ...found.violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`)),
    ...(wide ? ['the page is wider than the window'] : []),
  ];
  process.stdout.write(`${troubles.length === 0 ? 'ok ' : 'BAD'} ${name}\n${troubles.map((text) => `      ${text}\n`).join('')}`);
  return troubles.length;
}
