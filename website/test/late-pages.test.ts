import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { expect, it } from 'vitest';
import { partOf } from '../src/client/pages/part-of.cjs';
import { useSite } from './browser.ts';

const { dividedIn } = createRequire(import.meta.url)('../src/client/pages/divide.cjs');
const site = useSite();
const text = (path: string) => readFileSync(new URL(`../build/${path}`, import.meta.url), 'utf8');
const scripts = readdirSync(new URL('../build/assets/js', import.meta.url));
const START = '/docs/install/';
const NOWHERE = 'There is no page at this address';
const heading = (page: Page) => page.locator('h1').first().textContent();
/** A page that is shown without loading the site anew keeps what is written into it. */
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { marked: true }));
const isMarked = (page: Page) => page.evaluate(() => 'marked' in window);

it('every page stands in the part of its address, with all that it is made of, and in no other', () => {
  const folder = fileURLToPath(new URL('../.docusaurus', import.meta.url));
  const { all, parts } = dividedIn(folder);
  const read = (name: string) => readFileSync(`${folder}/${name}`, 'utf8');
  const names = JSON.parse(read('routesChunkNames.json'));
  const paths: string[] = parts.flatMap(({ routes }: { routes: { route: { path: string } }[] }) =>
    routes.map(({ route }) => route.path),
  );
  const top = all.routes.filter(({ exact }: { exact?: boolean }) => exact).map(({ path }: { path: string }) => path);
  expect([...paths, ...top].sort()).toEqual([...site.pages].sort());
  for (const [index, part] of parts.entries()) {
    for (const { route } of part.routes) expect(partOf(route.path), route.path).toBe(index);
    const known = { ...all.registry, ...part.registry };
    for (const entry of Object.values(part.names) as Record<string, string>[])
      for (const chunk of Object.values(entry)) expect(known).toHaveProperty(chunk);
  }
  // Nothing is lost, nor there twice.
  const together = (pick: 'names' | 'registry') => [all, ...parts].flatMap((one) => Object.keys(one[pick]));
  expect(together('names').sort()).toEqual(Object.keys(names).sort());
  const registered = [...read('registry.js').matchAll(/^ {2}"([^"]+)": /gm)].map(([, name]) => name!);
  expect(together('registry').sort()).toEqual(registered.sort());
});

it('the script that all pages load names those pages alone that the bar on top and the foot link to', () => {
  const home = text('index.html');
  const frame = [...home.matchAll(/<(nav|footer)\b[\s\S]*?<\/\1>/g)].map(([part]) => part).join(' ');
  const linked = [...frame.matchAll(/href="?([^\s">]+)/g)].map(([, path]) => path!);
  const script = scripts
    .filter((file) => /^(runtime~)?main\./.test(file))
    .map((file) => text(`assets/js/${file}`))
    .join('\n');
  // The first guide is what the bar's Guides lead to.
  const named = site.pages.filter((path) => path.split('/').length > 3 && script.includes(path.replace(/\/$/, '"')));
  expect(named.filter((path) => !linked.includes(path))).toEqual([]);
  // A list of chunks, of their names or hashes, would be longer.
  expect(text(`assets/js/${scripts.find((file) => file.startsWith('runtime~'))}`).length).toBeLessThan(8000);
});

