import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Locator, Page } from 'playwright';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  demoOf,
  expectQuick,
  firstPicture,
  LEFT_OUT,
  type Look,
  NARROW,
  shiftsOf,
  useSite,
  violations,
  WIDE,
  walksLesson,
} from './browser.ts';

const site = useSite();
/** A lesson, and what its page has of its own. */
interface Walked {
  name: string;
  /** Parameters of a run of a moment. */
  small: string;
  /** Whether it runs on digits, which are fetched. */
  digits?: true;
  /** Whether a run is over before one sees it go on. */
  quick?: true;
  /** Whether another seed leaves the main figure as it is. */
  sameMain?: true;
  /** Its own run may be over before a key stops it. */
  short?: true;
  /** A number that has an effect from the start. @defaultValue the seed */
  field?: string;
  /** The first of the moments that one can go to. */
  first?: string;
}
const LESSONS: readonly Walked[] = [
  { name: 'what-a-weight-is', small: '?stack=vector-5.dense-3', quick: true, sameMain: true },
  { name: 'all-together', small: '?images=300&steps=20&tune=10', digits: true, short: true },
  { name: 'breaking-symmetry', small: '?examples=300&epochs=3', digits: true, sameMain: true, first: 'epoch 0' },
  { name: 'compute-by-hand', small: '?maxSteps=1000', first: 'the weights' },
  { name: 'debugging', small: '?steps=10', digits: true, short: true },
  { name: 'freezing', small: '?old=100&units=4&examples=100&epochs=1', digits: true, short: true, first: 'epoch 0' },
  { name: 'gradient-flow', small: '?depth=3&examples=100&epochs=1', digits: true, first: 'step 1' },
  { name: 'image-classification', small: '?images=200&epochs=2', digits: true, short: true, first: 'epoch 0' },
  { name: 'importance', small: '?steps=20&retrain=false', quick: true },
  { name: 'initializers-side-by-side', small: '?epochs=3', short: true },
  { name: 'normalization', small: '?depth=2&examples=100&epochs=1', digits: true },
  { name: 'not-all-seeds', small: '?nets=10&steps=200', short: true, first: 'step 0' },
  { name: 'pruning', small: '?images=300&steps=20&tune=5&timed=false', digits: true, short: true },
  { name: 'quantization', small: '?steps=20&more=10', digits: true, short: true },
  { name: 'regularization', small: '?steps=60', quick: true },
  { name: 'seeing-filters', small: '?images=300&steps=20', digits: true, short: true, first: 'step 0' },
  { name: 'sentiment', small: '?epochs=1', short: true, sameMain: true },
  { name: 'siamese', small: '?images=500&steps=20', digits: true, first: 'step 0' },
  { name: 'signal-propagation', small: '?depth=9', quick: true },
  { name: 'theory', small: '?units=8&steps=20', digits: true, first: 'step 0' },
  { name: 'transfer-learning', small: '?examples=10&old=100&steps=20', digits: true, short: true, first: 'step 0' },
  { name: 'weight-updates', small: '?noise=0.5&steps=8', quick: true, field: 'steps', first: 'the start' },
  { name: 'weights-during-learning', small: '?images=640&epochs=3', digits: true, first: 'epoch 0' },
  { name: 'xavier-against-kaiming', small: '?depth=1&pairs=3&epochs=1', digits: true, short: true, first: '2 pairs' },
];
/** What a page may move by itself, by the rule of web.dev for a good one: 0.1. Here it is half of that. */
const MOVES = 0.05;

/** Waits until the lesson is in one of these states. */
const reaches = (page: Page, ...states: string[]) =>
  page.locator(states.map((state) => `[data-lesson][data-state="${state}"]`).join(', ')).waitFor({ timeout: 150_000 });
const figure = (page: Page, name?: string) =>
  demoOf(page)
    .locator(name ? `figure[data-figure="${name}"]` : 'figure')
    .first();
/** The main drawing of the default run that is shown: in the page, or as an image. */
const still = (page: Page) => figure(page).locator(':is(.still svg, img):visible');
/** The title of a drawing for those who do not see it. */
const nameOf = (drawing: Locator) =>
  drawing.evaluate((shown) =>
    shown instanceof HTMLImageElement ? shown.alt : (shown.querySelector(':scope > title')?.textContent ?? ''),
  );
/** The drawings, without what comes and goes with the first touch, which shows values: titles, marks, attributes of the whole. */
const picturesOf = (page: Page) =>
  demoOf(page)
    .locator('figure [data-live] svg')
    .evaluateAll((all) =>
      all
        .map((svg) => {
          const copy = svg.cloneNode(true) as Element;
          for (const own of copy.querySelectorAll('title, [data-mark=shown]')) own.remove();
          return copy.innerHTML;
        })
        .join(),
    );
const summaryOf = (page: Page) => demoOf(page).locator('section details p').allTextContents();
const press = async (page: Page, button: RegExp) => {
  await demoOf(page).getByRole('button', { name: button }).first().focus();
  await page.keyboard.press('Enter');
};
const run = (page: Page) => demoOf(page).getByRole('button', { name: /^Run/ }).first().click();
/** Types a value into a field of a number. */
const type = async (page: Page, name: string, text: string) => {
  const field = demoOf(page).locator(`input[name=${name}]`);
  await field.evaluate((input) => input.closest('details')?.setAttribute('open', ''));
  await field.fill(text);
  await field.press('Enter');
};

