// A Vite app that trains and prunes in a Web Worker: built, served, opened in Chromium.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build } from 'vite';
import { openPage, serve } from '../../scripts/lib/chromium.mjs';

/** Builds; what the bundler warns of is an error here. */
export async function buildApp(folder) {
  const warnings = [];
  const onwarn = (warning) => warnings.push(warning.message);
  await build({
    configFile: false,
    root: join(folder, 'vite'),
    logLevel: 'silent',
    worker: { format: 'es', rollupOptions: { onwarn } },
    build: { rollupOptions: { onwarn }, chunkSizeWarningLimit: 4000 },
  });
  const ours = warnings.filter((message) => message.includes('@weightkit'));
  if (ours.length) throw new Error(`vite warns of\n${ours.join('\n')}`);
}

export async function vite({ folder, browser }) {
  await buildApp(folder);
  const server = await serve(join(folder, 'vite/dist'));
  try {
    const { page, errors } = await openPage(browser, server.url);
    assert.deepEqual(errors, []);
    const result = JSON.parse(await page.textContent('#result'));
    assert.ok(result.losses[9] < result.losses[0], 'it learns in the worker');
    assert.deepEqual(result.verified, { pruned: 48, nonzero: 0, first: null });
    assert.deepEqual([result.sparsity, ...result.bytes], [0.75, 388, 97]);
    assert.ok(result.pngBytes > 1000);
    assert.ok((await page.textContent('#figure svg')).includes('Loss'), 'the chart is in the page');
    await page.close();
    return `loss ${result.losses[0].toFixed(2)} to ${result.losses.at(-1).toFixed(2)} in the worker, chart in the page`;
  } finally {
    await server.close();
  }
}
