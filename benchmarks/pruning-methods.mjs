// npm run bench:methods: what a small network on MNIST names when it was pruned by one method or another, all with the same number of
// training steps; rewrites METHODS.md, the table that is committed.
//   node pruning-methods.mjs [--seeds 1,2,3,4,5]     other seeds than the committed ones write nothing
// Seeds run in processes of their own, two at once.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { readMnist } from '@weightkit/datasets/node';
import { startBackend } from '@weightkit/lesson/node';
import { permutation, randomKey } from '@weightkit/numerics';
import {
  grasp,
  obd,
  oneCycle,
  polynomialDecay,
  prune,
  pruneDuring,
  pruneInRounds,
  pruneOneShot,
  random,
  rigl,
  snip,
  sparseEvolution,
  synFlow,
  taylor,
} from '@weightkit/pruning';
import { machineLine } from './machine.mjs';
import { accuracy, interval, tensorsOf } from './mnist.mjs';

const SEEDS = '1,2,3,4,5';
const SPARSITIES = [0.9, 0.97];
const TRAIN = 3000;
const BATCH = 60;
const EPOCHS = 6;
/** Of these, before a method that prunes what has learnt; the others come after it. */
const BEFORE = 4;
const STEP = TRAIN / BATCH;
const FREQUENCY = 10;
const RATE = 0.002;
const DATA = 512;
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: SEEDS }, seed: { type: 'string' } },
});

/**
 * A group of methods by what a user has: steps that come before, and `put`, which prunes or gives a callback for the steps that come after.
 * `more` has the seed, digits for what asks for data, and the number of steps that come after.
 */
const GROUPS = [
  {
    title: 'trained, pruned, not trained again',
    before: EPOCHS,
    methods: {
      'at random': (m, sparsity, { seed }) => prune(m, { sparsity, scope: 'global', score: random({ seed }) }),
      'magnitude, each layer alike': (m, sparsity) => prune(m, { sparsity }),
      "magnitude, `scope: 'global'`": (m, sparsity) => prune(m, { sparsity, scope: 'global' }),
      "magnitude, `scope: 'lamp'`": (m, sparsity) => prune(m, { sparsity, scope: 'lamp' }),
      '`taylor`': async (m, sparsity, { data }) =>
        prune(m, { sparsity, scope: 'global', score: await taylor(m, data) }),
      '`obd`': async (m, sparsity, { data }) => prune(m, { sparsity, scope: 'global', score: await obd(m, data) }),
      '`pruneOneShot`': (m, sparsity, { data }) => pruneOneShot(m, { x: data.x }, { sparsity }),
      "`pruneOneShot`, `scope: 'global'`": (m, sparsity, { data }) =>
        pruneOneShot(m, { x: data.x }, { sparsity, scope: 'global' }),
    },
  },
  {
    title: 'trained, pruned, trained again',
    before: BEFORE,
    methods: {
      'at random': (m, sparsity, { seed }) => prune(m, { sparsity, scope: 'global', score: random({ seed }) }),
      "magnitude, `scope: 'global'`": (m, sparsity) => prune(m, { sparsity, scope: 'global' }),
      '`taylor`': async (m, sparsity, { data }) =>
        prune(m, { sparsity, scope: 'global', score: await taylor(m, data) }),
      "`pruneOneShot`, `scope: 'global'`": (m, sparsity, { data }) =>
        pruneOneShot(m, { x: data.x }, { sparsity, scope: 'global' }),
    },
  },
  {
    title: 'trained, pruned little by little while it is trained again',
    before: BEFORE,
    methods: {
      '`pruneDuring` with `polynomialDecay`': (m, sparsity, { steps }) =>
        pruneDuring(m, polynomialDecay({ final: sparsity, end: steps / 2, frequency: FREQUENCY }), { scope: 'global' }),
    },
  },
  {
    title: 'pruned while it is trained from its start',
    before: 0,
    methods: {
      '`pruneDuring` with `polynomialDecay`': (m, sparsity, { steps }) =>
        pruneDuring(m, polynomialDecay({ final: sparsity, end: steps / 2, frequency: FREQUENCY }), { scope: 'global' }),
      '`pruneDuring` with `oneCycle`': (m, sparsity, { steps }) =>
        pruneDuring(m, oneCycle({ final: sparsity, end: steps, frequency: FREQUENCY }), { scope: 'global' }),
    },
  },
  {
    title: 'sparse from its first step',
    before: 0,
    methods: {
      'at random': (m, sparsity, { seed }) => prune(m, { sparsity, score: random({ seed }) }),
      '`snip`': async (m, sparsity, { data }) => prune(m, { sparsity, scope: 'global', score: await snip(m, data) }),
      '`grasp`': async (m, sparsity, { data }) => prune(m, { sparsity, scope: 'global', score: await grasp(m, data) }),
      '`pruneInRounds` with `synFlow`': (m, sparsity) =>
        pruneInRounds(m, { sparsity, scope: 'global', rounds: 20, score: synFlow }),
      '`sparseEvolution`': (m, sparsity, { seed }) =>
        sparseEvolution(m, { sparsity, scope: 'erk', frequency: FREQUENCY, seed }),
      '`rigl`': (m, sparsity, { seed, steps }) =>
        rigl(m, { sparsity, scope: 'erk', frequency: FREQUENCY, end: (3 * steps) / 4, seed }),
    },
  },
];

