import type { BrowserContextOptions, Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { LEFT_OUT, NARROW, sticksOut, useSite, violations, WIDE, walksPage } from './browser.ts';

const site = useSite();

/** Pages of the reference are made by one template, so a few of them stand for all where it is the look that is tested. */
const isReference = (path: string) => /^\/api\/./.test(path);
const written = site.pages.filter((path) => !isReference(path));
/** Its blocks have every color that code has. */
const CODE = '/docs/start/pruning/';
type Found = Record<string, string[]>;

/** Loads the paths, two at a time in tabs that are used again, and gives what `check` found and what went wrong, by path. */
async function each(
  paths: readonly string[],
  options: BrowserContextOptions,
  check: (page: Page) => Promise<string[]>,
  go: 'open' | 'follow' = 'open',
): Promise<Found> {
  const found: Found = {};
  const queue = [...paths];
  const lane = async () => {
    const first = queue.shift();
    if (first === undefined) return;
    const visit = await site.visit(first, options);
    for (let path: string | undefined = first; path !== undefined; path = queue.shift()) {
      if (path !== first) await visit[go](path);
      const problems = [...(await check(visit.page)), ...visit.errors.splice(0)];
      if (problems.length) found[path] = problems;
    }
    await visit.page.context().close();
  };
  await Promise.all([lane(), lane()]);
  return found;
}

/** A page has a title and one main heading. */
async function headed(page: Page): Promise<string[]> {
  // A page that is gone to by a link draws itself when its code is there.
  await page
    .locator('h1')
    .first()
    .waitFor({ timeout: 15_000 })
    .catch(() => undefined);
  const headings = await page.locator('h1').count();
  const title = await page.title();
  return [...(headings === 1 ? [] : [`${headings} main headings`]), ...(title.length > 5 ? [] : [`title ${title}`])];
}

const looksRight = async (page: Page): Promise<string[]> => [
  ...(await headed(page)),
  ...(await violations(page, { code: page.url().endsWith(CODE) })),
  ...(await sticksOut(page)).map((what) => `sticks out: ${what}`),
];

describe('every page', () => {
  it('there are pages of every kind', () => {
    const paths = new Set(site.pages.map((path) => path.replace(/(.)\/$/, '$1')));
    for (const path of ['/', '/docs/install', '/docs/start/pruning', '/lessons', '/api/numerics', '/changelog'])
      expect(paths).toContain(path);
    expect(written.length).toBeGreaterThan(30);
  });

  it('of the reference opens from a link without an error, with a title and one main heading', async ({ skip }) => {
    const paths = site.pages.filter(isReference).filter(walksPage);
    skip(paths.length === 0, LEFT_OUT);
    expect(await each(paths, WIDE, headed, 'follow')).toEqual({});
  }, 240_000);

  it('opens without an error, axe has nothing against it, and it does not scroll sideways', async ({ skip }) => {
    const some = site.pages.filter(isReference).filter((_, i) => i % 4 === 0);
    // The tests of the lessons look at theirs when the demo has run.
    const paths = [...written, ...some].filter((path) => !/^\/lessons\/./.test(path)).filter(walksPage);
    skip(paths.length === 0, LEFT_OUT);
    expect(await each(paths, { ...WIDE, colorScheme: 'light' }, looksRight)).toEqual({});
  }, 240_000);

  it('is as good in the dark on a phone: one of each kind, and every lesson', async ({ skip }) => {
    const kinds =
      /^\/(|docs\/(cookbook|install|performance|translate|start\/pruning)\/|lessons\/.*|api\/(core\/)?|changelog\/|search\/)$/;
    const some = site.pages.filter((path) => kinds.test(path));
    expect(some.length).toBeGreaterThanOrEqual(9);
    const paths = some.filter(walksPage);
    skip(paths.length === 0, LEFT_OUT);
    expect(await each(paths, { ...NARROW, colorScheme: 'dark' }, looksRight)).toEqual({});
  }, 240_000);
});
