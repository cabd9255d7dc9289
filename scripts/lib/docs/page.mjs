// Runs blocks in pages of Chromium: html blocks as they are, js blocks as a module script under an import map of all packages.
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { openPage } from '../chromium.mjs';
import { packagesOf } from '../packages.mjs';
import { root } from '../root.mjs';
import { compare } from './node.mjs';

/** Where a package is installed that a page asks of jsDelivr: ours in the repository, others below those that have it. */
export function folderOf(name) {
  const ours = packagesOf().find((of) => of.name === name);
  if (ours) return ours.folder;
  for (const from of ['examples/tour', 'tooling/testing', 'packages/viz'].map((path) => join(root, path)))
    try {
      const file = createRequire(join(from, 'package.json')).resolve(name);
      const end = file.lastIndexOf(join('node_modules', name) + sep);
      return file.slice(0, end + join('node_modules', name).length);
    } catch {}
  throw new Error(`${name} is not installed`);
}

const CDN = 'https://cdn.jsdelivr.net/npm';
const TFJS = `${CDN}/@tensorflow/tfjs@4.22.0/dist/tf.fesm.min.js`;

function importMap() {
  const ours = packagesOf().flatMap(({ name, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([entry]) => !['./package.json', './node'].includes(entry))
      .map(([entry, { default: file }]) => [name + entry.slice(1), `${CDN}/${name}@0${file.slice(1)}`]),
  );
  const viz = `${CDN}/@weightkit/viz@0/dist/platform`;
  return {
    imports: {
      ...Object.fromEntries(['tfjs', 'tfjs-core', 'tfjs-layers'].map((name) => [`@tensorflow/${name}`, TFJS])),
      '@tensorflow/tfjs-backend-wasm': `${CDN}/@tensorflow/tfjs-backend-wasm@4.22.0/dist/tf-backend-wasm.fesm.min.js`,
      '@tensorflow/tfjs-backend-webgpu': `${CDN}/@tensorflow/tfjs-backend-webgpu@4.22.0/dist/tf-backend-webgpu.fesm.min.js`,
      // What the wasm backend imports for Node.
      ...Object.fromEntries(
        ['fs', 'path', 'os', 'perf_hooks'].map((name) => [name, 'data:text/javascript,export default {}']),
      ),
      [`${viz}/node.js`]: `${viz}/browser.js`,
      ...Object.fromEntries(ours),
    },
  };
}

function pageOf(code) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>a block</title><body>
<script type="importmap">${JSON.stringify(importMap())}</script>
<script type="module">
${code}
document.documentElement.dataset.done = '';
</script>`;
}

/** What a reader sees. */
// biome-ignore lint/performance/useDomNodeTextContent: textContent has the text of scripts in it
const textOf = async (page) => (await page.locator('body').innerText()).trim();

/** Runs one block in a page of its own; what is wrong with it. A whole page may show its text in place of logging it. */
export async function checkInPage(browser, block) {
  const isPage = block.language === 'html';
  if (isPage && !block.says.length) return 'shows nothing: give what it logs or appends a `// -> ` comment, or file=';
  const until = async (page, logs) => logs.length >= block.says.length || (await textOf(page)) !== '';
  const options = { html: isPage ? block.code : pageOf(block.code), folderOf, ...(isPage && { until }) };
  const { page, logs, errors } = await openPage(browser, 'http://127.0.0.1/block.html', options);
  const printed = isPage && !logs.length ? [await textOf(page)] : logs;
  await page.close();
  return errors.length ? `fails in the page: ${errors.join('\n')}` : compare(block, printed);
}
