// npm run bench:lottery: lottery tickets of a small network on MNIST beside the three controls; rewrites LOTTERY.md, the table that is
// committed.
//   node lottery-ticket.mjs [--seeds 1,2,3,4,5]     other seeds than the committed ones write nothing
// Each seed runs in a process of its own, all at once.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { readMnist } from '@weightkit/datasets/node';
import { meanInterval } from '@weightkit/lesson';
import { startBackend } from '@weightkit/lesson/node';
import { permutation, randomKey } from '@weightkit/numerics';
import { lotteryTicket } from '@weightkit/pruning';
import { machineLine } from './machine.mjs';

const SEEDS = '1,2,3,4,5';
const CONTROLS = ['reinitialized', 'randomMask', 'shuffled'];
const NAMES = { reinitialized: 'new weights', randomMask: 'random masks', shuffled: 'weights exchanged' };
const ROUNDS = 4;
const FRACTION = 0.6;
const TRAIN = 3000;
const BATCH = 60;
const EPOCHS = 3;
const WARM_UP = 20;
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: SEEDS }, seed: { type: 'string' } },
});

function tensorsOf({ pixels, labels }, order) {
  const x = new Float32Array(order.length * 784);
  for (const [i, at] of order.entries()) for (let k = 0; k < 784; k++) x[784 * i + k] = pixels[784 * at + k] / 255;
  return { x: tf.tensor(x, [order.length, 784]), labels: Int32Array.from(order, (at) => labels[at]) };
}

async function accuracy(model, everyTest) {
  const found = tf.tidy(() => tf.argMax(model.predict(everyTest.x, { batchSize: 1000 }), -1));
  const classes = await found.data();
  found.dispose();
  return (100 * classes.filter((c, i) => c === everyTest.labels[i]).length) / classes.length;
}

/** The first weights of a network: those of a seed, by He et al.; biases are 0. */
function initialize(model, seed) {
  for (const [i, weight] of weightsOf(model).entries()) {
    const kernel = weight.property === 'kernel';
    const value = kernel ? tf.initializers.heNormal({ seed: seed + i }).apply(weight.shape) : tf.zeros(weight.shape);
    weight.write(value);
    value.dispose();
  }
}

/** The accuracies of a seed: of each round, the ticket and its controls. */
async function measured(seed) {
  await startBackend('bench:lottery', 'node');
  const { train, test } = await readMnist();
  const everyTest = tensorsOf(test, [...Array(test.count).keys()]);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 64, activation: 'relu', inputShape: [784] }),
      tf.layers.dense({ units: 32, activation: 'relu' }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  initialize(model, 1000 * seed);
  const order = permutation(train.count, randomKey(seed)).slice(0, TRAIN);
  const { x, labels } = tensorsOf(train, [...order]);
  const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 10);
  async function fit(net, from, steps) {
    net.compile({ optimizer: tf.train.adam(0.002), loss: 'categoricalCrossentropy' });
    for (let step = from; step < from + steps; step++) {
      const at = (step * BATCH) % TRAIN;
      const batch = [tf.slice(x, [at, 0], [BATCH, 784]), tf.slice(y, [at, 0], [BATCH, 10])];
      await net.trainOnBatch(...batch);
      tf.dispose(batch);
    }
    net.optimizer.dispose();
  }
  const rows = [];
  const rounds = lotteryTicket(model, {
    rounds: ROUNDS,
    fraction: FRACTION,
    controls: CONTROLS,
    seed,
    warmUp: (net) => fit(net, 0, WARM_UP),
    // As many steps as the ticket has behind it where it is rewound to.
    reinitialize: async (net, round) => {
      initialize(net, 1000 * seed + 10 * round);
      await fit(net, 0, WARM_UP);
    },
    train: async (net) => {
      await fit(net, WARM_UP, (EPOCHS * TRAIN) / BATCH - WARM_UP);
      return accuracy(net, everyTest);
    },
  });
  for await (const { sparsity, result, controls } of rounds) rows.push({ sparsity, result, controls });
  tf.dispose([x, y, everyTest.x]);
  model.dispose();
  return rows;
}

if (values.seed !== undefined) {
  console.log(JSON.stringify(await measured(Number(values.seed))));
  process.exit();
}
const seeds = values.seeds.split(',').map(Number);
const program = fileURLToPath(import.meta.url);
const runs = await Promise.all(
  seeds.map(async (seed) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, '--seed', `${seed}`]);
    console.log(`seed ${seed} is done`);
    return JSON.parse(stdout.trim().split('\n').at(-1));
  }),
);
const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const points = (value) => value.toFixed(2);
const tickets = (round) => runs.map((rows) => rows[round].result);
const controls = (round, kind) => runs.map((rows) => rows[round].controls[kind]);
const paired = (round, kind) => controls(round, kind).map((value, i) => tickets(round)[i] - value);
/** The mean with half its 95 % interval by t. */
function interval(list) {
  if (list.length < 2) return points(mean(list));
  const { low, high } = meanInterval(list);
  return `${points(mean(list))} ± ${points((high - low) / 2)}`;
}
const pruned = Array.from({ length: ROUNDS }, (_, i) => i + 1);
const last = ROUNDS;
const table = [
  '# Lottery tickets',
  '',
  'Generated by `npm run bench:lottery`; do not edit. Percent of the 10,000 test digits of MNIST that a network 784-64-32-10 names. `lotteryTicket`',
  `trains it on ${TRAIN.toLocaleString('en')} digits for ${EPOCHS} epochs, prunes ${100 * FRACTION} % of what is left in each round by magnitude, and rewinds to the weights after ${WARM_UP} steps.`,
  'Controls have the same number of zeros and of steps: the masks with new weights, the weights under random masks, the masks with the',
  `weights under them exchanged within each layer. Means over seeds ${seeds.join(', ')}, each with its own digits; the dense network names ${interval(tickets(0))} %.`,
  'Differences are the ticket less the control, of the same seed; after ± half the 95 % interval of a mean.',
  '',
  machineLine(['@tensorflow/tfjs-node']),
  '',
  `| zeros | ticket | ${CONTROLS.map((kind) => NAMES[kind]).join(' | ')} | ${CONTROLS.map((kind, i) => `${i === 0 ? 'ticket less' : 'less'} ${NAMES[kind]}`).join(' | ')} |`,
  `| --- | ${Array(2 * CONTROLS.length + 1)
    .fill('---:')
    .join(' | ')} |`,
  ...pruned.map((round) => {
    const zeros = `${(100 * runs[0][round].sparsity).toFixed(1)} %`;
    const others = CONTROLS.map((kind) => points(mean(controls(round, kind))));
    const less = CONTROLS.map((kind) => interval(paired(round, kind)));
    return `| ${[zeros, interval(tickets(round)), ...others, ...less].join(' | ')} |`;
  }),
  '',
  `At ${(100 * runs[0][last].sparsity).toFixed(1)} % the ticket names more than the control, seed by seed, by:`,
  '',
  ...CONTROLS.map((kind) => `- ${NAMES[kind]}: ${paired(last, kind).map(points).join(', ')}`),
  '',
];
console.log(table.join('\n'));
if (values.seeds === SEEDS) writeFileSync(new URL('LOTTERY.md', import.meta.url), table.join('\n'));
