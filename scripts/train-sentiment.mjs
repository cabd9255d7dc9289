// Trains the network of the lesson `sentiment` on tfjs-node, minutes, and writes it: tooling/datasets/src/sentiment-model.json. The list of
// words, tooling/datasets/src/review-words.json, must be that of the reviews; `--words` writes it.
// `--judge` trains nothing and measures the file that is there again.
//   node scripts/train-sentiment.mjs [--words | --judge]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { pnpm, requireNode, root } from './pnpm.mjs';

requireNode();
const { values } = parseArgs({ options: { words: { type: 'boolean' }, judge: { type: 'boolean' } } });
const from = (path) => import(pathToFileURL(join(root, path)).href);
const build = () => {
  const { status } = pnpm(['exec', 'turbo', 'run', 'build', '--filter=lessons', '--output-logs=errors-only']);
  if (status !== 0) process.exit(1);
};

build();
const { frequentWords, nodeData, readImdb } = await from('tooling/datasets/dist/node.js');
const { trainFully, judge, ...settings } = await from('lessons/dist/sentiment/full.js');
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
const modelFile = join(root, 'tooling/datasets/src/sentiment-model.json');
const { START, TRAINING, COUNTS, EPOCHS } = settings;

/** The file that is there, measured again. */
async function judged() {
  const kept = JSON.parse(readFileSync(modelFile, 'utf8'));
  const { test } = await nodeData().reviews({ train: 0, test: COUNTS.test });
  return { ...kept, measured: { ...kept.measured, ...(await judge(Buffer.from(kept.file, 'base64'), test)) } };
}

async function trained() {
  const { file, ...measured } = await trainFully(nodeData(), console.log);
  const made = {
    by: 'node scripts/train-sentiment.mjs',
    backend,
    size: FULL,
    start: START,
    training: TRAINING,
    epochs: EPOCHS,
    reviews: COUNTS,
  };
  return { made, measured, bytes: file.length, file: Buffer.from(file).toString('base64') };
}

const all = values.judge ? await judged() : await trained();
writeFileSync(modelFile, `${JSON.stringify(all, null, 2)}\n`);
pnpm(['exec', 'biome', 'format', '--write', modelFile]);
console.log(`${all.bytes} bytes, ${(100 * all.measured.packed).toFixed(2)} % of ${COUNTS.test} unseen reviews right`);
process.exit(0);
