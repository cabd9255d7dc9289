import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { firstPicture, useSite } from './browser.ts';

const site = useSite();
const folder = new URL('../../lessons', import.meta.url);
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((path) => {
  const [, name] = /^([a-z-]+)[\\/]lesson\.ts$/.exec(path) ?? [];
  return name ? [name] : [];
});
// The walk through the lessons holds them to 3 s and 200 ms, the best of three looks. One look on a shared machine says less.
const FAILS_ABOVE = 5;

describe.each(names)('the page of lesson %s', (name) => {
  it('opens and draws without an error, in one load', async () => {
    const { page, errors } = await site.visit(`/lessons/${name}/`);
    const { seconds, block } = await firstPicture(page, 500);
    const figures = `${name}: first picture after ${seconds.toFixed(2)} s, blocked for ${block} ms`;
    console.log(seconds < 3 && block < 200 ? figures : `warning: ${figures}, more than 3 s or 200 ms`);
    expect(errors).toEqual([]);
    expect(seconds, figures).toBeLessThan(FAILS_ABOVE * 3);
    expect(block, figures).toBeLessThan(FAILS_ABOVE * 200);
    await page.context().close();
  }, 60_000);
});
