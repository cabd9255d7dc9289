import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join, posix, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COURSE } from '../../lessons/course.ts';
import { NARROW, openBrowser, sampleOf, sticksOut, WIDE } from './browser.ts';

const zip = fileURLToPath(new URL('../build/weightkit-course.zip', import.meta.url));
const base = process.env.SITE_BASE_URL ?? '/';
const lessons = COURSE.map(({ about }) => about.name);
/** Programs that others made, one of which every machine has that builds the site. */
const UNPACK: readonly [program: string, ...args: string[]][] = [
  ['unzip', '-q', zip, '-d'],
  ['python3', '-m', 'zipfile', '-e', zip],
  ['tar', '-xf', zip, '-C'],
];

let scratch: string;
let course: string;
let browser: Browser;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'weightkit-course-'));
  course = join(scratch, 'weightkit-course');
  const done = UNPACK.some(([program, ...args]) => spawnSync(program, [...args, scratch]).status === 0);
  if (!done) throw new Error('course zip: one of unzip, python3 and tar must unpack it');
  browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const files = (): string[] =>
  readdirSync(course, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(course, name)).isFile())
    .map((name) => name.split(sep).join('/'));

/** A page in a context of its own, and what went wrong in it: thrown, written by console.error, or a file that did not come. */
async function visit(options = WIDE, offline = false) {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce', offline });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
  page.on('requestfailed', (asked) => {
    const why = asked.failure()?.errorText;
    // Aborted are images of a page that was left before they came: a click does not wait for the thumbnails of the map.
    if (why !== 'net::ERR_ABORTED') errors.push(`${why} ${asked.url()}`);
  });
  page.on('response', (answer) => answer.status() >= 400 && errors.push(`${answer.status()} ${answer.url()}`));
  return { page, errors, close: () => context.close() };
}

/** The widths of the drawings of a page's figures that are shown; an image that did not load has none. */
const drawn = (page: Page): Promise<number[]> =>
  page.locator('[data-lesson] figure').evaluateAll((figures) =>
    figures
      .filter((figure) => figure.getClientRects().length > 0)
      .map((figure) => {
        const all = [...figure.querySelectorAll<HTMLImageElement | SVGSVGElement>('.still svg, img')];
        const shown = all.find((one) => one.getBoundingClientRect().width > 0);
        return shown && (!('complete' in shown) || shown.naturalWidth > 0) ? shown.getBoundingClientRect().width : 0;
      }),
  );

