import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect } from 'vitest';
import { backends } from '../../scripts/lib/backends.mjs';
import { serve } from '../../scripts/lib/chromium.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A page, what went wrong in it so far, and its address on the server. */
export interface Visit {
  page: Page;
  /** What was thrown or written by console.error, and files that did not come. */
  errors: string[];
  /** Loads another page of the site in the same tab. */
  open(path: string): Promise<void>;
  /** Goes to another page as a link of the site does: nothing is loaded but what that page has of its own. */
  follow(path: string): Promise<void>;
  /** Waits until the page of an address is shown: the head's own address comes at once, its title with the page. */
  arrived(path: string): Promise<void>;
}

export interface Site {
  /** Addresses of all pages, from the sitemap: `/docs/install`. */
  pages: string[];
  /** Opens a page in a context of its own; `prepare` is done to it before anything is loaded. */
  visit(path: string, options?: BrowserContextOptions, prepare?: (page: Page) => Promise<unknown>): Promise<Visit>;
}

/** What `npm test` walks through: lessons, and the beginnings of the addresses of pages, all where there are none. */
interface Walk {
  lessons: string[];
  /** Lessons whose pages are opened once. */
  opened?: string[];
  pages?: string[];
  /** Changes with what was changed, for samples. */
  turn: number;
  /** Beginnings of the addresses of pages whose text was changed. */
  texts: string[];
}
const { WEIGHTKIT_WALK: chosen } = process.env;
/** None in the deep tier, which walks through everything. */
const walk = chosen ? (JSON.parse(chosen) as Walk) : undefined;
export const LEFT_OUT = 'not reached by the change, or not in the sample of lessons; npm run test:deep -- site runs it';
export const walksLesson = (name: string): boolean => walk === undefined || walk.lessons.includes(name);
export const opensLesson = (name: string): boolean => walk?.opened === undefined || walk.opened.includes(name);
const isOf = (pages: readonly string[], path: string): boolean =>
  pages.some((page) => (page.startsWith('/api/') ? path.startsWith(page) : path === page));
export const walksPage = (path: string): boolean => walk?.pages === undefined || isOf(walk.pages, path);
/** As many of them, others with another change; all in the deep tier. */
export const sampleOf = <T>(all: readonly T[], most: number): T[] =>
  all.filter((_, i) => walk === undefined || (i + walk.turn) % all.length < most);

/** Pages for one of two looks at them: those whose text was changed in both, every other one in either; all in the deep tier. */
export const inTurn = (paths: readonly string[], look: 0 | 1): string[] =>
  paths.filter((path, i) => walk === undefined || isOf(walk.texts, path) || (i + walk.turn) % 2 === look);

export const WIDE = { viewport: { width: 1280, height: 800 } };
export const NARROW = { viewport: { width: 390, height: 844 } };

/** The browser that scripts/setup-browser.mjs found. */
export async function openBrowser(): Promise<Browser> {
  const facts = backends().find(({ project }) => project === 'webgpu-browser')?.facts;
  if (!facts) throw new Error('site: a browser must be set up, run: node scripts/setup-browser.mjs');
  // Drawing pages through a simulated GPU would take most of the time; demos run on wasm and cpu where there is no real one.
  const args = facts.args.filter((arg) => !/webgpu|angle|vulkan/i.test(arg));
  return chromium.launch({ executablePath: facts.executablePath, args: [...args, '--disable-gpu'] });
}

