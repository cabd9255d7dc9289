import type { BrowserContextOptions, Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { NARROW, sticksOut, useSite, violations, WIDE } from './browser.ts';

const site = useSite();

/** Pages of the reference are made by one template, so a few of them stand for all where it is the look that is tested. */
const isReference = (path: string) => /^\/api\/[^/]+\/.+/.test(path);
const written = site.pages.filter((path) => !isReference(path));
const LANES = 4;

/** Opens the paths, a few at a time in tabs that are used again, and gives what `check` found, by path. */
async function each(
  paths: readonly string[],
  options: BrowserContextOptions,
  check: (page: Page) => Promise<string[]>,
): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  const queue = [...paths];
  const lane = async () => {
    const first = queue.shift();
    if (first === undefined) return;
    const { page, errors, open } = await site.visit(first, options);
    for (let path: string | undefined = first; path !== undefined; path = queue.shift()) {
      if (path !== first) await open(path);
      const problems = [...(await check(page)), ...errors.splice(0)];
      if (problems.length) found[path] = problems;
    }
    await page.context().close();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return found;
}

describe('every page', () => {
  it('there are pages of every kind', () => {
    const paths = new Set(site.pages.map((path) => path.replace(/(.)\/$/, '$1')));
    for (const path of ['/', '/docs/install', '/docs/start/pruning', '/lessons', '/api/numerics', '/changelog'])
      expect(paths).toContain(path);
    expect(written.length).toBeGreaterThan(30);
  });

  it('opens without an error, with a title and one main heading', async () => {
    const found = await each(site.pages, WIDE, async (page) => {
      const headings = await page.locator('h1').count();
      const title = await page.title();
      return [
        ...(headings === 1 ? [] : [`${headings} main headings`]),
        ...(title.length > 5 ? [] : [`title ${title}`]),
      ];
    });
    expect(found).toEqual({});
  }, 240_000);

  for (const [scheme, device, size] of [
    ['light', 'a desktop', WIDE],
    ['dark', 'a phone', NARROW],
  ] as const)
    it(`has nothing against it by axe and does not scroll sideways, ${scheme} on ${device}`, async () => {
      const references = site.pages.filter(isReference).filter((_, i) => i % 40 === 0);
      const found = await each([...written, ...references], { ...size, colorScheme: scheme }, async (page) => [
        ...(await violations(page)),
        ...(await sticksOut(page)).map((what) => `sticks out: ${what}`),
      ]);
      expect(found).toEqual({});
    }, 240_000);
});

it('the search finds pages by a word in them', async () => {
  const { page, errors } = await site.visit('/search/?q=orthogonal');
  const first = page.locator('[role=main] article').first();
  await first.waitFor();
  expect(await first.innerText()).toMatch(/orthogonal/i);
  expect(errors).toEqual([]);
  await page.context().close();
}, 60_000);