/** Every control that is shown and works has a place in the order of Tab, every figure its text and its numbers. */
async function everythingIsReachable(page: Page): Promise<void> {
  const controls = demoOf(page).locator(
    ':is(input:not([type=radio]), select, button:not([class*="CodeBlock"] *)):not(:disabled):visible',
  );
  const wanted = await controls.count();
  expect(wanted).toBeGreaterThan(4);
  await controls.first().focus();
  const seen = new Set<number>();
  // Between the controls stand links, tables and the lines of the source.
  for (let i = 0; i < 6 * wanted + 120 && seen.size < wanted; i++) {
    const at = await controls.evaluateAll((all) => all.indexOf(document.activeElement as HTMLElement));
    if (at >= 0) seen.add(at);
    await page.keyboard.press('Tab');
  }
  expect(seen.size).toBe(wanted);
  for (const text of await demoOf(page).locator('figcaption').allTextContents())
    expect(text.length).toBeGreaterThan(20);
  await figure(page).locator('details summary').first().click();
  const cells = figure(page).locator('details table td');
  await expect.poll(() => cells.count(), { timeout: 10_000 }).toBeGreaterThan(3);
}

describe.each(LESSONS)('the lesson $name', ({ name, small, digits, quick, short, sameMain, first, field = 'seed' }) => {
  beforeEach(({ skip }) => skip(!walksLesson(name), LEFT_OUT));

  const visit = (
    search: string,
    size: Parameters<typeof site.visit>[1] = WIDE,
    prepare?: (page: Page) => Promise<unknown>,
  ) => site.visit(`/lessons/${name}/${search}`, size, prepare);

  it('asks its question and shows its figure and its controls on the first screen, without any script', async () => {
    for (const size of [WIDE, NARROW]) {
      const { page } = await visit('', { ...size, javaScriptEnabled: false });
      expect((await still(page).boundingBox())!.width).toBeGreaterThan(300);
      const bottomOf = async (all: Locator) =>
        Math.max(
          ...(await Promise.all((await all.all()).map(async (one) => (await one.boundingBox())!))).map(
            ({ y, height }) => y + height,
          ),
        );
      const experiment = page.getByRole('region', { name: 'The experiment' });
      expect(await bottomOf(still(page))).toBeLessThanOrEqual(size.viewport.height);
      if (size === WIDE) {
        const main = experiment.locator('fieldset').first().locator('input, select');
        expect(await main.count()).toBeGreaterThan(0);
        expect(await bottomOf(main)).toBeLessThanOrEqual(size.viewport.height);
        expect(await bottomOf(experiment.locator('button'))).toBeLessThanOrEqual(size.viewport.height);
      }
      // All the others are there as well, each with its text and the way to its numbers.
      for (const one of await demoOf(page).locator('figure').all()) {
        for (const drawing of await one.locator('.still svg, img').all()) expect(await nameOf(drawing)).toMatch(/\S/);
        expect((await one.locator('figcaption').textContent())!.length).toBeGreaterThan(20);
        expect(await one.locator('details a').getAttribute('href')).toMatch(/\.csv\?/);
      }
      await page.context().close();
    }
  }, 60_000);

  it('shows its first picture within 3 s after load, and never blocks the page for more than 200 ms', async () => {
    const looks: Look[] = [];
    const isGood = () => looks.some(({ seconds, block }) => seconds < 3 && block < 200);
    // What else the machine does makes times longer and never shorter, so the best of up to three counts.
    while (looks.length < 3 && !isGood()) {
      const { page, errors } = await visit('');
      looks.push(await firstPicture(page, 2500));
      expect(errors).toEqual([]);
      await page.context().close();
    }
    const figures = looks
      .map(({ seconds, block }) => `picture ${seconds.toFixed(2)} s, blocked ${block} ms`)
      .join('; ');
    console.log(`${name}: ${figures}`);
    expect(isGood(), figures).toBe(true);
  }, 180_000);

  it.each([
    ['wide', WIDE],
    ['narrow', NARROW],
  ])(
    'does not move by itself while it loads, runs and is scrolled through: %s',
    async (_, size) => {
      const { page, errors } = await visit('', size);
      await page.evaluate(() => document.fonts.ready);
      const height = () => figure(page).evaluate((element) => element.getBoundingClientRect().height);
      const before = await height();
      await run(page);
      await reaches(page, 'done');
      expect(await figure(page).locator('svg').count()).toBe(1);
      expect(Math.abs((await height()) - before)).toBeLessThan(2);
      const screens = await page.evaluate(() => document.body.scrollHeight / innerHeight);
      for (let screen = 1; screen < screens; screen++) {
        await page.mouse.wheel(0, size.viewport.height);
        await page.waitForTimeout(120);
      }
      const { sum, of } = await shiftsOf(page);
      console.log(`${name}, ${size.viewport.width} px: moved ${sum.toFixed(3)}`);
      expect(sum, of.join('; ')).toBeLessThan(MOVES);
      expect(errors).toEqual([]);
      await page.context().close();
    },
    180_000,
  );

  it('runs to other numbers and another picture with another seed, in the address; all of it can be reached', async () => {
    const { page, errors } = await visit(small);
    await reaches(page, 'done');
    const [pictures, summary] = [await picturesOf(page), await summaryOf(page)];
    await type(page, 'seed', '5');
    await expect.poll(() => new URL(page.url()).searchParams.get('seed')).toBe('5');
    // It starts by itself where it is short, and says how long it takes where it is not.
    await reaches(page, 'running', 'timing', 'held', 'done');
    await expect
      .poll(
        async () => {
          if ((await demoOf(page).getAttribute('data-state')) === 'held') await run(page);
          return demoOf(page).getAttribute('data-stale');
        },
        { timeout: 60_000 },
      )
      .toBe('false');
    await reaches(page, 'done');
    const changed = await picturesOf(page);
    expect(changed).not.toBe(pictures);
    expect(await summaryOf(page)).not.toEqual(summary);
    expect(await demoOf(page).getAttribute('data-tensors')).toBe('0');
    expect(await violations(page)).toEqual([]);
    await everythingIsReachable(page);
    // The address is enough to see the same again.
    await page.reload();
    await reaches(page, 'done');
    expect(await demoOf(page).locator('input[name=seed]').inputValue()).toBe('5');
    expect(await picturesOf(page)).toBe(changed);
    expect(errors).toEqual([]);
    await page.context().close();
  }, 240_000);

  it('runs, stops and resets by keyboard alone, and ends its worker when the page is left', async () => {
    const { page, errors } = await visit('', NARROW);
    await press(page, /^Run/);
    await reaches(page, 'running', 'timing', ...(quick || short ? ['done'] : []));
    await press(page, /^Stop/);
    await reaches(page, 'stopped', ...(quick || short ? ['done'] : []));
    await type(page, field, '7');
    await press(page, /^Reset/);
    await reaches(page, 'idle');
    expect(new URL(page.url()).search).toBe('');
    // The first picture is back.
    await expect.poll(() => still(page).count()).toBe(1);
    await press(page, /^Run/);
    await reaches(page, 'running', 'timing', ...(quick || short ? ['done'] : []));
    await expect.poll(() => page.workers().length, { timeout: 10_000 }).toBe(1);
    // A link within the site keeps the document, so that only the lesson itself can end its worker.
    await page
      .getByRole('link', { name: 'weightkit' })
      .first()
      .evaluate((link: HTMLElement) => link.click());
    await page.waitForURL((url) => !url.pathname.startsWith('/lessons/'));
    await expect.poll(() => page.workers().length, { timeout: 10_000 }).toBe(0);
    expect(errors).toEqual([]);
    await page.context().close();
  }, 180_000);

  it('marks what is shown as old, pins a run beside the next one, and goes through its moments', async () => {
    const { page, errors } = await visit(small);
    await reaches(page, 'done');
    await press(page, /^Pin/);
    const compared = () => figure(page).locator('[data-live] svg').count();
    await expect.poll(compared, { timeout: 20_000 }).toBe(2);
    await type(page, 'seed', '3');
    if (!quick) await expect.poll(() => demoOf(page).getAttribute('data-stale')).toBe('true');
    await run(page);
    await reaches(page, 'done');
    await expect.poll(() => demoOf(page).getAttribute('data-stale')).toBe('false');
    // Nothing is stale from the start of the run on.
    await reaches(page, 'done');
    expect(await figure(page).textContent()).toMatch(/Pinned:.*Seed: 0|Pinned:.*Seed: \d/);
    const [pinned, now] = await figure(page)
      .locator('[data-live] svg')
      .evaluateAll((all) => all.map((svg) => svg.innerHTML.replaceAll(/(pinned|figure)-/g, '')));
    if (!sameMain) expect(pinned).not.toBe(now);
    await press(page, /^Pin/);
    await expect.poll(compared).toBe(1);
    const slider = demoOf(page).getByLabel(/^Go to a moment/);
    expect(await slider.count()).toBe(first === undefined ? 0 : 1);
    if (first !== undefined) {
      // Alone again it is drawn as wide as there is room.
      const drawn = () => figure(page).locator('svg').innerHTML();
      const rests = async () => {
        const before = await drawn();
        await page.waitForTimeout(300);
        return (await drawn()) === before;
      };
      await expect.poll(rests, { timeout: 20_000 }).toBe(true);
      const last = await drawn();
      await slider.focus();
      await page.keyboard.press('Home');
      await expect.poll(() => figure(page).locator('[data-live] svg').innerHTML(), { timeout: 20_000 }).not.toBe(last);
      expect(await slider.getAttribute('aria-valuetext')).toBe(first);
      await page.keyboard.press('End');
      await expect.poll(() => figure(page).locator('[data-live] svg').innerHTML(), { timeout: 20_000 }).toBe(last);
    }
    expect(errors).toEqual([]);
    await page.context().close();
  }, 180_000);

  it('takes the nearest value of what the address or the reader asks for, and says so', async () => {
    const { page, errors } = await visit(`${small}&seed=99999999&utm_source=x&nothing=1`);
    const alert = demoOf(page).getByRole('alert');
    await expect.poll(() => alert.textContent()).toMatch(/Seed: 99999999 is more than \d+, so it is \d+\./);
    await type(page, 'seed', '-4');
    const field = demoOf(page).locator('div', { has: page.locator('> input[name=seed], > span > input[name=seed]') });
    await expect.poll(() => field.last().textContent()).toContain('Seed: -4 is less than 0, so it is 0.');
    await type(page, 'seed', 'many');
    await expect.poll(() => field.last().textContent()).toContain('Seed: "many" is not a number, so it is 0.');
    expect(await demoOf(page).locator('input[name=seed]').inputValue()).toBe('0');
    expect(errors).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('lays the guess beside what came out, and checks the challenge', async () => {
    const { page, errors } = await visit('');
    const predict = demoOf(page).getByRole('region', { name: 'Predict, then see' });
    const options = predict.getByRole('radio');
    if ((await options.count()) > 0) await options.first().check();
    // A line is drawn by keyboard here; without one nothing runs.
    else if ((await predict.locator('svg').count()) > 0) {
      await predict.getByRole('button').click();
      expect(await predict.getByRole('alert').textContent()).toContain('Draw your line first');
      await predict.getByRole('slider').last().press('ArrowUp');
    }
    await predict.getByRole('button').click();
    await expect
      .poll(() => predict.textContent(), { timeout: 150_000 })
      .toMatch(/What came out: |That is what came out/);
    expect(await predict.locator('details').getAttribute('open')).not.toBeNull();
    // The line that came out lies over the one that was drawn, and both are told.
    if (name === 'weights-during-learning') {
      expect(await predict.locator('polyline').count()).toBe(2);
      expect(await predict.textContent()).toMatch(/You drew a line from .*What came out: from .*, highest at epoch/);
    }
    const challenge = demoOf(page).getByRole('region', { name: 'Challenge' });
    expect(await challenge.textContent()).toMatch(/Not yet\. .|Done\. ./);
    expect(await violations(page)).toEqual([]);
    expect(errors).toEqual([]);
    await page.context().close();
  }, 180_000);

  it('runs where WebAssembly and WebGPU are missing and storage is forbidden', async () => {
    const { page } = await visit(small, WIDE, async (page) => {
      // The worker takes WebAssembly from its scope; where the file does not come it cannot start either.
      await page.route(/\.wasm$/, (route) => route.abort());
      await page.addInitScript(() => {
        for (const storage of ['localStorage', 'sessionStorage'])
          Object.defineProperty(window, storage, {
            get() {
              throw new DOMException('The operation is insecure.', 'SecurityError');
            },
          });
      });
    });
    await reaches(page, 'done');
    await demoOf(page)
      .locator('details', { hasText: 'More settings' })
      .first()
      .evaluate((element) => element.setAttribute('open', ''));
    expect(await demoOf(page).textContent()).toMatch(/Runs on CPU\..*WASM not: /);
    await page.context().close();
  }, 180_000);

  it('keeps its figures and says what is wrong where a part of the site does not load', async () => {
    for (const part of [/\/assets\/js\/.*\.js$/, /generated\/mnist-.*\.bin$/]) {
      const { page } = await visit('');
      await page.evaluate(() => document.fonts.ready);
      let blocked = 0;
      await page.context().route(part, (route) => {
        blocked++;
        return route.abort();
      });
      await run(page);
      if (!digits && String(part).includes('generated')) {
        await reaches(page, 'done');
      } else {
        await reaches(page, 'failed');
        expect(blocked).toBeGreaterThan(0);
        expect(await demoOf(page).getByRole('alert').textContent()).toMatch(/could not (start|be loaded).*/);
        expect(await still(page).count()).toBe(1);
        // When it comes again, Run is enough.
        await page.context().unroute(part);
        await run(page);
        await reaches(page, 'done');
      }
      await page.context().close();
    }
  }, 240_000);
});

it('lesson 19 learns from pictures that the reader chooses, says so of other files, and goes back to digits', async ({
  skip,
}) => {
  skip(!walksLesson('image-classification'), LEFT_OUT);
  const { page, errors } = await site.visit('/lessons/image-classification/?images=100&epochs=1');
  await reaches(page, 'done');
  const own = page.getByRole('region', { name: 'Your pictures' });
  const said = () => figure(page).textContent();
  expect(await said()).toContain('images of MNIST');
  const choose = (name: string, bytes: Buffer) =>
    own.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: bytes });
  const pictures = Buffer.from(
    Uint8Array.from({ length: 60 * 3073 }, (_, i) => (i % 3073 === 0 ? (i / 3073) % 10 : i % 256)),
  );
  await choose('data_batch_1.bin', pictures);
  expect(await own.textContent()).toContain('Runs learn from data_batch_1.bin.');
  await own.getByRole('button', { name: 'Run with these pictures' }).click();
  await expect.poll(said, { timeout: 60_000 }).toContain('Validation accuracy on 12 images of CIFAR-10');
  await reaches(page, 'done');
  expect(await demoOf(page).getAttribute('data-tensors')).toBe('0');
  await choose('photo.bin', pictures.subarray(0, 100));
  await own.getByRole('button', { name: 'Run with these pictures' }).click();
  await reaches(page, 'failed');
  expect(await demoOf(page).getByRole('alert').textContent()).toContain('photo.bin must have records of 3073 bytes');
  await own.getByRole('button', { name: 'Back to digits' }).click();
  await run(page);
  await expect.poll(said, { timeout: 60_000 }).toContain('images of MNIST');
  await reaches(page, 'done');
  expect(errors).toEqual([]);
  await page.context().close();
}, 180_000);

