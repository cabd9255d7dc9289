import { expect, it } from 'vitest';
import { longestBlock, useSite } from './browser.ts';

const site = useSite();

// Times are longer by what else the machine does, so one of three looks has to be in time.
it('the home page draws, prunes and quantizes in the page: a turned control changes picture and numbers', {
  retry: 2,
  timeout: 90_000,
}, async () => {
  const { page, errors } = await site.visit('/');
  const demo = page.locator('main [data-state]', { has: page.getByRole('combobox') });
  await demo.scrollIntoViewIfNeeded();
  await page.locator('main [data-state="done"]').waitFor({ timeout: 30_000 });
  const numbers = () => demo.locator('dl').textContent();
  const picture = () => demo.locator('svg').first().innerHTML();
  const [before, drawing] = [await numbers(), await picture()];
  await demo.getByRole('combobox').first().selectOption('glorotUniform');
  await expect.poll(numbers, { timeout: 20_000 }).not.toBe(before);
  expect(await picture()).not.toBe(drawing);
  expect(await longestBlock(page)).toBeLessThan(200);
  expect(errors).toEqual([]);
  await page.context().close();
});
