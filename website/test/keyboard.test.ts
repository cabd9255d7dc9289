import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { inTurn, NARROW, sampleOf, useSite, WIDE, walksPage } from './browser.ts';
import { eachPage } from './each-page.ts';
import { skipsToMain, walkByTab } from './keyboard.ts';
import { KINDS, shown } from './kinds.ts';

const site = useSite();
/** What is found in two walks, one after the other: a machine that is busy may let keys fall or come late, and is told. */
const twice = (key: 'Tab' | 'Shift+Tab') => async (page: Page) => {
  await shown(page);
  const first = await walkByTab(page, key);
  if (first.length === 0) return first;
  console.log(`warning: ${new URL(page.url()).pathname}, walked through once more: ${first.slice(0, 3).join('; ')}`);
  await page.reload({ waitUntil: 'load' });
  await page.locator('html[data-has-hydrated=true]').waitFor({ state: 'attached' });
  await shown(page);
  return walkByTab(page, key);
};

describe('walkByTab(page)', () => {
  it.each([
    ['nothing of a page that is right', '', []],
    ['what shows no focus', '<a href="#e" style="outline: none">e</a>', ['a "e" does not show its focus']],
    [
      'what is out of the order',
      '<a href="#e" tabindex="2">e</a>',
      ['a "e" is taken out of the order', 'Tab does not come to a "e"'],
    ],
    [
      'what is under something else',
      '<a href="#e">e</a><div style="position: fixed; inset: 0"></div>',
      ['a', 'b', 'c', 'd', 'e'].map((name) => `a "${name}" is covered`),
    ],
    ['what is out of sight', '<a href="#e" style="position: fixed; left: -500px">e</a>', ['a "e" is out of sight']],
    [
      'a trap, and what is behind it',
      '<input aria-label="trap" onkeydown="event.preventDefault()"><a href="#e">e</a>',
      ['input "trap" is not left', 'Tab does not come to a "e"'],
    ],
  ])('tells %s', async (_, html, problems) => {
    const { page } = await site.visit('/404.html');
    const links = ['a', 'b', 'c', 'd'].map((name) => `<a href="#${name}">${name}</a>`);
    await page.setContent(`<body>${links.join(' ')} ${html}</body>`);
    expect(await walkByTab(page)).toEqual(problems);
    await page.context().close();
  });
});

describe('by keyboard', () => {
  // All of the kinds, whatever has changed, and some of the others, each in one of the two sizes: a page takes up to ten seconds.
  const paths = [...new Set([...KINDS, ...sampleOf(site.pages.filter(walksPage), 4)])];

  it.each([
    ['a wide window', WIDE, 0],
    ['a phone', NARROW, 1],
  ] as const)(
    'Tab comes to everything that can be used, and what has the focus is seen, in %s',
    async (_, size, look) => {
      expect(await eachPage(site, inTurn(paths, look), size, twice('Tab'))).toEqual({});
    },
    15_000 * paths.length,
  );

  it('one goes back as well, and nothing is under the bar', async () => {
    expect(await eachPage(site, sampleOf(KINDS, 6), WIDE, twice('Shift+Tab'))).toEqual({});
  }, 120_000);

  it('the first link leads past the menus into the text', async () => {
    expect(await eachPage(site, KINDS, WIDE, skipsToMain)).toEqual({});
  }, 120_000);

  it('the menu of a phone opens and its links can be reached', async () => {
    const { page, errors } = await site.visit('/docs/install/', NARROW);
    const menu = page.getByRole('button', { name: 'Toggle navigation bar' });
    await menu.focus();
    await page.keyboard.press('Enter');
    const close = page.getByRole('button', { name: 'Close navigation bar' });
    await expect.poll(() => close.evaluate((one) => one === document.activeElement)).toBe(true);
    // Only what is in the menu, which lies over all else.
    expect(await walkByTab(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => menu.evaluate((one) => one === document.activeElement)).toBe(true);
    expect(await page.locator(':is(.navbar__inner, .theme-layout-main, .theme-layout-footer)[inert]').count()).toBe(0);
    expect(errors).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('the editor is entered and left: by Tab, by Escape and Tab, and backwards', async () => {
    const { page, errors } = await site.visit('/playground/');
    await shown(page);
    const at = () =>
      page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);
    await page.locator('.cm-content').focus();
    await page.keyboard.type('// written');
    await page.keyboard.press('Tab');
    expect(await at()).toBe('Run');
    await page.keyboard.press('Shift+Tab');
    expect(await at()).toBe('Program');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await at()).toBe('Run');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SELECT');
    expect(await page.locator('.cm-content').textContent()).not.toContain('\t');
    expect(errors).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('a block of code opens in its editor and closes again, and the focus is where it was', async () => {
    const { page, errors } = await site.visit('/docs/start/pruning/');
    const button = page.getByRole('button', { name: 'Edit and run' }).first();
    await button.focus();
    await page.keyboard.press('Enter');
    await page.locator('.cm-content:focus').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Run');
    expect(await walkByTab(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close the editor' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => button.evaluate((one) => one === document.activeElement)).toBe(true);
    expect(errors).toEqual([]);
    await page.context().close();
  }, 60_000);
});
