import { deflateRawSync } from 'node:zlib';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { EXAMPLE_NAMES } from '../src/playground/examples/names.ts';
import { SILENT_SECONDS } from '../src/playground/silence.ts';
import { NARROW, sticksOut, useSite, violations, WIDE } from './browser.ts';

const site = useSite();
const TIMEOUT = 180_000;

const addressOf = (code: string) => `/playground/#code=${deflateRawSync(code).toString('base64url')}`;
const stateOf = (page: Page, state: string) => page.locator(`[data-playground=${state}]`).waitFor({ timeout: 120_000 });
const status = (page: Page) => page.locator('[data-playground] [role=status]').innerText();
const output = (page: Page) => page.getByLabel('Output').innerText();

async function open(code: string, options = WIDE, prepare?: (page: Page) => Promise<unknown>) {
  const visit = await site.visit(addressOf(code), options, prepare);
  await visit.page.locator('.cm-content').waitFor();
  return visit;
}

async function runOf(code: string, state: string) {
  const visit = await open(code);
  await visit.page.getByRole('button', { name: 'Run' }).click();
  await stateOf(visit.page, state);
  return visit;
}

describe('the playground', () => {
  it(
    'opens with an example that prints and draws, in both modes and on a phone, and is accessible',
    async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, errors } = await site.visit('/playground/', { ...NARROW, colorScheme });
        await page.locator('.cm-content').waitFor();
        await page.getByRole('button', { name: 'Run' }).click();
        await stateOf(page, 'done');
        expect(await output(page)).toContain('heNormal after 12 layers');
        await page.locator('[data-playground] figure svg').waitFor();
        expect(await status(page)).toMatch(/^Done in [\d.]+ s\.$/);
        expect(await sticksOut(page)).toEqual([]);
        expect(await violations(page, { code: true })).toEqual([]);
        expect(errors).toEqual([]);
        await page.context().close();
      }
    },
    TIMEOUT,
  );

  it(
    'runs every example',
    async () => {
      const { page, errors } = await site.visit('/playground/');
      for (const name of EXAMPLE_NAMES) {
        await page.getByLabel('Example').selectOption(name);
        await stateOf(page, 'none');
        await page.getByRole('button', { name: 'Run' }).click();
        await stateOf(page, 'done');
        expect(await page.locator('[data-playground] figure svg').count(), name).toBeGreaterThan(0);
      }
      expect(errors).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'is used by keyboard, keeps the program in the address, and shows values as Node prints them',
    async () => {
      const { page } = await open('');
      await page.locator('.cm-content').focus();
      await page.keyboard.type('console.log({ a: [1, 2], b: -0 }, new Float32Array(2)); "two" + 2');
      await page.keyboard.press('Control+Enter');
      await stateOf(page, 'done');
      expect((await output(page)).trim().split('\n')).toEqual([
        '{ a: [ 1, 2 ], b: -0 } Float32Array(2) [ 0, 0 ]',
        'two2',
      ]);
      await page.keyboard.press('Tab'); // leaves the editor
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Run');
      const hash = await page.evaluate(() => location.hash);
      const again = await site.visit(`/playground/${hash}`);
      await again.page.locator('.cm-content').getByText('"two"').waitFor();
    },
    TIMEOUT,
  );

  it(
    'says what a program throws, and on which line',
    async () => {
      const { page } = await runOf(
        'const a = 1;\n\nfunction f() {\n  throw new RangeError("too far");\n}\nf();',
        'failed',
      );
      expect(await status(page)).toBe('RangeError: too far (line 4)');
      const syntax = await runOf('let a = 1;\nlet b = ;', 'failed');
      expect(await status(syntax.page)).toBe('SyntaxError: There is something here that is not JavaScript. (line 2)');
      const later = await runOf(
        'Promise.reject(new Error("not awaited"));\nawait new Promise((r) => setTimeout(r, 500));',
        'failed',
      );
      expect(await status(later.page)).toContain('Error: not awaited');
      const node = await runOf("import { readFile } from 'node:fs/promises';", 'failed');
      expect(await status(node.page)).toBe(
        'TypeError: "node:fs/promises" needs Node: this program cannot run in a page. (line 1)',
      );
      const unknown = await runOf("import x from 'left-pad';", 'failed');
      expect(await status(unknown.page)).toContain('"left-pad" cannot be imported here. There are @tensorflow/tfjs, ');
    },
    TIMEOUT,
  );

  it(
    'stops a program that never ends when asked to, and by itself when nothing is heard of it',
    async () => {
      const { page } = await open('for (;;) {}', WIDE, (page) => page.clock.install());
      await page.getByRole('button', { name: 'Run' }).click();
      await stateOf(page, 'running');
      await page.getByRole('button', { name: 'Stop' }).click();
      await stateOf(page, 'stopped');
      expect(await status(page)).toBe('Stopped.');
      await page.getByRole('button', { name: 'Run' }).click();
      await stateOf(page, 'running');
      await page.clock.fastForward(1000 * SILENT_SECONDS + 1000);
      await stateOf(page, 'stopped');
      expect(await status(page)).toContain(`nothing was heard of the program for ${SILENT_SECONDS} seconds`);
    },
    TIMEOUT,
  );

  it(
    'stops a program that prints without end, and the page stays quick',
    async () => {
      const { page } = await runOf('for (let i = 0; ; i++) console.log("line", i);', 'stopped');
      expect(await status(page)).toBe('Stopped: the program printed more than the 2,000 lines that are shown here.');
      expect((await output(page)).trim().split('\n').at(-1)).toBe('line 1999');
      const long = await runOf('for (;;) console.log("x".repeat(1e5));', 'stopped');
      expect((await output(long.page)).length).toBeLessThan(600_000);
    },
    TIMEOUT,
  );

  it(
    'says so when an address is cut off, and offers an example',
    async () => {
      for (const hash of ['#code=7VNNa9tAEL3', '#code=%%%', '#code=']) {
        const { page } = await site.visit(`/playground/${hash}`);
        const alert = page.getByRole('alert').filter({ hasText: 'program' });
        await alert.waitFor();
        expect(await alert.innerText()).toMatch(/cut off or changed/);
        await page.locator('.cm-content').getByText('heNormal').first().waitFor();
      }
    },
    TIMEOUT,
  );

  it(
    'works where storage is forbidden',
    async () => {
      const { page, errors } = await site.visit(addressOf('1 + 1'), WIDE, (page) =>
        page.addInitScript(() => {
          for (const name of ['localStorage', 'sessionStorage'])
            Object.defineProperty(window, name, {
              get: () => {
                throw new DOMException('forbidden', 'SecurityError');
              },
            });
        }),
      );
      await page.locator('.cm-content').waitFor();
      await page.getByRole('button', { name: 'Run' }).click();
      await stateOf(page, 'done');
      expect((await output(page)).trim()).toBe('2');
      expect(errors).toEqual([]);
    },
    TIMEOUT,
  );
});

