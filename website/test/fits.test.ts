import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { LEFT_OUT, NARROW, useSite, WIDE, walksPage } from './browser.ts';

const site = useSite();
const guides = site.pages.filter((path) => /^\/(docs|api)\//.test(path));

/**
 * Code of which a part is beyond the edge of its block, by its first words. What a terminal shows stands in columns: its block may
 * be narrower, when it scrolls and can be reached by keyboard.
 */
const cutOff = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const scrolls = (pre: HTMLElement): boolean =>
      pre.matches('.language-console') && getComputedStyle(pre).overflowX === 'auto' && pre.tabIndex === 0;
    return [...document.querySelectorAll<HTMLElement>('main pre')]
      .filter((pre) => pre.scrollWidth > pre.clientWidth && !scrolls(pre))
      .map(({ textContent }) => `code ${textContent?.slice(0, 40)}`);
  });

/** Words of tables that stand on two lines. */
const broken = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    for (const cell of document.querySelectorAll('main table :is(td, th)')) {
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        // Names of code may be long: in the reference they break where nothing else helps.
        if (node.parentElement?.closest('.members code, .members .type')) continue;
        for (const { 0: word, index } of (node.textContent ?? '').matchAll(/[A-Za-z]{3,}/g)) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1)
            found.push(`word ${word}`);
        }
      }
    }
    return found;
  });

describe.each([
  ['a wide window', WIDE],
  ['a phone', NARROW],
])('on %s', (_, size) => {
  it('no code is cut off and no word of a table is broken, in every guide and in the reference', async ({ skip }) => {
    const paths = guides.filter(walksPage);
    skip(paths.length === 0, LEFT_OUT);
    const { page, open, errors } = await site.visit(paths[0]!, size);
    const found: Record<string, string[]> = {};
    for (const path of paths) {
      await open(path);
      const problems = [...(await cutOff(page)), ...(await broken(page)), ...errors.splice(0)];
      if (problems.length) found[path] = problems;
    }
    expect(found).toEqual({});
    await page.context().close();
  }, 240_000);
});

it('a table that is wider than a phone fades out where there is more, until one has scrolled there', async () => {
  const { page } = await site.visit('/lessons/seeing-filters/', NARROW);
  const table = page.locator('.table-scroll').last();
  await page.locator('.table-scroll[data-more]').last().waitFor();
  const mask = () => table.evaluate((box) => getComputedStyle(box).maskImage);
  expect(await mask()).toContain('linear-gradient');
  await table.evaluate((box) => box.scrollTo(box.scrollWidth, 0));
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.table-scroll')].at(-1)?.matches(':not([data-more])'),
  );
  expect(await mask()).toBe('none');
  await page.context().close();
}, 60_000);
