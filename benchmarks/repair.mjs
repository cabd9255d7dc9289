// npm run bench:repair: how many of the classes of trained networks stay in plain uint8 files after their channels were stretched by
// factors that cancel, and after each repair; rewrites REPAIR.md, the table that is committed.
//   node repair.mjs [--seeds 0,1,2,3,4]     other seeds than the committed ones write nothing
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { readMnist } from '@weightkit/datasets/node';
import { startBackend } from '@weightkit/lesson/node';
import { permutation, randomKey } from '@weightkit/numerics';
import { correctBias, equalize, foldBatchNorm, quantizeModel } from '@weightkit/quantization';
import { machineLine } from './machine.mjs';
import { tensorsOf } from './mnist.mjs';

const SEEDS = '0,1,2,3,4';
const TRAIN = 8000;
const EPOCHS = 5;
const STRETCH = 100;
const CALIBRATION = 256;
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: SEEDS }, test: { type: 'string', default: '10000' } },
});
const seeds = values.seeds.split(',').map(Number);

await startBackend('bench:repair', 'node');
const { train, test } = await readMnist();

const IMAGE = [28, 28, 1];
const everyTest = tensorsOf(test, [...Array(Number(values.test)).keys()], IMAGE);

async function classesOf(model) {
  const found = tf.tidy(() => tf.argMax(model.predict(everyTest.x, { batchSize: 500 }), -1));
  const classes = await found.data();
  found.dispose();
  return classes;
}

const percent = (count) => (100 * count) / everyTest.labels.length;
const accuracyOf = (classes) => percent(classes.filter((c, i) => c === everyTest.labels[i]).length);
const agreement = (a, b) => percent(a.filter((c, i) => c === b[i]).length);

/** A convolution, then twice a depthwise one and one of 1 x 1, each normalized; a dense layer on their means. */
function network(seed) {
  let at = 0;
  const init = () => tf.initializers.heNormal({ seed: 100 * seed + ++at });
  const block = (layer) => [layer, tf.layers.batchNormalization({ momentum: 0.9 }), tf.layers.reLU()];
  const deep = (strides) =>
    tf.layers.depthwiseConv2d({
      kernelSize: 3,
      strides,
      padding: 'same',
      useBias: false,
      depthwiseInitializer: init(),
    });
  const conv = (filters, kernelSize, more) =>
    tf.layers.conv2d({ filters, kernelSize, useBias: false, kernelInitializer: init(), ...more });
  return tf.sequential({
    layers: [
      ...block(conv(8, 3, { strides: 2, inputShape: [28, 28, 1] })),
      ...block(deep(1)),
      ...block(conv(16, 1)),
      ...block(deep(2)),
      ...block(conv(32, 1)),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: init() }),
    ],
  });
}

async function trained(seed) {
  const model = network(seed);
  model.compile({ optimizer: tf.train.adam(0.005), loss: 'categoricalCrossentropy' });
  const order = permutation(train.count, randomKey(seed)).slice(0, TRAIN);
  const { x, labels } = tensorsOf(train, [...order], IMAGE);
  const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 10);
  await model.fit(x, y, { epochs: EPOCHS, batchSize: 64, shuffle: false, verbose: 0, yieldEvery: 'never' });
  const calibration = tf.slice(x, [0, 0, 0, 0], [CALIBRATION, 28, 28, 1]);
  tf.dispose([x, y]);
  return { model, calibration };
}

/** Every second channel, chosen by the seed, times 100 where it is made and by 100 where it is read: the outputs stay. */
function stretch(model, seed) {
  const norms = model.layers.filter((layer) => layer.getClassName() === 'BatchNormalization');
  for (const [n, norm] of norms.entries()) {
    const units = norm.weights[0].shape[0];
    const order = permutation(units, randomKey(seed, `stretch${n}`));
    const factors = Float32Array.from({ length: units }, (_, i) => (order[i] % 2 === 0 ? STRETCH : 1));
    const next = model.layers.slice(model.layers.indexOf(norm) + 1).find(({ weights }) => weights.length > 0);
    for (const { path, read, write } of weightsOf(model)) {
      const own = path === `${norm.name}/gamma` || path === `${norm.name}/beta`;
      const kernel = path.startsWith(`${next.name}/`) && /kernel$/i.test(path);
      if (!own && !kernel) continue;
      tf.tidy(() => {
        const value = read();
        const shape = own ? [units] : value.rank === 2 ? [units, 1] : [1, 1, units, 1];
        const by = tf.tensor(factors, shape);
        write(own ? tf.mul(value, by) : tf.div(value, by));
      });
    }
  }
}