function network(seed) {
  const dense = (units, more) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.heNormal({ seed: seed + units }), ...more });
  const model = tf.sequential({
    layers: [
      dense(64, { activation: 'relu', inputShape: [784] }),
      dense(32, { activation: 'relu' }),
      dense(10, { activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(RATE), loss: 'categoricalCrossentropy' });
  return model;
}

/** The accuracies of a seed: of the dense network, and by group, method and sparsity. */
async function measured(seed) {
  await startBackend('bench:methods', 'node');
  const { train, test } = await readMnist();
  const everyTest = tensorsOf(test, [...Array(test.count).keys()]);
  const order = permutation(train.count, randomKey(seed)).slice(0, TRAIN);
  const { x, labels } = tensorsOf(train, [...order]);
  const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 10).toFloat();
  const data = { x: tf.slice(x, [0, 0], [DATA, 784]), y: tf.slice(y, [0, 0], [DATA, 10]) };
  const fit = (model, epochs, callbacks) =>
    epochs === 0
      ? undefined
      : model.fit(x, y, {
          epochs,
          batchSize: BATCH,
          shuffle: false,
          verbose: 0,
          yieldEvery: 'never',
          ...(callbacks && { callbacks }),
        });
  async function run(before, put, sparsity) {
    const model = network(1000 * seed);
    await fit(model, before);
    const made = await put(model, sparsity, { seed, data, steps: (EPOCHS - before) * STEP });
    await fit(model, EPOCHS - before, made?.pruning ? made : undefined);
    const pruning = made?.pruning ?? made;
    if (pruning && Math.abs(pruning.sparsity - sparsity) > 1e-3)
      throw new Error(`the network must have ${sparsity} zeros, got ${pruning.sparsity}`);
    const found = await accuracy(model, everyTest);
    model.dispose();
    return found;
  }
  const dense = await run(0, () => undefined, 0);
  const groups = [];
  for (const { before, methods } of GROUPS) {
    const rows = {};
    for (const [name, put] of Object.entries(methods)) {
      rows[name] = [];
      for (const sparsity of SPARSITIES) rows[name].push(await run(before, put, sparsity));
    }
    groups.push(rows);
  }
  return { dense, groups };
}

if (values.seed !== undefined) {
  console.log(JSON.stringify(await measured(Number(values.seed))));
  process.exit();
}
const seeds = values.seeds.split(',').map(Number);
const program = fileURLToPath(import.meta.url);
const runs = [];
const queue = seeds.entries();
async function lane() {
  for (const [i, seed] of queue) {
    const { stdout } = await promisify(execFile)(process.execPath, [program, '--seed', `${seed}`]);
    runs[i] = JSON.parse(stdout.trim().split('\n').at(-1));
    console.log(`seed ${seed} is done`);
  }
}
await Promise.all([lane(), lane()]);

const percent = (share) => `${Math.round(100 * share)} %`;
const table = [
  '# Methods of pruning',
  '',
  'Generated by `npm run bench:methods`; do not edit. Percent of the 10,000 test digits of MNIST that a network 784-64-32-10 names when its',
  `kernels have so many zeros. Each has ${EPOCHS} epochs of ${TRAIN.toLocaleString('en')} digits altogether, in batches of ${BATCH}, with Adam at ${RATE}: what is trained again has`,
  `${BEFORE} of them before and ${EPOCHS - BEFORE} after. Means over seeds ${seeds.join(', ')}, each with its own digits, after ± half the 95 % interval of a mean. What asks for data`,
  `has ${DATA} of the digits. The dense network names ${interval(runs.map(({ dense }) => dense))} %.`,
  '',
  machineLine(['@tensorflow/tfjs-node']),
  '',
  `| method | ${SPARSITIES.map((sparsity) => `${percent(sparsity)} zeros`).join(' | ')} |`,
  `| --- | ${SPARSITIES.map(() => '---:').join(' | ')} |`,
  ...GROUPS.flatMap(({ title, methods }, g) => [
    `| **${title}** | ${SPARSITIES.map(() => '').join(' | ')} |`,
    ...Object.keys(methods).map((name) => {
      const cells = SPARSITIES.map((_, i) => interval(runs.map(({ groups }) => groups[g][name][i])));
      return `| ${[name, ...cells].join(' | ')} |`;
    }),
  ]),
  '',
];
console.log(table.join('\n'));
if (values.seeds === SEEDS) writeFileSync(new URL('METHODS.md', import.meta.url), table.join('\n'));
