import { expect, it } from 'vitest';
import { useSite } from './browser.ts';

const site = useSite();

/** What a newcomer types, and the pages that answer it. */
const QUESTIONS: Record<string, readonly string[]> = {
  xavier: ['/docs/start/initializers/', '/lessons/initializers-side-by-side/', '/lessons/xavier-against-kaiming/'],
  kaiming: ['/docs/start/initializers/', '/lessons/xavier-against-kaiming/'],
  '8 bit': ['/docs/start/quantization/'],
  'lottery ticket': ['/docs/cookbook/', '/docs/start/pruning-while-training/'],
  'freeze layer': ['/docs/start/transfer-freeze/'],
  'save model node': ['/docs/cookbook/', '/docs/node/'],
  'nan loss': ['/docs/cookbook/', '/docs/start/watching-training/'],
  'smaller model': ['/docs/cookbook/', '/docs/start/quantization/', '/docs/start/shrinking/', '/docs/start/pruning/'],
  safetensors: ['/docs/formats/safetensors/', '/docs/start/checkpoint/'],
  'dead relu': ['/docs/cookbook/', '/docs/start/signal-report/'],
  'make model smaller': ['/docs/cookbook/'],
  'freeze layers': ['/docs/start/transfer-freeze/'],
  'load safetensors': ['/docs/formats/safetensors/', '/docs/start/checkpoint/', '/docs/command-line/'],
  'why nan loss': ['/docs/cookbook/', '/docs/start/watching-training/'],
  'weight decay': ['/lessons/weight-updates/', '/lessons/regularization/'],
  'compare two checkpoints': ['/docs/start/checkpoint/', '/docs/start/weight-metrics/', '/docs/command-line/'],
  'visualize weights': ['/docs/start/viz/', '/docs/viz/gallery/'],
  'reproducible seed': ['/docs/start/initializers/', '/docs/start/numerics/'],
  'reduce file size': ['/docs/start/quantization/', '/docs/start/pruning/'],
  'load pytorch weights': [
    '/docs/translate/',
    '/docs/formats/',
    '/docs/formats/safetensors/',
    '/docs/start/checkpoint/',
  ],
  tensorboard: ['/docs/cookbook/', '/docs/start/watching-training/', '/api/weight-metrics/tensorboard/'],
  'feature importance': ['/docs/start/units-and-inputs/'],
  lora: ['/docs/start/adapters/'],
  'catastrophic forgetting': ['/docs/start/averages-and-anchors/'],
  'fine-tune': ['/docs/start/transfer-learning/', '/docs/start/transfer-freeze/', '/docs/start/adapters/'],
  gptq: ['/docs/start/post-training-quantization/'],
  'calibrate activations': ['/docs/start/post-training-quantization/'],
  nf4: ['/docs/start/grids/'],
  'quantization aware training': ['/docs/start/quantization-aware-training/'],
  'exploding gradients': ['/docs/start/signal-report/'],
  'transfer learning': ['/docs/start/transfer-learning/', '/lessons/transfer-learning/'],
  'count parameters': ['/lessons/what-a-weight-is/'],
};

it('the search answers the questions of a newcomer among its first three', async () => {
  const { page, errors } = await site.visit('/search/?q=initializer');
  const links = page.locator('[role=main] article h2 a');
  await links.first().waitFor();
  const missed: Record<string, string[]> = {};
  // Typed into one page: to load it for each question took most of the time.
  const field = page.locator('[role=main] input[type=search]');
  for (const [question, pages] of Object.entries(QUESTIONS)) {
    await field.fill('');
    await links.first().waitFor({ state: 'detached' });
    await field.fill(question);
    await links.first().waitFor();
    const found = await links.evaluateAll((all) =>
      all.slice(0, 3).map((link) => new URL((link as HTMLAnchorElement).href).pathname),
    );
    if (!found.some((path) => pages.includes(path))) missed[question] = found;
  }
  expect(missed).toEqual({});
  expect(errors).toEqual([]);
  await page.context().close();
}, 120_000);

it('the search says nothing of where a function stands in the sources', async () => {
  const { page } = await site.visit('/search/?q=defined');
  await page.locator('[role=main] h1').waitFor();
  await page.waitForTimeout(1000);
  expect(await page.locator('[role=main]').textContent()).not.toMatch(/packages\/\w+\/src/);
  await page.context().close();
}, 60_000);

it('the field in the bar is there at once, and keeps what was typed until it searches', async () => {
  const { page, errors } = await site.visit('/docs/install/');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('orthogonal', { delay: 30 });
  const hit = page.locator('.navbar [class*="suggestion"]').first();
  await hit.waitFor({ timeout: 30_000 });
  expect(await page.locator('.navbar input').inputValue()).toBe('orthogonal');
  expect(await hit.textContent()).toMatch(/orthogonal/i);
  expect(errors).toEqual([]);
  await page.context().close();
}, 60_000);

it('an address that is not there shows where to go and searches', async () => {
  const { page } = await site.visit('/404.html');
  expect(await page.locator('main a').count()).toBeGreaterThan(4);
  await page.locator('main input').fill('orthogonal');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/search\/\?q=orthogonal/);
  await page.context().close();
}, 60_000);

it.each([
  ['/api/pruning/functions/prune/', '/api/pruning/#prune'],
  ['/api/pruning/functions/prune', '/api/pruning/#prune'],
  ['/api/pruning/interfaces/PruneOptions/', '/api/pruning/#PruneOptions'],
  ['/api/core/node/functions/fileSystem/', '/api/core/node/#fileSystem'],
])(
  'the old address %s leads to %s',
  async (old, now) => {
    const { page, errors } = await site.visit('/404.html', undefined, async (page) => {
      // A host of static files answers an address that is not there with this page.
      await page.route(`**${old}`, async (route) => {
        const answer = await route.fetch({ url: new URL('/404.html', route.request().url()).href });
        await route.fulfill({ response: answer, status: 404 });
      });
    });
    await page.evaluate((to) => location.assign(to), old);
    await page.waitForURL((url) => `${url.pathname}${url.hash}` === now);
    const place = page.locator(`[id="${now.split('#')[1]}"]`);
    await expect
      .poll(() => place.evaluate((one) => Math.abs(one.getBoundingClientRect().top) < innerHeight))
      .toBe(true);
    expect(errors.filter((error) => !error.includes('404'))).toEqual([]);
    await page.context().close();
  },
  60_000,
);
