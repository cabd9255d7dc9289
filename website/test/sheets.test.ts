import { readFileSync } from 'node:fs';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { COURSE } from '../../lessons/course.ts';
import { SESSIONS } from '../../lessons/sessions.ts';
import { useSite } from './browser.ts';

const site = useSite();
const abouts = COURSE.map(({ about }) => about);
const pageOf = (name: string) => readFileSync(new URL(`../../lessons/${name}/lesson.mdx`, import.meta.url), 'utf8');
const asksOf = (name: string) => [...pageOf(name).matchAll(/<Question ask="([^"]+)"/g)].map(([, ask]) => ask!);

/** How many sheets of paper a page takes. */
const sheetsOf = async (page: Page): Promise<number> => {
  const pdf = (
    await page.pdf({ format: 'A4', margin: { top: '15mm', bottom: '15mm', left: '15mm', right: '15mm' } })
  ).toString('latin1');
  return pdf.match(/\/Type\s*\/Page\b/g)!.length;
};

const AROUND = '.navbar, footer, .theme-doc-sidebar-container, .pagination-nav, .theme-doc-toc-desktop, .hash-link';
const shown = (page: Page, what: string): Promise<string[]> =>
  page
    .locator(what)
    .evaluateAll((all) =>
      all
        .filter((one) => one.checkVisibility())
        .map((one) => `${one.tagName} ${one.className} ${one.textContent?.slice(0, 40)}`),
    );

describe('for teachers', () => {
  it('the question sheets have what every lesson asks, and the answers what it answers', async () => {
    const { page, errors, open } = await site.visit('/lessons/question-sheets/');
    for (const { name, predict, challenge } of abouts) {
      const sheet = page.locator(`[data-sheet="${name}"]`);
      const text = (await sheet.textContent())!;
      for (const asked of [predict.question, challenge, ...asksOf(name)]) expect(text, name).toContain(asked);
      if ('options' in predict.answer)
        expect(await sheet.locator('ul li').allTextContents()).toEqual(predict.answer.options);
    }
    await open('/lessons/answers/');
    for (const { name } of abouts) {
      const text = (await page.locator(`[data-sheet="${name}"]`).textContent())!;
      for (const asked of asksOf(name)) expect(text, name).toContain(asked);
      expect(text.length, name).toBeGreaterThan(700);
    }
    expect(errors).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('sheets print without the site around them, a lesson on one of its own, and one alone where its link was followed', async () => {
    const { page, open } = await site.visit('/lessons/question-sheets/', { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await shown(page, AROUND)).toEqual([]);
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(
      'rgb(255, 255, 255)',
    );
    expect(await sheetsOf(page)).toBe(abouts.length);
    for (const name of [abouts[0]!.name, 'weights-during-learning', abouts.at(-1)!.name]) {
      await open(`/lessons/question-sheets/#${name}`);
      expect(await shown(page, '[data-sheet] h2')).toHaveLength(1);
      expect(await sheetsOf(page), name).toBe(1);
    }
    await page.context().close();
  }, 60_000);

  it('a lesson prints with its figures whole, without its controls, and with its answers as they are', async () => {
    const { page } = await site.visit('/lessons/breaking-symmetry/', { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await shown(page, `${AROUND}, main button, main input[type=range], main select`)).toEqual([]);
    const answers = page.locator('main details', { hasText: 'Why is one zero layer enough' });
    expect(await answers.locator('> div').evaluate((one) => one.checkVisibility())).toBe(false);
    const figures = page.locator('[data-lesson] figure:visible');
    expect(await figures.count()).toBeGreaterThan(2);
    for (const figure of await figures.all())
      expect(await figure.evaluate((one) => getComputedStyle(one).breakInside)).toBe('avoid');
    await page.context().close();
  }, 60_000);

  it('the sessions have every lesson, with their minutes', async () => {
    const { page, errors } = await site.visit('/lessons/teachers/');
    const text = (await page.locator('main article').textContent())!;
    const minutes = COURSE.reduce((sum, lesson) => sum + lesson.minutes, 0);
    expect(text).toContain(`${COURSE.length} lessons in ${SESSIONS.length} sessions, ${minutes} minutes in all.`);
    for (const session of SESSIONS) expect(text).toContain(`${session.title}, ${session.minutes} minutes.`);
    for (const { before } of abouts) expect(text).toContain(before.join(', '));
    expect(errors).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('the claims page has those of every lesson, each with its test', async () => {
    const { page } = await site.visit('/lessons/claims/');
    for (const { name } of abouts) {
      const tests = await page
        .locator(`section:has(> #${name}) tbody tr td:last-child a`)
        .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
      expect(tests.length, name).toBeGreaterThan(0);
      for (const test of tests)
        expect(test).toMatch(new RegExp(`/lessons/${name}/(lesson\\.(test|deep)|claims)\\.ts$`));
    }
    await page.context().close();
  }, 60_000);
});
