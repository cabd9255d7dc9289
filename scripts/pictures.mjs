// Draws the pictures of the README from what a tour has measured, docs/images/tour.json.
//   npm run build && node scripts/pictures.mjs             draws them
//   npm run build && node scripts/pictures.mjs --measure   takes the tour first, which takes some minutes
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { epochsOf, pictures } from '../examples/tour/dist/pictures.js';
import { root } from './lib/root.mjs';

const images = join(root, 'docs/images');
const data = join(images, 'tour.json');

async function measure() {
  const [{ parseOptions }, { tour }] = await Promise.all([
    import('../examples/tour/dist/options.js'),
    import('../examples/tour/dist/tour.js'),
  ]);
  const out = mkdtempSync(join(tmpdir(), 'tour-'));
  let story;
  try {
    const onStory = (told) => {
      story = told;
    };
    await tour(parseOptions(['--out', out, '--backend', 'wasm']), {
      signal: new AbortController().signal,
      stream: process.stdout,
      onStory,
    });
  } finally {
    rmSync(out, { recursive: true });
  }
  const stages = story.stages.map(({ name, bytes, gzipBytes }) => ({ name, bytes, gzipBytes }));
  writeFileSync(data, `${JSON.stringify({ stages, epochs: epochsOf(story.history) })}\n`);
}

const { values } = parseArgs({ options: { measure: { type: 'boolean', default: false } } });
if (values.measure) await measure();
for (const [file, svg] of Object.entries(pictures(JSON.parse(readFileSync(data, 'utf8')))))
  writeFileSync(join(images, file), svg);
