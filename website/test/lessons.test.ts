import type { Page } from 'playwright';
import { beforeEach, describe, expect, it } from 'vitest';
import { demoOf, firstPicture, LEFT_OUT, type Look, NARROW, useSite, violations, walksLesson } from './browser.ts';

const site = useSite();
/** The lessons, and parameters of a run of a moment. */
const LESSONS = [
  ['breaking-symmetry', '?examples=300&epochs=3'],
  ['compute-by-hand', '?maxSteps=1000'],
  ['weights-during-learning', '?images=640&epochs=3'],
] as const;

/** Waits until the demo is in one of these states. */
const reaches = (page: Page, ...states: string[]) =>
  page.locator(states.map((state) => `[data-lesson][data-state="${state}"]`).join(', ')).waitFor({ timeout: 90_000 });
const picturesOf = (page: Page) =>
  demoOf(page)
    .locator('figure svg')
    .evaluateAll((all) => all.map((svg) => svg.outerHTML).join());
const summaryOf = (page: Page) => demoOf(page).locator('[aria-live]').allTextContents();

/** Every control has a place in the order of Tab, every figure its text and its numbers. */
async function everythingIsReachable(page: Page): Promise<void> {
  const controls = demoOf(page).locator('input, select, button');
  const wanted = await controls.count();
  await controls.first().focus();
  const seen = new Set<number>();
  // Between the controls stand links, tables and the lines of the source.
  for (let i = 0; i < 4 * wanted + 40 && seen.size < wanted; i++) {
    const at = await controls.evaluateAll((all) => all.indexOf(document.activeElement as HTMLElement));
    if (at >= 0) seen.add(at);
    await page.keyboard.press('Tab');
  }
  expect(seen.size).toBe(wanted);
  expect(await demoOf(page).locator('figure').count()).toBeGreaterThan(0);
  for (const text of await demoOf(page).locator('figcaption').allTextContents())
    expect(text.length).toBeGreaterThan(20);
  await demoOf(page).locator('figure details summary').first().click();
  const cells = demoOf(page).locator('figure details table td');
  await expect.poll(() => cells.count(), { timeout: 10_000 }).toBeGreaterThan(3);
}

describe.each(LESSONS)('the lesson %s', (name, small) => {
  beforeEach(({ skip }) => skip(!walksLesson(name), LEFT_OUT));

  const visit = async (search: string, size?: typeof NARROW) => {
    const visited = await site.visit(`/lessons/${name}/${search}`, size);
    await demoOf(visited.page).scrollIntoViewIfNeeded();
    return visited;
  };

  it('shows its first picture within 3 s after load, and never blocks the page for more than 200 ms', async () => {
    const looks: Look[] = [];
    const isGood = () => looks.some(({ seconds, block }) => seconds < 3 && block < 200);
    // What else the machine does makes times longer and never shorter, so the best of up to three counts.
    while (looks.length < 3 && !isGood()) {
      const { page, errors } = await site.visit(`/lessons/${name}/`);
      looks.push(await firstPicture(page, 2500));
      expect(errors).toEqual([]);
      await page.context().close();
    }
    const figures = looks
      .map(({ seconds, block }) => `picture ${seconds.toFixed(2)} s, blocked ${block} ms`)
      .join('; ');
    console.log(`${name}: ${figures}`);
    expect(isGood(), figures).toBe(true);
  }, 120_000);

  it('runs to other numbers and another picture with another seed, in the address; all of it can be reached', async () => {
    const { page, errors } = await visit(small);
    await reaches(page, 'done');
    const [pictures, summary] = [await picturesOf(page), await summaryOf(page)];
    const seed = demoOf(page).locator('input[type=number][name=seed]');
    await seed.fill('5');
    await seed.press('Enter');
    await demoOf(page).getByRole('button', { name: /^Run/ }).click();
    await reaches(page, 'running', 'timing');
    await reaches(page, 'done');
    expect(new URL(page.url()).searchParams.get('seed')).toBe('5');
    const changed = await picturesOf(page);
    expect(changed).not.toBe(pictures);
    expect(await summaryOf(page)).not.toEqual(summary);
    expect(await demoOf(page).getAttribute('data-tensors')).toBe('0');
    expect(await violations(page)).toEqual([]);
    await everythingIsReachable(page);
    // The address is enough to see the same again.
    await page.reload();
    await demoOf(page).scrollIntoViewIfNeeded();
    await reaches(page, 'done');
    expect(await seed.inputValue()).toBe('5');
    expect(await picturesOf(page)).toBe(changed);
    expect(errors).toEqual([]);
    await page.context().close();
  }, 180_000);

  it('runs, stops and resets by keyboard alone, and ends its worker when the page is left', async () => {
    const { page, errors } = await visit('', NARROW);
    await reaches(page, 'running', 'timing', 'done');
    const press = async (button: RegExp) => {
      await demoOf(page).getByRole('button', { name: button }).focus();
      await page.keyboard.press('Enter');
    };
    await press(/^Run/);
    await reaches(page, 'running', 'timing');
    await press(/^Stop/);
    await reaches(page, 'stopped');
    await press(/^Reset/);
    await reaches(page, 'idle', 'done');
    expect(new URL(page.url()).search).toBe('');
    await press(/^Run/);
    await reaches(page, 'running', 'timing');
    await expect.poll(() => page.workers().length, { timeout: 10_000 }).toBe(1);
    // A link within the site keeps the document, so that only the demo itself can end its worker.
    await page
      .getByRole('link', { name: 'weightkit' })
      .first()
      .evaluate((link: HTMLElement) => link.click());
    await page.waitForURL((url) => !url.pathname.startsWith('/lessons/'));
    const lessons = () => page.workers().filter((worker) => worker.url().includes('lesson')).length;
    await expect.poll(lessons, { timeout: 10_000 }).toBe(0);
    expect(errors).toEqual([]);
    await page.context().close();
  }, 180_000);
});
