import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { inTurn, LEFT_OUT, NARROW, sticksOut, useSite, violations, WIDE, walksPage } from './browser.ts';
import { eachPage } from './each-page.ts';
import { KINDS, shown } from './kinds.ts';

const site = useSite();

/** Pages of the reference are made by one template, so a few of them stand for all where it is the look that is tested. */
const isReference = (path: string) => /^\/api\/./.test(path);
const written = site.pages.filter((path) => !isReference(path));
/** Its blocks have every color that code has. */
const CODE = '/docs/start/pruning/';

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

const looksRight = async (page: Page): Promise<string[]> => {
  await shown(page);
  return [
    ...(await headed(page)),
    ...(await violations(page, { code: page.url().endsWith(CODE) })),
    ...(await sticksOut(page)).map((what) => `sticks out: ${what}`),
  ];
};
const LIGHT = { ...WIDE, colorScheme: 'light' } as const;
const DARK = { ...NARROW, colorScheme: 'dark' } as const;

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
    expect(await eachPage(site, paths, WIDE, headed, 'follow')).toEqual({});
  }, 240_000);

  it('opens without an error, axe has nothing against it, and it does not scroll sideways', async () => {
    // The tests of the lessons look at theirs when the demo has run.
    const paths = site.pages.filter((path) => !/^\/lessons\/./.test(path)).filter(walksPage);
    const found = await eachPage(site, [...new Set([...KINDS, ...inTurn(paths, 0)])], LIGHT, looksRight);
    expect(found).toEqual({});
  }, 400_000);

  it('is as good in the dark on a phone', async () => {
    const paths = site.pages.filter(walksPage);
    const found = await eachPage(site, [...new Set([...KINDS, ...inTurn(paths, 1)])], DARK, looksRight);
    expect(found).toEqual({});
  }, 400_000);
});