it('lesson 23 gives the files that it counted: those of its default run, and those of a run of the reader', async ({
  skip,
}) => {
  skip(!walksLesson('all-together'), LEFT_OUT);
  const { page, errors } = await site.visit('/lessons/all-together/');
  const take = async () => {
    const files = new Map<string, Buffer>();
    for (const name of ['model.json.gz', 'group1-shard1of1.bin.gz']) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: `Download ${name}` }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(name);
      files.set(name, readFileSync(await download.path()));
    }
    return [...files.values()];
  };
  const lengths = (files: readonly Buffer[]) =>
    files.reduce((sum, { length }) => sum + length, 0).toLocaleString('en-US');
  const counted = async () => {
    const files = await take();
    expect(await demoOf(page).textContent()).toContain(
      `${lengths(files.map((file) => gunzipSync(file)))} bytes in 2 files, ${lengths(files)} packed by gzip`,
    );
    return files;
  };
  const before = await counted();
  await demoOf(page).locator('select[name=bits]').selectOption('3');
  await reaches(page, 'done');
  await expect.poll(() => summaryOf(page), { timeout: 30_000 }).toContainEqual(expect.stringContaining('in 3 bits'));
  expect(lengths(await counted())).not.toBe(lengths(before));
  expect(errors).toEqual([]);
  await page.context().close();
}, 120_000);

