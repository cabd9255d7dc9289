// npm run bench:bits: what trained networks lose when their kernels have 8, 6, 4, 3 and 2 bits, by each method; rewrites bits.json, which
// has everything that was measured, and BITS.md, its tables.
//   node bits.mjs [--seeds 1,2,3,4,5]     other seeds than the committed ones write nothing
//   node bits.mjs --text                  the tables alone, from what was measured before
// WEIGHTKIT_CIFAR10 names a folder with CIFAR-10 in its binary format, WEIGHTKIT_MODELS one of published models; without them what was
// measured there before stays. Seeds run in processes of their own, two at once; a run that was interrupted goes on where it was.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { readMnist } from '@weightkit/datasets/node';
import { startBackend } from '@weightkit/lesson/node';
import { gitIn } from '../scripts/lib/changed-files.mjs';
import { inputsOfFile } from '../scripts/lib/table-inputs.mjs';
import { cellsOf, NETWORKS, SAMPLE, sampleOf, trainedNetwork } from './bits-cases.mjs';
import { TITLES } from './bits-figures.mjs';
import { bitsTable } from './bits-table.mjs';
import { readCifar } from './cifar.mjs';
import { machineLine } from './machine.mjs';
import { PUBLISHED, publishedNetwork } from './published-models.mjs';

const SEEDS = '1,2,3,4,5';
/** Left out where networks are larger. */
const SLOW = ['`adaRound`', '`mixedPrecision`'];
/** Other seeds, for the goals that ask which of two methods is better: at so many bits, of networks that have no part in anything else. */
const MORE = {
  bits: 3,
  seeds: [6, 7, 8, 9, 10, 11],
  methods: ['nearest', '`gptq`', '`awq`', '`adaRound`', '`hqq`'],
};
const FILE = new URL('bits.json', import.meta.url);
const { WEIGHTKIT_CIFAR10: images, WEIGHTKIT_MODELS: models } = process.env;
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: SEEDS },
    text: { type: 'boolean' },
    task: { type: 'string' },
  },
});

/** What a process of its own measures: the sample, the published models, or a network from a seed. */
async function measured([kind, seed, more]) {
  await startBackend('bench:bits', kind === 'sample' ? SAMPLE.backend : 'node');
  if (kind === 'sample') return sampleOf(await readMnist());
  if (kind === 'published') {
    const network = await publishedNetwork(seed, models, await readMnist());
    return cellsOf(network, ({ method }) => !SLOW.includes(method));
  }
  const network = await trainedNetwork(kind, Number(seed), kind === 'cifar' ? readCifar(images) : await readMnist());
  const made = await cellsOf(network, ({ method, bits }) =>
    more === undefined ? true : bits === MORE.bits && MORE.methods.includes(method),
  );
  network.dispose();
  return made;
}

/** The runs of seeds as one: what each measured, a list a number. */
function joined(runs) {
  const [first] = runs;
  const each = (of) => runs.map(of);
  return {
    whole: {
      right: each(({ whole }) => whole.right),
      entropy: each(({ whole }) => whole.entropy),
      tuned: each(({ whole }) => whole.tuned.right),
    },
    rows: first.cells.map(({ method, grid, bits }, i) => ({
      method,
      grid,
      bits,
      stored: runs.reduce((sum, { cells }) => sum + cells[i].stored, 0) / runs.length,
      right: each(({ cells }) => cells[i].right),
      same: each(({ cells }) => cells[i].same),
      entropy: each(({ cells }) => cells[i].entropy),
    })),
  };
}

/** JSON with a row a line. */
const lines = (data) =>
  JSON.stringify(data, null, 1)
    .replaceAll(/\{\s+"method"[^{}]*\}/g, (row) => JSON.stringify(JSON.parse(row)))
    .replaceAll(/\[\s+(-?[\d.]+,?\s+)+\]/g, (list) => JSON.stringify(JSON.parse(list)));

async function measureAll() {
  const program = fileURLToPath(import.meta.url);
  const seeds = values.seeds.split(',');
  const names = Object.keys(NETWORKS).filter((name) => name !== 'cifar' || images);
  const counted = Object.keys(TITLES);
  const tasks = [
    ...names.flatMap((name) => seeds.map((seed) => `${name} ${seed}`)),
    ...counted.flatMap((name) => MORE.seeds.map((seed) => `${name} ${seed} more`)),
  ];
  tasks.push('sample', ...(models ? PUBLISHED.map((name) => `published ${name}`) : []));
  const found = {};
  const queue = tasks.values();
  // What is done is kept here until all is.
  const inputs = inputsOfFile('benchmarks/bits-cases.mjs');
  const scratch = fileURLToPath(new URL(`../node_modules/.cache/weightkit/bits-${inputs}`, import.meta.url));
  mkdirSync(scratch, { recursive: true });
  async function lane() {
    for (const task of queue) {
      const kept = join(scratch, `${task}.json`);
      if (!existsSync(kept)) {
        const options = { maxBuffer: 1 << 26, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } };
        const { stdout } = await promisify(execFile)(process.execPath, [program, '--task', task], options);
        writeFileSync(kept, stdout.trim().split('\n').at(-1));
      }
      found[task] = JSON.parse(readFileSync(kept, 'utf8'));
      console.log(`${task} is done`);
    }
  }
  await Promise.all([lane(), lane()]);
  rmSync(scratch, { recursive: true });
  const before = JSON.parse(readFileSync(FILE, 'utf8'));
  return {
    made: {
      by: 'npm run bench:bits',
      commit: gitIn()('describe', '--always', '--dirty', '--exclude=*') ?? 'unknown',
      machine: machineLine(['@tensorflow/tfjs-node']),
      seeds: seeds.map(Number),
      inputs,
    },
    sample: found.sample,
    networks: {
      ...before.networks,
      ...Object.fromEntries(names.map((name) => [name, joined(seeds.map((seed) => found[`${name} ${seed}`]))])),
    },
    more: {
      seeds: MORE.seeds,
      networks: Object.fromEntries(
        counted.map((name) => [name, joined(MORE.seeds.map((seed) => found[`${name} ${seed} more`]))]),
      ),
    },
    published: models
      ? Object.fromEntries(PUBLISHED.map((name) => [name, found[`published ${name}`]]))
      : before.published,
  };
}

if (values.task !== undefined) {
  console.log(JSON.stringify(await measured(values.task.split(' '))));
  process.exit();
}
const data = values.text ? JSON.parse(readFileSync(FILE, 'utf8')) : await measureAll();
const table = bitsTable(data);
console.log(table);
if (values.text || values.seeds === SEEDS) {
  if (!values.text) writeFileSync(FILE, `${lines(data)}\n`);
  writeFileSync(new URL('BITS.md', import.meta.url), table);
}
