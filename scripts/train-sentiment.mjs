// Trains the network of the lesson `sentiment` on tfjs-node, minutes, and writes it: tooling/datasets/src/sentiment-model.json. The list of
// words, tooling/datasets/src/review-words.json, must be that of the reviews; `--words` writes it.
//   node scripts/train-sentiment.mjs [--words]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { pnpm, requireNode, root } from './pnpm.mjs';

requireNode();
const { values } = parseArgs({ options: { words: { type: 'boolean' } } });
const from = (path) => import(pathToFileURL(join(root, path)).href);
const build = () => {
  const { status } = pnpm(['exec', 'turbo', 'run', 'build', '--filter=lessons', '--output-logs=errors-only']);
  if (status !== 0) process.exit(1);
};

build();
const { frequentWords, nodeData, readImdb } = await from('tooling/datasets/dist/node.js');
const { trainFully, ...settings } = await from('lessons/dist/sentiment/full.js');
const { FULL } = await from('lessons/dist/sentiment/network.js');
const { train } = await readImdb();
const texts = train.map(({ t }) => t);
const list = `${JSON.stringify({ words: frequentWords(texts, FULL.words - 2).join(' ') })}\n`;
const listFile = join(root, 'tooling/datasets/src/review-words.json');
if (values.words) {
  writeFileSync(listFile, list);
  build();
} else if (JSON.parse(readFileSync(listFile, 'utf8')).words !== JSON.parse(list).words) {
  console.error('train-sentiment: the list of words is not that of the reviews; write it with --words');
  process.exit(1);
}
const { startBackend } = await from('tooling/lesson/dist/start-backend.js');
const backend = await startBackend('train-sentiment', 'node');
const { file, ...measured } = await trainFully(nodeData(), console.log);
const { START, TRAINING, COUNTS, EPOCHS } = settings;
const made = {
  by: 'node scripts/train-sentiment.mjs',
  backend,
  size: FULL,
  start: START,
  training: TRAINING,
  epochs: EPOCHS,
  reviews: COUNTS,
};
const all = { made, measured, bytes: file.length, file: Buffer.from(file).toString('base64') };
writeFileSync(join(root, 'tooling/datasets/src/sentiment-model.json'), `${JSON.stringify(all, null, 2)}\n`);
console.log(`${file.length} bytes, ${(100 * measured.packed).toFixed(2)} % of ${COUNTS.test} unseen reviews right`);
process.exit(0);