it('figures are as dark as the page, before any run and after one, and turn with it at once', async ({ skip }) => {
  skip(!walksLesson('compute-by-hand'), LEFT_OUT);
  const { page, errors } = await site.visit('/lessons/compute-by-hand/', { ...WIDE, colorScheme: 'dark' });
  const asked: string[] = [];
  page.on('request', (request) => /generated\/(drawings|lessons)/.test(request.url()) && asked.push(request.url()));
  const grounds = () =>
    page
      .locator('[data-lesson] figure svg:visible > rect:first-of-type')
      .evaluateAll((all) => [...new Set(all.map((rect) => getComputedStyle(rect).fill))]);
  const turn = (theme: string) => page.evaluate((to) => document.documentElement.setAttribute('data-theme', to), theme);
  const lines = () =>
    page
      .locator('[data-lesson] figure svg:visible [data-mark=edges] > g')
      .evaluateAll((all) => all.map((line) => getComputedStyle(line).stroke).join());
  expect(await grounds()).toEqual(['rgb(29, 29, 33)']);
  const dark = await lines();
  await turn('light');
  expect(await grounds()).toEqual(['rgb(255, 255, 255)']);
  expect(await lines()).not.toBe(dark);
  expect(asked).toEqual([]);
  await run(page);
  await reaches(page, 'done');
  expect(await grounds()).toEqual(['rgb(255, 255, 255)']);
  await turn('dark');
  expect(await grounds()).toEqual(['rgb(29, 29, 33)']);
  expect(errors).toEqual([]);
  await page.context().close();
}, 120_000);

