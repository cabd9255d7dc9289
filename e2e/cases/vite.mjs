// A Vite app that trains and prunes in a Web Worker: built, served, opened in Chromium.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build } from 'vite';
import { openPage, serve } from '../../scripts/lib/chromium.mjs';

const PAGES = ['index.html', 'guide.html'];

/** Builds; what the bundler warns of is an error here. */
async function buildApp(folder) {
  const warnings = [];
  const onwarn = (warning) => warnings.push(warning.message);
  await build({
    configFile: false,
    root: join(folder, 'vite'),
    logLevel: 'silent',
    worker: { format: 'es', rollupOptions: { onwarn } },
    build: {
      rollupOptions: { onwarn, input: PAGES.map((name) => join(folder, 'vite', name)) },
      chunkSizeWarningLimit: 4000,
    },
  });
  const ours = warnings.filter((message) => message.includes('@weightkit'));
  if (ours.length) throw new Error(`vite warns of\n${ours.join('\n')}`);
}

/** The app of our own: what the worker measured, and a chart. */
async function checkApp(browser, url) {
  const { page, errors } = await openPage(browser, url);
  assert.deepEqual(errors, []);
  const result = JSON.parse(await page.textContent('#result'));
  assert.ok(result.losses[9] < result.losses[0], 'it learns in the worker');
  assert.deepEqual(result.verified, { pruned: 48, nonzero: 0, first: null });
  assert.deepEqual([result.sparsity, ...result.bytes], [0.75, 388, 97]);
  assert.ok(result.pngBytes > 1000);
  assert.ok((await page.textContent('#figure svg')).includes('Loss'), 'the chart is in the page');
  await page.close();
  return result.losses;
}

/** The files of the site's guide, as they are. */
async function checkGuide(browser, url) {
  const { page, errors } = await openPage(browser, `${url}guide.html`, { selector: 'body svg' });
  assert.deepEqual(errors, []);
  await page.close();
}

export async function vite({ folder, browser }) {
  await buildApp(folder);
  const server = await serve(join(folder, 'vite/dist'));
  try {
    const losses = await checkApp(browser, server.url);
    await checkGuide(browser, server.url);
    return `loss ${losses[0].toFixed(2)} to ${losses.at(-1).toFixed(2)} in the worker, charts in the pages`;
  } finally {
    await server.close();
  }
}
