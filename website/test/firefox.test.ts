import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { recorded } from '../../scripts/lib/backends.mjs';
import { serve } from '../../scripts/lib/chromium.mjs';
import { openFirefox } from '../../scripts/lib/firefox.mjs';
import { LEFT_OUT, walksLesson } from './browser.ts';

const NAME = 'compute-by-hand';
const { CI } = process.env;
const isCI = CI !== undefined && !['', '0', 'false'].includes(CI);

// All else runs in Chromium: this is the look at another engine's workers, modules and layout.
it('a lesson opens in Firefox, draws, runs to the end and leaves no tensor', async ({ skip }) => {
  skip(!walksLesson(NAME), LEFT_OUT);
  const facts = recorded('firefox');
  if (!isCI) skip(!facts, 'firefox is not set up here; run: node scripts/setup-firefox.mjs');
  expect(facts, 'run: node scripts/setup-firefox.mjs').toBeDefined();
  const server = await serve(fileURLToPath(new URL('../build', import.meta.url)));
  const firefox = await openFirefox(facts!.executablePath, { timeout: 120_000 });
  const lesson = `document.querySelector('[data-lesson]')`;
  const see = (body: string) => firefox.run(`return ${body}`);
  try {
    await firefox.open(new URL(`lessons/${NAME}/`, server.url).href);
    await expect.poll(() => see(`document.documentElement.dataset.hasHydrated`), { timeout: 60_000 }).toBe('true');
    const drawn = (css: string) =>
      `[...${lesson}.querySelectorAll('${css}')].filter((svg) => svg.getBoundingClientRect().width > 300).length`;
    expect(await see(drawn('figure .still svg'))).toBeGreaterThan(0);
    const wide = `document.documentElement.scrollWidth <= document.documentElement.clientWidth`;
    expect(await see(wide)).toBe(true);
    await firefox.run(`[...${lesson}.querySelectorAll('button')].find((one) => one.textContent === 'Run').click()`);
    await expect.poll(() => see(`${lesson}.dataset.state`), { timeout: 120_000 }).toMatch(/done|failed/);
    expect(await see(`${lesson}.querySelector('[role=alert]')?.textContent ?? ''`)).toBe('');
    expect(await see(`${lesson}.dataset.state`)).toBe('done');
    expect(await see(`${lesson}.dataset.tensors`)).toBe('0');
    expect(await see(drawn('figure [data-live] svg'))).toBeGreaterThan(0);
    expect(await see(`${lesson}.textContent`)).toMatch(/Done in \d/);
  } finally {
    await firefox.close();
    await server.close();
  }
}, 400_000);