/** Serves the built site and opens the browser that scripts/setup-browser.mjs found, for the tests of a file. */
export function useSite(): Site {
  const build = fileURLToPath(new URL('../build', import.meta.url));
  const sitemap = readFileSync(`${build}/sitemap.xml`, 'utf8');
  const pages = [...sitemap.matchAll(/<loc>https?:\/\/[^/]+([^<]*)<\/loc>/g)].map(([, path]) => path!);
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    server = await serve(build);
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  return {
    pages,
    async visit(path, options = WIDE, prepare = async () => {}) {
      const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(`console: ${message.text()}`));
      page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
      page.on('response', (answer) => answer.status() >= 400 && errors.push(`${answer.status()} ${answer.url()}`));
      // What moved without the reader having done anything in the half second before.
      await page.addInitScript(() => {
        const shifts: { value: number; of: string }[] = [];
        Object.assign(window, { shifts });
        interface Shift {
          value: number;
          hadRecentInput: boolean;
          sources: { node: Node | null }[];
        }
        const textOf = (node: Node | null) =>
          node instanceof Element ? `${node.tagName}.${node.className}` : (node?.nodeName ?? '');
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as unknown as Shift[])
            if (!entry.hadRecentInput)
              shifts.push({ value: entry.value, of: entry.sources.map(({ node }) => textOf(node)).join(' ') });
        }).observe({ type: 'layout-shift', buffered: true });
      });
      // Tasks of the main thread that last longer than 50 ms, from the first script on.
      await page.addInitScript(() => {
        const tasks: number[] = [];
        Object.assign(window, { longTasks: tasks });
        new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
          type: 'longtask',
          buffered: true,
        });
      });
      const open = async (to: string) => {
        await page.goto(new URL(to, server.url).href, { waitUntil: 'load' });
        if (options.javaScriptEnabled !== false)
          await page.locator('html[data-has-hydrated=true]').waitFor({ state: 'attached' });
      };
      const follow = async (to: string) => {
        await page.evaluate((next) => {
          const state = { key: next };
          history.pushState(state, '', next);
          dispatchEvent(new PopStateEvent('popstate', { state }));
        }, to);
        await arrived(to);
      };
      const arrived = async (to: string) => {
        const built = readFileSync(`${build}${to}index.html`, 'utf8');
        await page.waitForFunction(
          ({ address, html }) =>
            document.querySelector('link[rel=canonical]')?.getAttribute('href')?.endsWith(address) &&
            document.title === new DOMParser().parseFromString(html, 'text/html').title,
          { address: to, html: built.slice(0, built.indexOf('</title>') + 8) },
        );
      };
      await prepare(page);
      await open(path);
      return { page, errors, open, follow, arrived };
    },
  };
}

/** The longest time in milliseconds for which a page's main thread was blocked since it began to load. */
export const longestBlock = (page: Page): Promise<number> =>
  page.evaluate(() => Math.max(0, ...(window as unknown as { longTasks: number[] }).longTasks));

export const demoOf = (page: Page): Locator => page.locator('[data-lesson]');

/** Seconds from the end of loading to a lesson's first picture, and the longest time in ms that its page was blocked. */
export interface Look {
  seconds: number;
  block: number;
}

/** How much a page has moved by itself, all shifts together, and what it was. */
export const shiftsOf = (page: Page): Promise<{ sum: number; of: string[] }> =>
  page.evaluate(() => {
    const { shifts } = window as unknown as { shifts: { value: number; of: string }[] };
    return { sum: shifts.reduce((sum, { value }) => sum + value, 0), of: shifts.map(({ of }) => of) };
  });

/** Waits for a lesson's first picture, runs it, and looks for `watch` ms at what it draws. */
export async function firstPicture(page: Page, watch: number): Promise<Look> {
  const main = demoOf(page).locator('figure').first();
  await page.waitForFunction(() => {
    const all = document.querySelectorAll('[data-lesson] figure :is(.still svg, img)');
    const first = [...all].find((drawing) => drawing.getClientRects().length > 0);
    return first && (!(first instanceof HTMLImageElement) || (first.complete && first.naturalWidth > 0));
  });
  const seconds = await page.evaluate(() => {
    const [opened] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    return (performance.now() - opened!.loadEventEnd) / 1000;
  });
  await demoOf(page).getByRole('button', { name: /^Run/ }).click();
  await main.locator('[data-live] svg').first().waitFor({ timeout: 60_000 });
  await page.waitForTimeout(watch);
  return { seconds, block: await longestBlock(page) };
}

/**
 * What axe says against a page, a line for each rule and element; empty when nothing. The colors of code are the same on every
 * page and take most of the time, so they are looked at when asked to.
 */
export async function violations(page: Page, { code = false } = {}): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(
    async (exclude) => {
      interface Violation {
        id: string;
        nodes: { target: string[] }[];
      }
      const { axe } = window as unknown as { axe: { run(context: object): Promise<{ violations: Violation[] }> } };
      const { violations } = await axe.run({ exclude });
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
    },
    code ? [] : [['.prism-code']],
  );
}

/** Whether the page scrolls sideways, and what sticks out. */
export const sticksOut = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const out = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    );
    return out.slice(-3).map((element) => `${element.tagName}.${element.className}`);
  });

/**
 * Holds a page to what it may take for the same thing done several times. What else the machine does makes times longer and never
 * shorter: the quickest counts, warns above what is allowed, and fails above five times that, because machines are shared.
 */
export function expectQuick(what: string, times: readonly number[], most: number): void {
  const quickest = Math.min(...times);
  const told = `${what} in ${times.map((time) => time.toFixed(0)).join(', ')} ms`;
  console.log(quickest < most ? told : `warning: ${told}, more than ${most} ms`);
  expect(quickest, told).toBeLessThan(5 * most);
}
