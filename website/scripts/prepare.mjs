// Writes static/generated/, generated/ and the sheets of the lessons: what pages are or fetch that is made of others, not committed.
//   node scripts/prepare.mjs
import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeForPage, encodeReviewsForPage, MNIST_ATTRIBUTION, PAGE_REVIEWS } from '@weightkit/datasets';
import { nodeData, readMnist } from '@weightkit/datasets/node';
import { writeClaims } from './claims.mjs';
import { collectDrawings } from './drawings.mjs';
import { drawGallery } from './gallery.mjs';
import { writeHome } from './home.mjs';
import { writePictures } from './pictures.mjs';
import { writePrograms } from './programs.mjs';
import { writeSheets } from './sheets.mjs';
import { writeExampleModel } from './your-model.mjs';

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

/** The reviews that a lesson asks for, as numbers of words, in files of 500. */
async function writeReviews() {
  for (const { name, bytes } of await encodeReviewsForPage(await nodeData().reviews(PAGE_REVIEWS)))
    writeFileSync(join(generated, name), bytes);
}

/** What pages with formulas load, and no others. */
function copyKatex() {
  const dist = dirname(createRequire(import.meta.url).resolve('katex/dist/katex.min.css'));
  const folder = join(generated, 'katex');
  mkdirSync(folder);
  copyFileSync(join(dist, 'katex.min.css'), join(folder, 'katex.min.css'));
  cpSync(join(dist, 'fonts'), join(folder, 'fonts'), {
    recursive: true,
    filter: (path) => !/\.(ttf|woff)$/.test(path),
  });
}

rmSync(generated, { recursive: true, force: true });
mkdirSync(generated, { recursive: true });
copyWasm();
copyKatex();
writeExampleModel(join(generated, 'your-model'));
await writeDigits();
await writeReviews();
const drawings = collectDrawings();
await writePictures(join(generated, 'lessons'), drawings);
await writeClaims(join(generated, 'lessons/claims.json'));
drawGallery(drawings);
await writeHome(join(generated, 'home'), drawings);
drawings.write();
await writePrograms(join(generated, 'programs'));
await writeSheets();
