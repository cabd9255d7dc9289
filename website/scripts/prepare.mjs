// Writes static/generated/ and generated/: what the pages fetch that is made of packages, not committed.
//   node scripts/prepare.mjs
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeForPage, MNIST_ATTRIBUTION } from '@weightkit/datasets';
import { readMnist } from '@weightkit/datasets/node';
import { collectDrawings } from './drawings.mjs';
import { drawGallery } from './gallery.mjs';
import { writePictures } from './pictures.mjs';
import { writePrograms } from './programs.mjs';

const generated = join(dirname(dirname(fileURLToPath(import.meta.url))), 'static/generated');

/** The three builds of the wasm backend: plain, SIMD, SIMD with threads; tfjs chooses by what the browser has. */
function copyWasm() {
  const dist = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  for (const name of readdirSync(dist).filter((file) => file.endsWith('.wasm')))
    copyFileSync(join(dist, name), join(generated, name));
}

/** The digits that lessons ask for, in files of 2,000; a page loads those that it needs. */
async function writeDigits() {
  const files = await encodeForPage(await readMnist());
  for (const { name, bytes } of files) writeFileSync(join(generated, name), bytes);
  const license = 'https://creativecommons.org/licenses/by-sa/3.0/';
  const text = `${MNIST_ATTRIBUTION}, ${license}. The first digits of each part, packed; the pixels are unchanged.\n`;
  writeFileSync(join(generated, 'mnist-license.txt'), text);
}

rmSync(generated, { recursive: true, force: true });
mkdirSync(generated, { recursive: true });
copyWasm();
await writeDigits();
const drawings = collectDrawings();
await writePictures(join(generated, 'lessons'), drawings);
drawGallery(drawings);
drawings.write();
await writePrograms(join(generated, 'programs'));
