// Makes the gallery: pictures of every screen, in both languages and schemes, wide and on a phone, each judged by axe;
// as a tablet and a laptop show it, in Italian and light.
//
//     npm run gallery                 all of it, into gallery/shots/
//     npm run gallery -- customers    only the screens whose name begins so
//     npm run gallery -- --keep       without building anew
//     npm run gallery -- --judge      no pictures: everything once, wide, in light and dark, judged by axe
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
const OF_COLOUR = ['color-contrast', 'link-in-text-block'];
/** Nothing has changed for so many looks: a step of the page that waits for its own timer is awaited by its picture. */
const ROUNDS = 4;
/** When all pictures are taken, a Wednesday: what is late, near and on view is the same at every run. */
const NOW = Date.parse('2026-12-02T10:30:00+01:00');
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const SIZES = { wide: { width: 1440, height: 900 }, laptop: { width: 1280, height: 800 }, tablet: { width: 820, height: 1180 }, phone: { width: 360, height: 740 } };

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
let wrong = 0;
for (const picture of pictures) {
  if (wanted.length > 0 && !wanted.some((word) => picture.name.startsWith(word))) continue;
  for (const variant of variants()) if ((picture.only ?? variant.size) === variant.size) wrong += await take(picture, variant);
}
await browser.close();
server.close();
if (wrong > 0) process.exitCode = 1;

/** How everything is shown: size, language, schemes. */
function variants() {
  // Only colours are new in the other scheme: judged on the page that is open.
  if (judged) return [{ size: 'wide', language: 'it', schemes: ['light', 'dark'] }];
  const all = Object.keys(SIZES).flatMap((size) => ['it', 'en'].flatMap((language) => ['light', 'dark'].map((scheme) => ({ size, language, schemes: [scheme] }))));
  const isUsual = ({ size, language, schemes }) => ['wide', 'phone'].includes(size) || (language === 'it' && schemes[0] === 'light');
  return all.filter((each) => (as === undefined ? isUsual(each) : as.includes(`${each.size}-${each.language}-${each.schemes[0]}`)));
}

async function take(picture, { size, language, schemes }) {
  const context = await browser.newContext({ viewport: SIZES[size], hasTouch: ['phone', 'tablet'].includes(size), isMobile: ['phone', 'tablet'].includes(size), locale: language === 'it' ? 'it-IT' : 'en-GB', timezoneId: 'Europe/Rome' });
  await context.addInitScript(
    ([spoken, colours, now]) => {
      const { Date: Real } = globalThis;
      const shift = now - Real.now();
      const shifted = () => Real.now() + shift;
      globalThis.Date = new Proxy(Real, {
        construct: (of, given, as) => Reflect.construct(of, given.length === 0 ? [shifted()] : given, as),
        get: (of, name) => (name === 'now' ? shifted : Reflect.get(of, name)),
      });
      localStorage.setItem('project-sales-preferences', JSON.stringify({ language: spoken, density: 'normal', folded: false }));
      localStorage.setItem('mantine-color-scheme-value', colours);
      // Reminders come once a day: their picture asks for them.
      if (!location.hash.includes('reminders')) sessionStorage.setItem('project-sales-reminded', 'yes');
    },
    [language, schemes[0], NOW],
  );
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  const quiet = quietOf(page);
  await page.goto(`${origin}${picture.path}`);
  // The screen's own code has come: the frame around it is there before.
  await page.waitForSelector('main :is(h1, a, button)');
  await quiet();
  for (const step of picture.steps ?? []) {
    await step(page, { language, size });
    await quiet();
  }
  await page.evaluate(axe);
  const troubles = [...errors];
  for (const scheme of schemes) {
    await page.evaluate((colours) => document.documentElement.setAttribute('data-mantine-color-scheme', colours), scheme);
    await quiet();
    const name = `${picture.name}-${size}-${language}-${scheme}`;
    if (!judged) await page.screenshot({ path: `${here}shots/${name}.png` });
    const found = await judgement(page, scheme === schemes[0] ? [] : OF_COLOUR);
    troubles.push(...found.map((text) => `${scheme}: ${text}`));
  }
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) troubles.push('the page is wider than the window');
  troubles.push(...(await page.evaluate(misaligned)));
  await context.close();
  process.stdout.write(`${troubles.length === 0 ? 'ok ' : 'BAD'} ${picture.name}-${size}-${language}-${schemes.join('+')}\n${troubles.map((text) => `      ${text}\n`).join('')}`);
  return troubles.length;
}

/** Heads of columns that do not stand over their cells; runs in the page. */
function misaligned() {
  return [...document.querySelectorAll('[role=grid]')].flatMap((grid) => {
    const heads = [...grid.querySelectorAll('[role=columnheader]')];
    const cells = [...(grid.querySelector('[role=row]:has([role=gridcell])')?.querySelectorAll('[role=gridcell]') ?? [])];
    const left = (each) => Math.round(each.getBoundingClientRect().left);
    const isHidden = (each) => each.getBoundingClientRect().width < 2;
    const isComparable = heads.length === cells.length && !heads.some(isHidden) && !grid.hasAttribute('data-narrow');
    return isComparable ? heads.filter((head, at) => Math.abs(left(head) - left(cells[at])) > 1).map((head) => `column beside its head: ${head.textContent}`) : [];
  });
}

/** What axe finds; of some rules only. */
async function judgement(page, rules) {
  const only = rules.length > 0 ? { runOnly: rules } : {};
  const found = await page.evaluate((chosen) => globalThis.axe.run(document, { resultTypes: ['violations'], ...chosen }), only);
  return found.violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.target.join(' ')} ${node.any[0]?.message ?? ''}`));
}

/** Waits until nothing is on its way and nothing is drawn any more. */
function quietOf(page) {
  let onTheWay = 0;
  page.on('request', () => (onTheWay += 1));
  for (const event of ['requestfinished', 'requestfailed']) page.on(event, () => (onTheWay -= 1));
  return async () => {
    for (let rounds = 0; rounds < ROUNDS; ) {
      const isChanged = await page.evaluate(async () => {
        let changed = false;
        const watching = new MutationObserver(() => (changed = true));
        watching.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        await globalThis.settled();
        await document.fonts.ready;
        for (let frames = 0; frames < 2; frames += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
        watching.disconnect();
        return changed || document.getAnimations().some((each) => each.playState === 'running');
      });
      rounds = isChanged || onTheWay > 0 ? 0 : rounds + 1;
    }
  };
}