it('a guess is drawn with the pointer, or place by place by keyboard', async ({ skip }) => {
  skip(!walksLesson('weights-during-learning'), LEFT_OUT);
  const { page, errors } = await site.visit('/lessons/weights-during-learning/');
  const predict = demoOf(page).getByRole('region', { name: 'Predict, then see' });
  const line = () => predict.locator('polyline').last().getAttribute('points');
  const heights = async () => (await line())!.split(' ').map((point) => Number(point.split(',')[1]));
  expect(await predict.locator('polyline').count()).toBe(0);
  await predict.locator('svg').scrollIntoViewIfNeeded();
  const box = (await predict.locator('svg').boundingBox())!;
  // From the upper left to the lower right, in a few movements.
  const at = (share: number) =>
    [box.x + box.width * (0.12 + 0.83 * share), box.y + box.height * (0.2 + 0.5 * share)] as const;
  await page.mouse.move(...at(0));
  await page.mouse.down();
  for (const share of [0.3, 0.5, 1]) await page.mouse.move(...at(share));
  await page.mouse.up();
  const drawn = await heights();
  expect(drawn).toHaveLength(14);
  expect(drawn.every((height, i) => i === 0 || height >= drawn[i - 1]!)).toBe(true);
  // The last place was drawn last; one to the left of it goes up by keyboard, and no other.
  const [place, height] = [predict.getByRole('slider').first(), predict.getByRole('slider').last()];
  await place.press('ArrowLeft');
  expect(await place.getAttribute('aria-valuetext')).toBe('epoch 22');
  for (let i = 0; i < 4; i++) await height.press('ArrowUp');
  expect(await height.getAttribute('aria-valuetext')).toMatch(/^epoch 22: \d/);
  const changed = await heights();
  expect(changed.map((y, i) => (y < drawn[i]! ? i : -1)).filter((i) => i >= 0)).toEqual([12]);
  expect(await violations(page)).toEqual([]);
  await predict.getByRole('button').click();
  await reaches(page, 'running', 'timing', 'done');
  expect(errors).toEqual([]);
  await page.context().close();
}, 180_000);

