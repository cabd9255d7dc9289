import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recorded } from '../../scripts/lib/backends.mjs';
import { serve } from '../../scripts/lib/chromium.mjs';
import { openFirefox } from '../../scripts/lib/firefox.mjs';
import { LEFT_OUT, walksLesson, walksPage } from './browser.ts';

const { CI } = process.env;
const isCI = CI !== undefined && !['', '0', 'false'].includes(CI);
const MISSING = 'firefox is not set up here; run: node scripts/setup-firefox.mjs';
const TIMEOUT = 400_000;

// All else runs in Chromium: this is the look at another engine's workers, modules and layout.
describe('Firefox', () => {
  const facts = recorded('firefox');
  let server: Awaited<ReturnType<typeof serve>> | undefined;
  let firefox: Awaited<ReturnType<typeof openFirefox>>;
  beforeAll(async () => {
    if (isCI) expect(facts, MISSING).toBeDefined();
    if (!facts) return;
    server = await serve(fileURLToPath(new URL('../build', import.meta.url)));
    firefox = await openFirefox(facts.executablePath, { timeout: 120_000 });
  }, TIMEOUT);
  afterAll(async () => {
    await firefox?.close();
    await server?.close();
  });
  beforeEach(({ skip }) => skip(!facts, MISSING));

  const see = (expression: string) => firefox.run(`return ${expression}`);
  async function open(path: string): Promise<void> {
    await firefox.open(new URL(path, server!.url).href);
    await expect.poll(() => see(`document.documentElement.dataset.hasHydrated`), { timeout: 60_000 }).toBe('true');
    const wide = `document.documentElement.scrollWidth <= document.documentElement.clientWidth`;
    expect(await see(wide)).toBe(true);
  }
  const press = (within: string, button: string) =>
    firefox.run(`[...${within}.querySelectorAll('button')].find((one) => one.textContent === '${button}').click()`);
  /** How many drawings there are that one can see. */
  const drawn = (within: string, css: string) =>
    see(
      `[...${within}.querySelectorAll('${css}')].filter((svg) => svg.getBoundingClientRect().width > 300).length`,
    ) as Promise<number>;

  it(
    'opens a lesson, which draws, runs to the end and leaves no tensor',
    async ({ skip }) => {
      const name = 'compute-by-hand';
      skip(!walksLesson(name), LEFT_OUT);
      const lesson = `document.querySelector('[data-lesson]')`;
      await open(`lessons/${name}/`);
      expect(await drawn(lesson, 'figure .still svg')).toBeGreaterThan(0);
      await press(lesson, 'Run');
      await expect.poll(() => see(`${lesson}.dataset.state`), { timeout: 120_000 }).toMatch(/done|failed/);
      expect(await see(`${lesson}.querySelector('[role=alert]')?.textContent ?? ''`)).toBe('');
      expect(await see(`${lesson}.dataset.state`)).toBe('done');
      expect(await see(`${lesson}.dataset.tensors`)).toBe('0');
      expect(await drawn(lesson, 'figure [data-live] svg')).toBeGreaterThan(0);
      expect(await see(`${lesson}.textContent`)).toMatch(/Done in \d/);
    },
    TIMEOUT,
  );

  it(
    'opens home, where another initializer changes picture and numbers',
    async ({ skip }) => {
      skip(!walksPage('/'), LEFT_OUT);
      const demo = `document.querySelector('main [data-state]')`;
      await open('');
      expect(await drawn(demo, '.still svg')).toBe(1);
      const numbers = () => see(`${demo}.querySelector('dl').textContent`);
      const before = await numbers();
      await firefox.run(`
        const select = ${demo}.querySelector('select');
        Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(select, 'glorotUniform');
        select.dispatchEvent(new Event('change', { bubbles: true }));`);
      await expect.poll(numbers, { timeout: 120_000 }).not.toBe(before);
      expect(await see(`${demo}.dataset.state`)).toBe('done');
      expect(await see(`${demo}.querySelector('[role=status]').textContent`)).toMatch(/^Computed in this page/);
      expect(await drawn(demo, 'svg')).toBe(1);
    },
    TIMEOUT,
  );

  it(
    'opens the playground, where a program draws and prints, and one that throws is told by its line',
    async ({ skip }) => {
      skip(!walksPage('/playground/'), LEFT_OUT);
      const playground = `document.querySelector('[data-playground]')`;
      const editor = `document.querySelector('.cm-content')`;
      await open('playground/');
      await expect.poll(() => see(`${editor} !== null`), { timeout: 60_000 }).toBe(true);
      await press(playground, 'Run');
      const state = () => see(`${playground}.dataset.playground`);
      await expect.poll(state, { timeout: 120_000 }).toMatch(/done|failed/);
      expect(await see(`${playground}.querySelector('[role=status]').textContent`)).toMatch(/^Done in [\d.]+ s\.$/);
      expect(await see(`${playground}.querySelector('[aria-label=Output]').textContent`)).toContain(
        'heNormal after 12 layers',
      );
      expect(await drawn(playground, 'figure svg')).toBeGreaterThan(0);
      // What is typed into the editor is what runs.
      await firefox.run(`
        const content = ${editor};
        content.focus();
        document.execCommand('selectAll');
        document.execCommand('insertText', false, 'console.log(6 * 7); throw new RangeError("too far");');`);
      await press(playground, 'Run');
      await expect.poll(state, { timeout: 60_000 }).toBe('failed');
      expect(await see(`${playground}.querySelector('[role=status]').textContent`)).toBe(
        'RangeError: too far (line 1)',
      );
      expect(await see(`${playground}.querySelector('[aria-label=Output]').innerText.trim()`)).toBe('42');
    },
    TIMEOUT,
  );
});
