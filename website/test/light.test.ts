import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright';
import { expect, it } from 'vitest';
import { useSite, WIDE, walksPage } from './browser.ts';

const site = useSite();
const UNTOUCHED = 10_000;

/** The most kB of JavaScript, gzipped, that a page may load while nobody touches it; with what its workers load. */
const LIMITS: Record<string, number> = {
  '/': 350,
  '/docs/cookbook/': 150,
  '/docs/performance/': 150,
  '/docs/tour/': 150,
  '/docs/install/': 150,
  '/docs/start/pruning/': 150,
  '/docs/start/initializers/': 150,
  '/docs/start/fit-to-data/': 150,
  '/docs/start/signal-report/': 150,
  '/docs/viz/gallery/': 150,
  '/docs/translate/': 150,
  // It names every lesson, and knows what each asks.
  '/lessons/': 200,
  '/lessons/breaking-symmetry/': 200,
  '/api/': 170,
  '/api/core/': 180,
  '/api/viz/': 175,
  // It grows with every change that waits for a release.
  '/changelog/': 170,
  '/search/': 150,
  '/your-model/': 150,
  '/404.html': 150,
};

/** The kB of every script that a page and its workers ask for, gzipped, by file; read where it was built. */
async function scriptsOf(path: string): Promise<Record<string, number>> {
  const asked = new Set<string>();
  const { page } = await site.visit(path, WIDE, async (page: Page) => {
    page.context().on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.endsWith('.js')) asked.add(pathname);
    });
  });
  await page.waitForTimeout(UNTOUCHED);
  await page.context().close();
  const kB = (file: string) => gzipSync(readFileSync(new URL(`../build${file}`, import.meta.url))).length / 1000;
  return Object.fromEntries([...asked].map((file) => [file, kB(file)]));
}

it('a page loads little JavaScript in the ten seconds in which nobody touches it', async ({ skip }) => {
  const paths = Object.keys(LIMITS).filter(walksPage);
  skip(paths.length === 0, 'the change does not reach it');
  const measured: Record<string, number> = {};
  const queue = [...paths];
  const lane = async () => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      const scripts = await scriptsOf(path);
      measured[path] = Object.values(scripts).reduce((sum, kB) => sum + kB, 0);
      const largest = Object.entries(scripts).sort(([, a], [, b]) => b - a);
      if (process.env.SHOW)
        console.log(path, measured[path], largest.map(([file, kB]) => `${file} ${kB.toFixed(1)}`).join('\n   '));
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  console.log(
    Object.entries(measured)
      .map(([path, kB]) => `${path} ${kB.toFixed(0)} kB`)
      .join('\n'),
  );
  const over = Object.entries(measured).filter(([path, kB]) => kB > LIMITS[path]!);
  expect(over).toEqual([]);
}, 240_000);