describe('a lesson', () => {
  it(
    'opens as a program that runs and shows what the lesson shows',
    async () => {
      const { page, errors } = await site.visit('/lessons/compute-by-hand/');
      await page.getByRole('button', { name: 'Edit and run the whole experiment' }).first().click();
      await page.locator('.cm-content').waitFor();
      await page.getByLabel('Playground').getByRole('button', { name: 'Run', exact: true }).click();
      await stateOf(page, 'done');
      expect(await page.locator('[data-playground] figure svg').count()).toBeGreaterThan(2);
      expect(errors).toEqual([]);
    },
    TIMEOUT,
  );
});

describe('blocks of code', () => {
  it(
    'open in an editor in their place, and print there what they say',
    async () => {
      const { page, errors } = await site.visit('/docs/start/pruning/');
      const buttons = page.getByRole('button', { name: 'Edit and run' });
      expect(await buttons.count()).toBeGreaterThan(0);
      const code = await page.locator('.theme-code-block', { hasText: '// ->' }).first().innerText();
      await buttons.first().click();
      await page.locator('.cm-content').waitFor();
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await stateOf(page, 'done');
      const printed = (await output(page)).replaceAll(/\s+/g, ' ');
      for (const [, line] of code.matchAll(/\/\/ -> (.*)$/gm))
        expect(printed).toContain(line!.trim().replaceAll(/\s+/g, ' '));
      await page.getByRole('button', { name: 'Close the editor' }).click();
      expect(await page.locator('[data-playground]').count()).toBe(0);
      expect(errors).toEqual([]);
    },
    TIMEOUT,
  );

  it('say so where they need Node', async () => {
    const { page } = await site.visit('/docs/tour/');
    expect(await page.locator('.needs-node').count()).toBeGreaterThan(0);
    expect(await page.getByRole('button', { name: 'Edit and run' }).count()).toBe(0);
  });
});