describe('the zip of the course', () => {
  it('is whole, and the page that leads to it says its size', () => {
    const tested = spawnSync('unzip', ['-tqq', zip], { encoding: 'utf8' });
    // Where there is no unzip, another program has unpacked it.
    if (!tested.error) expect(tested).toMatchObject({ status: 0, stdout: '' });
    const { size } = statSync(zip);
    const page = readFileSync(new URL('../build/lessons/teachers/index.html', import.meta.url), 'utf8');
    expect(page).toContain(`a zip of ${(size / 1e6).toFixed(0)} MB`);
    expect(size).toBeLessThan(40e6);
    const all = new Set(files());
    for (const name of ['index.html', 'serve.mjs', 'LICENSE']) expect(all).toContain(name);
    for (const name of lessons) expect(all).toContain(`site/lessons/${name}/index.html`);
  });

  it('has pages whose links and pictures are files in it, or in the network', () => {
    const all = new Set(files());
    const pages = [...all].filter((name) => name.endsWith('.html'));
    const broken: string[] = [];
    for (const page of pages) {
      const html = readFileSync(join(course, page), 'utf8').replaceAll(/<script[\s\S]*?<\/script>/g, '');
      for (const [, , link] of html.matchAll(/\s(href|src|srcset)="([^"]*)"/g)) {
        if (link!.startsWith('#') || /^[a-z][a-z+.-]*:/.test(link!)) continue;
        const path = decodeURIComponent(link!.replaceAll('&amp;', '&').replace(/[?#].*/, ''));
        if (path.startsWith('/') || !all.has(posix.join(posix.dirname(page), path))) broken.push(`${page}: ${link}`);
      }
    }
    expect(broken).toEqual([]);
    expect(pages.length).toBeGreaterThan(80);
  });

  it('is read from a disk without a network: lessons with their figures, by clicks from one page to the next', async () => {
    const { page, errors, close } = await visit(WIDE, true);
    await page.goto(pathToFileURL(join(course, 'index.html')).href);
    await page.getByRole('link', { name: 'Read the lessons' }).click();
    await page.locator('main h1', { hasText: 'Lessons' }).waitFor();
    for (const { title, about } of sampleOf(COURSE, 5)) {
      await page.locator('main ol').getByRole('link', { name: title, exact: true }).click();
      await page.locator(`[data-lesson="${about.name}"]`).waitFor();
      // Images below the window load when they are needed.
      await page.locator('[data-lesson] img').evaluateAll((all) =>
        Promise.all(
          (all as HTMLImageElement[])
            .filter((one) => one.getClientRects().length > 0)
            .map((one) => {
              one.loading = 'eager';
              return one.decode().catch(() => undefined);
            }),
        ),
      );
      const widths = await drawn(page);
      expect(widths.length, title).toBeGreaterThan(1);
      expect(Math.min(...widths), title).toBeGreaterThan(200);
      await expect(page.getByRole('button', { name: 'Run', exact: true }).count()).resolves.toBe(0);
      await page.goBack();
    }
    await page.locator('footer').getByRole('link', { name: 'Glossary' }).click();
    await page.locator('main h1', { hasText: 'Glossary' }).waitFor();
    await page.locator('nav').getByRole('link', { name: 'Guides' }).click();
    await page.locator('main a[href$="start/pruning/index.html"]').first().click();
    await page.locator('main h1', { hasText: /prun/i }).waitFor();
    await page.locator('main a[href*="api/"]').first().click();
    await page.locator('main h1').waitFor();
    expect(page.url()).toMatch(/^file:.*\/site\/api\//);
    expect(errors).toEqual([]);
    await close();
  }, 120_000);

  it('from a disk fits a phone, has its menu, says how the experiments are run, and a folded answer opens', async () => {
    const { page, errors, close } = await visit(NARROW, true);
    for (const [name] of sampleOf(
      lessons.map((one) => [one]),
      2,
    )) {
      await page.goto(pathToFileURL(join(course, 'site/lessons', name!, 'index.html')).href);
      expect(await sticksOut(page)).toEqual([]);
      await expect(page.locator('.from-disk').isVisible()).resolves.toBe(true);
    }
    const question = page
      .locator('main details')
      .filter({ hasNot: page.locator('figure'), visible: true })
      .last();
    await question.locator('summary').first().click();
    await expect(question.evaluate((one: HTMLDetailsElement) => one.open)).resolves.toBe(true);
    await page.locator('.from-disk a').click();
    await page.locator('pre', { hasText: 'node serve.mjs' }).waitFor();
    await page.goBack();
    await page.locator('nav').getByRole('link', { name: 'Lessons', exact: true }).click();
    await page.locator('main h1', { hasText: 'Lessons' }).waitFor();
    expect(errors).toEqual([]);
    await close();
  }, 60_000);
});

describe('node serve.mjs in the zip', () => {
  let server: ChildProcess;
  let url: string;
  const start = (...args: string[]) =>
    spawn(process.execPath, ['serve.mjs', ...args], { cwd: course, stdio: ['ignore', 'pipe', 'pipe'] });
  beforeAll(async () => {
    server = start('--port', '0');
    const said = await new Promise<string>((resolve) => server.stdout!.once('data', (data) => resolve(String(data))));
    [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said)!;
    expect(said).toContain(`${url}${base}lessons/`);
  });
  afterAll(() => {
    server?.kill();
  });

  /** An answer to a path as it stands: `fetch` would tidy it up. */
  const ask = (path: string, method = 'GET') =>
    new Promise<{ status: number; type: string; location: string; body: string }>((resolve, reject) => {
      const { hostname, port } = new URL(url);
      get({ hostname, port, path, method }, (response) => {
        let body = '';
        response.setEncoding('latin1').on('data', (text) => {
          body += text;
        });
        const { 'content-type': type = '', location = '' } = response.headers;
        response.on('end', () => resolve({ status: response.statusCode!, type, location, body }));
      }).on('error', reject);
    });

  it('gives files with their types, folders with their pages, and nothing outside of the site', async () => {
    const typeOf = async (path: string) => (await ask(base + path)).type;
    expect(await typeOf('generated/tfjs-backend-wasm.wasm')).toBe('application/wasm');
    expect(await typeOf('lessons/')).toBe('text/html; charset=utf-8');
    expect(await typeOf('img/logo.svg')).toMatch(/^image\/svg\+xml/);
    const script = readdirSync(join(course, 'site/assets/js')).find((name) => name.endsWith('.js'));
    expect(await typeOf(`assets/js/${script}`)).toMatch(/^text\/javascript/);
    expect(await ask(`${base}lessons`)).toMatchObject({ status: 302, location: `${base}lessons/` });
    expect(await ask(`${base}lessons/index.html?seed=1`)).toMatchObject({
      status: 302,
      location: `${base}lessons/?seed=1`,
    });
    // Not to another computer of this name.
    const tricked = await ask('//example.org/..//lessons');
    expect(tricked.location).not.toMatch(/^\/\//);
    expect(await ask(`${base}lessons/`, 'POST')).toMatchObject({ status: 405 });
    expect(await ask(`${base}lessons/`, 'HEAD')).toMatchObject({ status: 200, body: '' });
    writeFileSync(join(scratch, 'secret.txt'), 'secret');
    symlinkSync(join(scratch, 'secret.txt'), join(course, 'site/linked.txt'));
    const outside = [
      '../serve.mjs',
      '..%2fserve.mjs',
      '%2e%2e/serve.mjs',
      '%2e%2e%2f%2e%2e%2fsecret.txt',
      '..%5cserve.mjs',
    ];
    for (const path of [...outside, 'linked.txt', '%', '%00', 'lessons/none/'])
      expect(await ask(base + path), path).toMatchObject({ status: 404 });
    expect(existsSync(join(course, 'site/linked.txt'))).toBe(true);
  });

  it('refuses a port that is none or taken', async () => {
    const refused = async (...args: string[]) => {
      const one = start(...args);
      let said = '';
      one.stderr!.on('data', (data) => {
        said += data;
      });
      const code = await new Promise((resolve) => one.on('close', resolve));
      return `${code}: ${said.trim()}`;
    };
    expect(await refused('--port', '65536')).toBe('2: serve.mjs: --port must be a number from 0 to 65535, got 65536');
    expect(await refused('--port')).toBe('2: serve.mjs: --port must be a number from 0 to 65535, got nothing');
    expect(await refused('--host', 'all')).toBe('2: serve.mjs: usage is node serve.mjs [--port 4173], got --host all');
    const { port } = new URL(url);
    expect(await refused(`--port=${port}`)).toContain(`2: serve.mjs: port ${port} is taken; choose another one`);
  });

  it('runs a lesson’s experiment, and its links are those of the site', async () => {
    const { page, errors, close } = await visit();
    await page.goto(`${url}${base}lessons/breaking-symmetry/index.html`);
    await page.locator('html[data-has-hydrated=true]').waitFor({ state: 'attached' });
    expect(new URL(page.url()).pathname).toBe(`${base}lessons/breaking-symmetry/`);
    await expect(page.locator('.from-disk').isVisible()).resolves.toBe(false);
    const relative = await page
      .locator('a')
      .evaluateAll((all) =>
        all.map((one) => one.getAttribute('href')).filter((href) => href && !/^(\/|#|https?:)/.test(href)),
      );
    expect(relative).toEqual([]);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.locator('[data-lesson] figure').first().locator('[data-live] svg').first().waitFor({ timeout: 60_000 });
    await page.locator('[data-lesson][data-state=done]').waitFor({ timeout: 60_000 });
    await page.locator('footer').getByRole('link', { name: 'For teachers' }).click();
    await page.locator('main h1', { hasText: 'For teachers' }).waitFor();
    const download = page.getByRole('link', { name: 'Download the course' });
    expect(await download.getAttribute('href')).toBe('https://weightkit.github.io/weightkit-course.zip');
    expect(errors).toEqual([]);
    await close();
  }, 120_000);
});