it('another input to the same weights trains nothing: not even TensorFlow.js starts', async ({ skip }) => {
  skip(!walksLesson('compute-by-hand'), LEFT_OUT);
  const asked: string[] = [];
  const { page, errors } = await site.visit('/lessons/compute-by-hand/', WIDE, async (page) => {
    page.on('request', (request) => asked.push(request.url()));
  });
  const titles = new Set<string>();
  for (const input of ['1, 1', '0, 0']) {
    await demoOf(page).locator('select[name=input]').selectOption(input);
    await expect
      .poll(() => demoOf(page).textContent(), { timeout: 30_000 })
      .toContain('The same weights: nothing was trained for this.');
    await reaches(page, 'done');
    await expect.poll(() => summaryOf(page)).toContain(`By hand for the input (${input}):`);
    titles.add(await figure(page).locator('[data-live] svg').innerHTML());
    // The weights are those of the run before.
    expect((await summaryOf(page)).filter((sentence) => sentence.includes(' -> '))).toHaveLength(9);
  }
  expect(titles.size).toBe(2);
  expect(asked.filter((url) => url.endsWith('.wasm'))).toEqual([]);
  const kept = (await summaryOf(page)).find((sentence) => sentence.startsWith('0B -> L1N0'))!;
  // Other weights take a run, and a new input after it takes none.
  await type(page, 'seed', '13');
  await reaches(page, 'running', 'timing', 'held', 'done');
  await run(page);
  await expect.poll(() => summaryOf(page), { timeout: 60_000 }).not.toContain(kept);
  await reaches(page, 'done');
  await demoOf(page).locator('select[name=input]').selectOption('1, 0');
  await expect.poll(() => demoOf(page).textContent()).toContain('The same weights');
  expect(await demoOf(page).locator('input[name=seed]').inputValue()).toBe('13');
  expect(errors).toEqual([]);
  await page.context().close();
}, 120_000);

// The drawings are in the HTML twice, for wide and for narrow screens, with the values that they show; a large one is an image. The
// gallery has every chart.
it.each([...LESSONS.map(({ name }) => [`lessons/${name}`, 68] as const), ['docs/viz/gallery', 165] as const])(
  'the page %s with its drawings is no larger than %d kB, gzipped',
  (path, most) => {
    const html = readFileSync(new URL(`../build/${path}/index.html`, import.meta.url));
    expect(html.includes('class="still')).toBe(true);
    expect(gzipSync(html).length).toBeLessThan(1000 * most);
  },
);

it('a control without effect is disabled and says why', async ({ skip }) => {
  skip(!walksLesson('breaking-symmetry'), LEFT_OUT);
  const { page } = await site.visit('/lessons/breaking-symmetry/?start=random&examples=100&epochs=1');
  const layers = demoOf(page).locator('select[name=layers]');
  await expect.poll(() => layers.isDisabled()).toBe(true);
  expect(await layers.evaluate((select) => select.parentElement!.textContent)).toContain(
    'No effect: All start at random.',
  );
  await page.context().close();
}, 60_000);

it('a short run starts when a setting is changed, a long one waits and says how long it takes', async ({ skip }) => {
  skip(!walksLesson('breaking-symmetry'), LEFT_OUT);
  const { page, errors } = await site.visit('/lessons/breaking-symmetry/?examples=100&epochs=1');
  await reaches(page, 'done');
  const summary = await summaryOf(page);
  await demoOf(page).locator('select[name=start]').selectOption('random');
  await reaches(page, 'running', 'done');
  await expect.poll(() => summaryOf(page), { timeout: 30_000 }).not.toEqual(summary);
  await type(page, 'examples', '20000');
  await type(page, 'epochs', '60');
  await reaches(page, 'held');
  expect(await demoOf(page).getAttribute('data-stale')).toBe('true');
  expect(await demoOf(page).textContent()).toMatch(/Settings changed.*It takes about \d+ (s|minutes)/);
  expect(errors).toEqual([]);
  await page.context().close();
}, 120_000);

it('a word of the glossary shows its meaning by keyboard, inside the window, until Escape; numbers open before any run', async ({
  skip,
}) => {
  skip(!walksLesson('breaking-symmetry'), LEFT_OUT);
  const { page, errors } = await site.visit('/lessons/breaking-symmetry/', NARROW);
  for (const term of await page.locator('a[href*="/lessons/glossary/#"]').all()) {
    await term.focus();
    const tip = page.getByRole('tooltip');
    await expect.poll(() => tip.filter({ visible: true }).count()).toBe(1);
    const { x, width } = (await tip.filter({ visible: true }).boundingBox())!;
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(NARROW.viewport.width);
    await page.keyboard.press('Escape');
    await expect.poll(() => tip.filter({ visible: true }).count()).toBe(0);
  }
  await figure(page).locator('details summary').click();
  await expect.poll(() => figure(page).locator('details td').count()).toBeGreaterThan(20);
  expect(errors).toEqual([]);
  await page.context().close();
}, 60_000);