async function inUint8(model, options = {}) {
  const { artifacts } = await quantizeModel(model, { dtype: 'uint8', ...options });
  const stock = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  const classes = await classesOf(stock);
  stock.dispose();
  return classes;
}

async function measured(seed) {
  const { model, calibration } = await trained(seed);
  const whole = await classesOf(model);
  const before = await inUint8(model);
  stretch(model, seed);
  const same = await classesOf(model);
  const folded = await foldBatchNorm(model);
  const equal = await equalize(folded.model);
  const corrected = await correctBias(equal.model, calibration, { dtype: 'uint8' });
  const rows = {
    'not stretched, uint8': before,
    'stretched, float32': same,
    'stretched, uint8': await inUint8(model),
    'folded, uint8': await inUint8(folded.model),
    'folded, clipped by mse, uint8': await inUint8(folded.model, { range: 'mse' }),
    'folded and equalized, uint8': await inUint8(equal.model),
    'and clipped by mse, uint8': await inUint8(equal.model, { range: 'mse' }),
    'folded, equalized, biases corrected, uint8': await inUint8(corrected.model),
  };
  for (const one of [model, folded.model, equal.model, corrected.model]) one.dispose();
  calibration.dispose();
  console.log(
    `seed ${seed}: ${accuracyOf(whole).toFixed(2)} %`,
    Object.fromEntries(Object.entries(rows).map(([k, v]) => [k, agreement(v, whole)])),
  );
  return {
    whole: accuracyOf(whole),
    rows: Object.fromEntries(
      Object.entries(rows).map(([name, classes]) => [
        name,
        { agree: agreement(classes, whole), accuracy: accuracyOf(classes) },
      ]),
    ),
  };
}

const runs = [];
for (const seed of seeds) runs.push(await measured(seed));
const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const each = (row, what) => runs.map(({ rows }) => rows[row][what]);
const fixed = (value) => value.toFixed(2);
const table = [
  '# Repaired before rounding',
  '',
  'Generated by `npm run bench:repair`; do not edit. Networks of a convolution and two pairs of a depthwise and a 1 x 1 convolution, each with',
  `batch normalization, were trained on ${TRAIN.toLocaleString('en')} digits of MNIST for ${EPOCHS} epochs. Half of the channels of each layer, drawn by the seed, were then multiplied`,
  `by ${STRETCH} where they are made and divided by it where they are read, which leaves the outputs, and the model was written to a uint8 file that`,
  'stock TensorFlow.js loaded. Percent of the 10,000 test digits with the class of the whole network, and percent that are named rightly; means over',
  `seeds ${seeds.join(', ')}. Biases are corrected by ${CALIBRATION} training digits. The whole networks name ${fixed(mean(runs.map(({ whole }) => whole)))} %.`,
  '',
  machineLine(['@tensorflow/tfjs']),
  '',
  '| weights | same class | least of a seed | named rightly |',
  '| --- | ---: | ---: | ---: |',
  ...Object.keys(runs[0].rows).map(
    (row) =>
      `| ${row} | ${fixed(mean(each(row, 'agree')))} | ${fixed(Math.min(...each(row, 'agree')))} | ${fixed(mean(each(row, 'accuracy')))} |`,
  ),
  '',
];
console.log(table.join('\n'));
if (values.seeds === SEEDS && values.test === '10000')
  writeFileSync(new URL('REPAIR.md', import.meta.url), table.join('\n'));