it('links by mouse and by keyboard, back and forward lead to pages that no part is there of yet', async () => {
  const others = ['/docs/translate/', '/docs/start/pruning/', '/docs/formats/gguf/', '/api/viz/', '/lessons/glossary/'];
  expect(new Set([START, ...others].map(partOf)).size).toBeGreaterThan(3);
  const { page, errors, arrived } = await site.visit(START);
  await mark(page);
  // Late: while a page comes, its address is there and the page before is shown.
  await page.route(/\/assets\/js\/.*\.js$/, (route) => setTimeout(() => void route.continue(), 100));
  const link = (path: string) => page.locator(`a[href="${path}"]`).first();
  await link('/docs/translate/').click();
  await arrived('/docs/translate/');
  const translate = await heading(page);
  await link('/docs/cookbook/').focus();
  await page.keyboard.press('Enter');
  await arrived('/docs/cookbook/');
  // Of another section, by the bar on top and the foot.
  await link('/lessons/glossary/').click();
  await arrived('/lessons/glossary/');
  expect(await page.locator('.menu__link--active').first().textContent()).toBeTruthy();
  const glossary = await heading(page);
  await page.goBack();
  await page.goBack();
  await arrived('/docs/translate/');
  expect(await heading(page)).toBe(translate);
  // The sidebar says where the reader is, and the bar too.
  expect(await page.locator('.menu__link--active[href="/docs/translate/"]').count()).toBe(1);
  expect(await page.locator('.navbar__link--active').allTextContents()).toEqual(['Guides']);
  await page.goForward();
  await page.goForward();
  await arrived('/lessons/glossary/');
  expect(await heading(page)).toBe(glossary);
  expect(await isMarked(page)).toBe(true);
  expect(errors).toEqual([]);
  await page.context().close();
}, 60_000);

it('an address that leads nowhere says so and leads on; one without its last slash, or of its file, is the page', async () => {
  const { page, errors, open } = await site.visit(START);
  await mark(page);
  const go = (path: string) =>
    page.evaluate((to) => {
      history.pushState({ key: to }, '', to);
      dispatchEvent(new PopStateEvent('popstate', { state: { key: to } }));
    }, path);
  await go('/docs/nothing-here/');
  await expect.poll(() => heading(page)).toBe(NOWHERE);
  await go('/nothing-here/');
  await expect.poll(() => heading(page)).toBe(NOWHERE);
  for (const path of ['/docs/translate', '/docs/formats/npz/index.html', '/docs/start/viz/?from=here#top']) {
    await go(path);
    await expect.poll(() => heading(page), { message: path }).not.toBe(NOWHERE);
    // While the next page comes, none is marked.
    await expect.poll(() => page.locator('.menu__link--active').count(), { message: path }).toBeGreaterThan(0);
  }
  expect(await isMarked(page)).toBe(true);
  await open('/docs/formats/npz/index.html');
  expect(await heading(page)).toMatch(/npz/i);
  expect(errors).toEqual([]);
  await page.context().close();
}, 60_000);

it('the menu at the side shows the link of its page, however far down it is, and the page stays at its top', async () => {
  const { page, errors, follow } = await site.visit('/lessons/debugging/', { viewport: { width: 1280, height: 500 } });
  const own = page.locator('.theme-doc-sidebar-container .menu__link--active[aria-current=page]');
  await expect.poll(() => own.evaluate((link) => link.closest('nav')!.scrollTop)).toBeGreaterThan(0);
  for (const path of ['/lessons/seeing-filters/', '/lessons/what-a-weight-is/']) {
    await follow(path);
    const isShown = () =>
      own.evaluate((link) => {
        const [{ top, bottom }, around] = [link.getBoundingClientRect(), link.closest('nav')!.getBoundingClientRect()];
        return top >= around.top && bottom <= around.bottom && bottom <= innerHeight;
      });
    await expect.poll(isShown, { message: path }).toBe(true);
    expect(await page.evaluate(() => scrollY)).toBe(0);
  }
  expect(errors).toEqual([]);
  await page.context().close();
}, 60_000);

it('where a part of the table does not come, a link loads its page whole', async () => {
  const { page } = await site.visit(START);
  await mark(page);
  let failed = 0;
  await page.route(/\/assets\/js\/.*\.js$/, (route) => (failed++ === 0 ? route.abort() : route.continue()));
  await page
    .locator('a[href="/docs/translate/"]')
    .first()
    .evaluate((link: HTMLElement) => link.click());
  await expect.poll(() => isMarked(page).catch(() => true)).toBe(false);
  await page.locator('html[data-has-hydrated=true]').waitFor({ state: 'attached' });
  expect(new URL(page.url()).pathname).toBe('/docs/translate/');
  expect(failed).toBeGreaterThan(1);
  await page.context().close();
}, 60_000);