it('a stack of layers is built by clicking, dragged and typed, and its figure is there within 100 ms', async ({
  skip,
}) => {
  skip(!walksLesson('what-a-weight-is'), LEFT_OUT);
  const { page, errors } = await site.visit('/lessons/what-a-weight-is/');
  const title = () => figure(page).locator('[data-live] svg > title').textContent();
  await demoOf(page).getByRole('button', { name: '+ Dense' }).click();
  await expect.poll(title).toBe('2,954 parameters, as TensorFlow.js keeps them');
  const times: number[] = [];
  while (times.length < 6 && !times.some((time) => time < 100)) {
    // From the input to the first frame that shows the changed figure.
    times.push(
      await page.evaluate(
        async (units) => {
          const main = document.querySelector('[data-lesson] figure')!;
          const slider = document.querySelector<HTMLInputElement>('input[aria-label^="Layer 2, Dense"][type=range]')!;
          const drawing = () => main.querySelector('[data-live] svg')?.outerHTML;
          const before = drawing();
          const begin = performance.now();
          const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!;
          set.call(slider, String(units));
          slider.dispatchEvent(new Event('input', { bubbles: true }));
          while (drawing() === before) await new Promise(requestAnimationFrame);
          return performance.now() - begin;
        },
        2 + times.length / 5,
      ),
    );
  }
  expectQuick('what-a-weight-is: dragged and drawn', times, 100);
  // The run that follows by itself asks TensorFlow.js, which counts the same.
  await reaches(page, 'done');
  expect(await demoOf(page).getByText('TensorFlow.js counts the same.').first().textContent()).toMatch(
    /[\d,]+ parameters by the rule/,
  );
  // What does not fit any more is left out, and that is said.
  await demoOf(page).getByLabel('Input', { exact: true }).selectOption('image');
  await expect
    .poll(() => demoOf(page).textContent())
    .toContain('is left out: Dense reads a vector, and here comes a picture');
  await demoOf(page).getByRole('button', { name: '+ Conv2D', exact: true }).click();
  const filters = demoOf(page).getByLabel('Layer 1, Conv2D: filters', { exact: true });
  await filters.fill('9999');
  await filters.press('Enter');
  expect(await filters.inputValue()).toBe('256');
  await demoOf(page).getByLabel('Convention').selectOption('PyTorch');
  await expect.poll(title).toBe('2,560 parameters, as PyTorch keeps them');
  await demoOf(page).getByRole('button', { name: 'Remove layer 1, Conv2D' }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get('stack')).toBe('image-28-28-1');
  expect(await violations(page)).toEqual([]);
  expect(errors).toEqual([]);
  await page.context().close();
}, 120_000);

it('y = Wx + b is multiplied step by step by keyboard, in both conventions', async ({ skip }) => {
  skip(!walksLesson('what-a-weight-is'), LEFT_OUT);
  const { page, errors } = await site.visit('/lessons/what-a-weight-is/');
  const box = demoOf(page).getByRole('region', { name: 'Multiply by hand' });
  expect(await box.textContent()).toContain('y = xW + b');
  for (let step = 0; step < 3; step++) await box.getByRole('button', { name: 'Next' }).press('Enter');
  const sum = await box.locator('p').last().textContent();
  expect(sum).toMatch(/^y1: .* = −2.28$/);
  await demoOf(page).getByLabel('Convention').selectOption('PyTorch');
  await expect.poll(() => box.textContent()).toContain('y = Wx + b');
  expect(await box.locator('p').last().textContent()).toBe(sum);
  expect(errors).toEqual([]);
  await page.context().close();
}, 60_000);

/** Milliseconds from each move of a slider to the main figure that follows it. */
const dragged = (page: Page, label: string, moves: readonly number[]): Promise<number[]> =>
  page.evaluate(
    async ([label, moves]) => {
      const slider = document.querySelector<HTMLInputElement>(
        `[data-lesson] input[type=range][aria-label^="${label}"]`,
      )!;
      const figure = document.querySelector('[data-lesson] figure')!;
      const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!;
      const all: number[] = [];
      for (const move of moves) {
        const begin = performance.now();
        const drawn = new Promise<void>((resolve) => {
          const observer = new MutationObserver(() => {
            observer.disconnect();
            requestAnimationFrame(() => resolve());
          });
          observer.observe(figure, { childList: true, subtree: true });
        });
        setValue.call(slider, String(move));
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        await drawn;
        all.push(performance.now() - begin);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      return all;
    },
    [label, moves] as const,
  );

it('figures follow a slider while it is dragged, within 100 ms', async ({ skip }) => {
  skip(!walksLesson('signal-propagation'), LEFT_OUT);
  const { page, errors } = await site.visit('/lessons/signal-propagation/');
  await run(page);
  await reaches(page, 'done');
  const moves = Array.from({ length: 10 }, (_, move) => -2 + 0.1 * move);
  const times = await dragged(page, 'Standard deviation', moves);
  expectQuick('signal-propagation: dragged and drawn', times, 100);
  await expect.poll(() => new URL(page.url()).searchParams.get('std')).toBe('0.0794');
  expect(await figure(page).textContent()).toContain('Std 0.0794');
  expect(await demoOf(page).getAttribute('data-tensors')).toBe('0');
  // What takes long does not keep them from it: it waits until it is asked for.
  const train = demoOf(page).locator('input[name=train]');
  await train.evaluate((input) => input.closest('details')?.setAttribute('open', ''));
  await train.check();
  await reaches(page, 'held');
  expect(await demoOf(page).textContent()).toMatch(/Shown without what takes longer\. .*about \d+ s\./);
  await type(page, 'std', '0.2');
  await expect.poll(() => figure(page).textContent(), { timeout: 10_000 }).toContain('Std 0.2');
  await reaches(page, 'held');
  // The figures that are not in view are drawn when the control rests.
  await expect.poll(() => demoOf(page).getAttribute('data-stale')).toBe('false');
  expect((await summaryOf(page)).join(' ')).not.toContain('test accuracy');
  await run(page);
  await reaches(page, 'done');
  expect((await summaryOf(page)).join(' ')).toMatch(/After training .* the test accuracy is/);
  expect(errors).toEqual([]);
  await page.context().close();
}, 120_000);

it('samples of another layer follow its slider while it is dragged, and nothing is trained for them', async ({
  skip,
}) => {
  skip(!walksLesson('initializers-side-by-side'), LEFT_OUT);
  const { page, errors } = await site.visit('/lessons/initializers-side-by-side/');
  await run(page);
  await reaches(page, 'done');
  const moves = Array.from({ length: 10 }, (_, move) => 10 + 5 * move);
  const times = await dragged(page, 'Inputs of the layer', moves);
  expectQuick('initializers-side-by-side: dragged and drawn', times, 100);
  await expect.poll(() => new URL(page.url()).searchParams.get('inputs')).toBe('55');
  expect(await figure(page).textContent()).toContain('55 inputs');
  expect(await demoOf(page).getAttribute('data-stale')).toBe('false');
  expect(await demoOf(page).getAttribute('data-tensors')).toBe('0');
  expect(errors).toEqual([]);
  await page.context().close();
}, 120_000);

it('a click on the map starts the walks there, drawn within 100 ms; keys and the address do the same', async ({
  skip,
}) => {
  skip(!walksLesson('weight-updates'), LEFT_OUT);
  for (const size of [WIDE, NARROW]) {
    const { page, errors } = await site.visit('/lessons/weight-updates/', size);
    const places = () =>
      Promise.all(['x', 'y'].map((name) => demoOf(page).locator(`input[name=${name}]`).inputValue().then(Number)));
    const map = figure(page).locator(':is([data-live] svg, .still svg, img):visible').first();
    const clickAt = async (across: number, down: number) => {
      const { width, height } = (await map.boundingBox())!;
      await map.click({ position: { x: across * width, y: down * height } });
    };
    await clickAt(0.5, 0.55);
    await expect.poll(() => figure(page).locator('[data-live] svg').count()).toBe(1);
    const [x, y] = await places();
    expect(Math.abs(x!)).toBeLessThan(1);
    await clickAt(0.75, 0.65);
    await expect.poll(async () => (await places())[0]!).toBeGreaterThan(x! + 1);
    expect((await places())[1]!).toBeLessThan(y!);
    await reaches(page, 'done');
    const times: number[] = [];
    while (times.length < 6 && !times.some((time) => time < 100))
      times.push(
        await page.evaluate(
          async (share) => {
            const main = document.querySelector('[data-lesson] figure')!;
            const svg = main.querySelector('[data-live] svg')!;
            const { left, top, width, height } = svg.getBoundingClientRect();
            const [before, begin] = [svg.outerHTML, performance.now()];
            const at = { clientX: left + width * share, clientY: top + height * 0.6, bubbles: true, button: 0 };
            svg.dispatchEvent(new PointerEvent('pointerdown', { ...at, pointerType: 'mouse' }));
            while (main.querySelector('[data-live] svg')!.outerHTML === before)
              await new Promise(requestAnimationFrame);
            return performance.now() - begin;
          },
          0.3 + times.length / 20,
        ),
      );
    expectQuick('weight-updates: clicked and drawn', times, 100);
    await type(page, 'x', '3.25');
    await expect.poll(() => new URL(page.url()).searchParams.get('x')).toBe('3.25');
    expect(errors).toEqual([]);
    await page.context().close();
  }
}, 120_000);

it('a step by hand stands beside that of TensorFlow.js, before a run and after', async ({ skip }) => {
  skip(!walksLesson('weight-updates'), LEFT_OUT);
  const { page, errors } = await site.visit('/lessons/weight-updates/');
  const box = demoOf(page).getByRole('region', { name: 'Step by hand' });
  const numbers = async (head: string) =>
    (
      await box
        .locator('tr', { has: page.getByRole('rowheader', { name: head }) })
        .locator('td')
        .allTextContents()
    ).map((text) => Number(text.replace('−', '-')));
  const agree = async () => {
    await expect.poll(async () => (await numbers('tf.train has')).some(Number.isNaN), { timeout: 20_000 }).toBe(false);
    const [after, given] = [await numbers('w after'), await numbers('tf.train has')];
    // Five steps on their own path: each may add a rounding of 1e-6.
    for (const [i, value] of after.entries()) expect(Math.abs(value - given[i]!)).toBeLessThan(1e-5);
    return after.join();
  };
  const all = new Set<string>();
  for (const name of ['SGD', 'momentum', 'RMSProp', 'Adam']) {
    await box.getByRole('button', { name, exact: true }).press('Enter');
    all.add(await agree());
    await box.getByRole('button', { name: 'Next' }).press('Enter');
    all.add(await agree());
  }
  expect(all.size).toBe(8);
  await type(page, 'rate', '0.3');
  await reaches(page, 'done');
  expect(all).not.toContain(await agree());
  expect(errors).toEqual([]);
  await page.context().close();
}, 90_000);

it.each(['compute-by-hand', 'regularization', 'what-a-weight-is', 'weight-updates'])(
  'the page of lesson %s loads no TensorFlow.js of its own: that is for the worker',
  async (name) => {
    const scripts: string[] = [];
    const { page } = await site.visit(`/lessons/${name}/`, WIDE, async (page) => {
      page.on('response', (response) => {
        if (response.url().endsWith('.js'))
          response.text().then(
            (text) => scripts.push(text),
            () => {},
          );
      });
    });
    await page.waitForTimeout(500);
    expect(scripts.length).toBeGreaterThan(2);
    expect(scripts.filter((text) => text.includes('setBackend'))).toHaveLength(0);
    await page.context().close();
  },
  60_000,
);
