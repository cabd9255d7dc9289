// What bits.mjs measures: networks, methods with the bits that they have, and what is left of a network on each.
import * as tf from '@tensorflow/tfjs';
import { isKernel, weightsOf } from '@weightkit/core';
import { packCodes, permutation, randomKey } from '@weightkit/numerics';
import {
  adaRound,
  awq,
  dequantizeValues,
  gptq,
  hqq,
  mixedPrecision,
  quantizeValues,
  trainQuantized,
} from '@weightkit/quantization';
import { tensorsOf } from './mnist.mjs';

export const BITS = [8, 6, 4, 3, 2];
/** How many inputs share a scale and a zero point. */
export const GROUP = 32;
/** Examples for the methods that look at some. */
export const CALIBRATION = 512;
export const BATCH = 60;
export const ADA_ROUND_STEPS = 200;
/** What methods of training have after the training of the network. */
export const TUNING = { epochs: 1, rate: 0.0005 };

/** Packed codes and zero points, and scales of 4 bytes, of 1 where they are powers of 2. */
function packedBytes({ dtype, codes, scales, zeroPoints }) {
  const bits = dtype === 'ternary' ? 2 : dtype === 'nf4' || dtype === 'mxfp4' ? 4 : Number(/\d+/.exec(dtype)[0]);
  const points = zeroPoints ? packCodes(Uint8Array.from(zeroPoints), bits).length : 0;
  return packCodes(codes, bits).length + points + scales.length * (dtype.startsWith('mx') ? 1 : 4);
}

const sum = (list) => list.reduce((a, b) => a + b, 0);
const kernelsOf = (model) => weightsOf(model, isKernel);
const countOf = (weights) => sum(weights.map(({ shape }) => tf.util.sizeFromShape(shape)));

/** Rounds each kernel, as a matrix of inputs and outputs, to the nearest codes of a grid. */
async function nearest(model, gridOf) {
  const before = [];
  let bytes = 0;
  for (const { shape, read, write } of kernelsOf(model)) {
    const value = tf.tidy(() => tf.clone(read()));
    before.push({ write, value });
    const outputs = shape.at(-1);
    const inputs = value.size / outputs;
    const codes = quantizeValues(await value.data(), [inputs, outputs], gridOf(inputs));
    bytes += packedBytes(codes);
    tf.tidy(() => write(tf.tensor(dequantizeValues(codes), shape)));
  }
  return {
    bytes,
    restore() {
      for (const { write, value } of before) {
        write(value);
        value.dispose();
      }
    },
  };
}

/** The grids on which methods are compared: what shares a scale, as `quantizeValues` and as the methods by examples say it. */
const GRIDS = {
  'one scale': (bits) => () => ({ dtype: `int${bits}` }),
  'a scale for each output': (bits) => (inputs) => ({ dtype: `int${bits}`, granularity: { block: [inputs, 1] } }),
  [`groups of ${GROUP}`]: (bits) => (inputs) => ({
    dtype: `uint${bits}`,
    granularity: { block: [Math.min(GROUP, inputs), 1] },
  }),
};
const [WHOLE, OUTPUT, GROUPS] = Object.keys(GRIDS);
const kernelGrid = (grid, bits) => (grid === OUTPUT ? { dtype: `int${bits}` } : { dtype: `uint${bits}`, group: GROUP });

const rounded =
  (grid, options) =>
  ({ model }, bits) => {
    const gridOf = GRIDS[grid](bits);
    return nearest(model, (inputs) => ({ ...gridOf(inputs), ...options }));
  };
const fixed =
  (grid) =>
  ({ model }) =>
    nearest(model, grid);
const byExamples =
  (method, grid, options) =>
  ({ model, calibration }, bits) =>
    method(model, { x: calibration }, { ...kernelGrid(grid, bits), ...options });

/** The best choice among the grids in as many bytes as one of them for all takes. */
async function mixed(network, bits) {
  const { model, calibration } = network;
  const whole = await rounded(GROUPS)(network, bits);
  whole.restore();
  const others = 4 * (countOf(weightsOf(model)) - countOf(kernelsOf(model)));
  const grids = [...BITS].reverse().map((b) => kernelGrid(GROUPS, b));
  const options = { grids, bytes: whole.bytes + others, resume: network.tried };
  const report = await mixedPrecision(model, { x: calibration }, options);
  network.tried = report.tried;
  return { bytes: report.bytesAfter - others, restore: report.restore };
}

/** Trains on with kernels on the grid of each output; the network itself stays as it is. */
const trained = (learned) => async (network, bits) => {
  const model = network.copy();
  const training = await trainQuantized(model, {
    grid: { dtype: `int${bits}`, granularity: { axis: -1 } },
    learned,
  });
  await network.fit(model, TUNING);
  const bytes = sum(Object.values(await training.codes()).map(packedBytes));
  training.fold();
  return { bytes, model, restore: () => model.dispose() };
};

/**
 * The methods: what shares a scale, with which bits, and `put`, which rounds a network (or gives another `model`) and says how many bytes
 * its kernels take.
 */
export const METHODS = [
  { name: 'nearest', grid: WHOLE, put: rounded(WHOLE) },
  { name: 'clipped by `mse`', grid: WHOLE, put: rounded(WHOLE, { range: 'mse' }) },
  { name: 'nearest', grid: OUTPUT, put: rounded(OUTPUT) },
  { name: 'clipped by `mse`', grid: OUTPUT, put: rounded(OUTPUT, { range: 'mse' }) },
  { name: '`gptq`', grid: OUTPUT, put: byExamples(gptq, OUTPUT) },
  { name: '`awq`', grid: OUTPUT, put: byExamples(awq, OUTPUT) },
  { name: '`adaRound`', grid: OUTPUT, put: byExamples(adaRound, OUTPUT, { iterations: ADA_ROUND_STEPS }) },
  { name: 'nearest', grid: GROUPS, put: rounded(GROUPS) },
  { name: 'clipped by `mse`', grid: GROUPS, put: rounded(GROUPS, { range: 'mse' }) },
  { name: '`hqq`', grid: GROUPS, put: ({ model }, bits) => hqq(model, { bits, group: GROUP }) },
  { name: '`gptq`', grid: GROUPS, put: byExamples(gptq, GROUPS) },
  { name: '`awq`', grid: GROUPS, put: byExamples(awq, GROUPS) },
  { name: '`adaRound`', grid: GROUPS, put: byExamples(adaRound, GROUPS, { iterations: ADA_ROUND_STEPS }) },
  { name: '`mixedPrecision`', grid: GROUPS, bits: [6, 4, 3], put: mixed },
  { name: '`trainQuantized`', grid: OUTPUT, trains: true, put: trained(false) },
  { name: '`trainQuantized`, `learned`', grid: OUTPUT, trains: true, put: trained(true) },
  {
    name: 'float8_e4m3fn',
    grid: OUTPUT,
    bits: [8],
    put: fixed((inputs) => ({ dtype: 'float8_e4m3fn', granularity: { block: [inputs, 1] } })),
  },
  {
    name: 'float8_e5m2',
    grid: OUTPUT,
    bits: [8],
    put: fixed((inputs) => ({ dtype: 'float8_e5m2', granularity: { block: [inputs, 1] } })),
  },
  ...[
    ['mxint8', 8, 32],
    ['mxfp8_e4m3', 8, 32],
    ['nf4', 4, 64],
    ['mxfp4', 4, 32],
  ].map(([dtype, bits, group]) => ({
    name: dtype,
    grid: `groups of ${group}`,
    bits: [bits],
    put: fixed((inputs) => ({ dtype, granularity: { block: [Math.min(group, inputs), 1] } })),
  })),
  {
    name: 'ternary',
    grid: OUTPUT,
    bits: [2],
    put: fixed((inputs) => ({ dtype: 'ternary', granularity: { block: [inputs, 1] } })),
  },
];

/** What a model says of examples: the class of each, and the mean of -log p of the right one. */
async function answersOf(model, { x, labels }) {
  const found = tf.tidy(() => {
    const p = model.predict(x, { batchSize: 500 });
    const own = tf.sum(tf.mul(p, tf.oneHot(tf.tensor1d(labels, 'int32'), p.shape[1])), 1);
    return { classes: tf.argMax(p, -1), entropy: tf.neg(tf.mean(tf.log(tf.maximum(own, 1e-7)))) };
  });
  const [classes, [entropy]] = await Promise.all([found.classes.data(), found.entropy.data()]);
  tf.dispose(found);
  return { classes, entropy };
}

const percent = (classes, others) => (100 * classes.filter((c, i) => c === others[i]).length) / classes.length;
const rounds = (value) => Math.round(1e5 * value) / 1e5;

/**
 * A network with each of the methods: `{ whole, cells }`. `whole` has its own percent of right classes and cross-entropy, those after as
 * much more training in float32 as methods of training have, and the percent of examples in the most frequent class. A cell is
 * `{ method, grid, bits, stored, right, same, entropy }`: bits of a code, bits for a weight with scales, percent of right classes and of
 * the classes of before, and cross-entropy. Without `network.test.labels` nothing is right, and without `network.fit` nothing trained.
 */
export async function cellsOf(network, chosen = () => true) {
  const { model, test, fit } = network;
  const labels = test.labels ?? new Int32Array(test.x.shape[0]);
  const scoreOf = (one) => answersOf(one, { x: test.x, labels });
  const before = await scoreOf(model);
  const said = ({ classes, entropy }) =>
    test.labels ? { right: percent(classes, labels), entropy: rounds(entropy) } : {};
  const weights = countOf(kernelsOf(model));
  const cells = [];
  for (const { name: method, grid, bits: own = BITS, trains = false, put } of METHODS)
    for (const bits of own) {
      if ((trains && !fit) || !chosen({ method, grid, bits })) continue;
      const made = await put(network, bits);
      const after = await scoreOf(made.model ?? model);
      made.restore();
      const stored = rounds((8 * made.bytes) / weights);
      cells.push({ method, grid, bits, stored, same: percent(after.classes, before.classes), ...said(after) });
    }
  const again = await scoreOf(model);
  if (percent(again.classes, before.classes) !== 100) throw new Error('restore must put back what was before');
  const counts = new Map();
  for (const c of before.classes) counts.set(c, (counts.get(c) ?? 0) + 1);
  const largest = rounds((100 * Math.max(...counts.values())) / before.classes.length);
  if (!fit) return { whole: { largest }, cells };
  const more = network.copy();
  await fit(more, TUNING);
  const tuned = said(await scoreOf(more));
  more.dispose();
  return { whole: { ...said(before), tuned, largest }, cells };
}

const conv = (filters, seed, more) =>
  tf.layers.conv2d({
    filters,
    kernelSize: 3,
    strides: 2,
    padding: 'same',
    activation: 'relu',
    kernelInitializer: tf.initializers.heNormal({ seed: seed + filters }),
    ...more,
  });
const dense = (units, seed, more) =>
  tf.layers.dense({
    units,
    activation: 'relu',
    kernelInitializer: tf.initializers.heNormal({ seed: seed + units }),
    ...more,
  });
const classes = (seed) => dense(10, seed, { activation: 'softmax' });

/** The networks that are trained: their layers by a seed, how many examples they see and for how long. */
export const NETWORKS = {
  dense: {
    shape: [784],
    train: 6000,
    epochs: 6,
    rate: 0.002,
    layers: (seed) => [dense(64, seed, { inputShape: [784] }), dense(32, seed), classes(seed)],
  },
  convnet: {
    shape: [28, 28, 1],
    train: 6000,
    epochs: 6,
    rate: 0.002,
    layers: (seed) => [
      conv(8, seed, { inputShape: [28, 28, 1] }),
      conv(16, seed),
      tf.layers.flatten(),
      dense(32, seed),
      classes(seed),
    ],
  },
  cifar: {
    shape: [32, 32, 3],
    train: 2000,
    epochs: 15,
    rate: 0.002,
    layers: (seed) => [
      conv(16, seed, { inputShape: [32, 32, 3] }),
      conv(32, seed),
      conv(33, seed),
      tf.layers.flatten(),
      classes(seed),
    ],
  },
};

/** A network of those above, trained on digits or images `{ train, test }`, as `cellsOf` takes it; dispose of it at the end. */
export async function trainedNetwork(name, seed, data, sizes = {}) {
  const { shape, layers, rate, ...usual } = NETWORKS[name];
  const { train, epochs } = { ...usual, ...sizes };
  const order = permutation(data.train.labels.length, randomKey(seed)).slice(0, train);
  const { x, labels } = tensorsOf(data.train, [...order], shape);
  const y = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 10), 'float32'));
  const everyTest = Array(sizes.test ?? data.test.labels.length).keys();
  const test = tensorsOf(data.test, [...everyTest], shape);
  const build = () => tf.sequential({ layers: layers(1000 * seed) });
  async function fit(model, { epochs, rate }) {
    model.compile({ optimizer: tf.train.adam(rate), loss: 'categoricalCrossentropy' });
    const options = { epochs, batchSize: BATCH, shuffle: false, verbose: 0, yieldEvery: 'never' };
    await model.fit(x, y, options);
    model.optimizer.dispose();
  }
  const model = build();
  await fit(model, { epochs, rate });
  return {
    model,
    test,
    calibration: tf.slice(x, [0, ...shape.map(() => 0)], [Math.min(CALIBRATION, train), ...shape]),
    fit,
    copy() {
      const copy = build();
      copy.setWeights(model.getWeights());
      return copy;
    },
    dispose() {
      model.dispose();
      tf.dispose([x, y, test.x, this.calibration]);
    },
  };
}

/** The run that a test makes again. */
export const SAMPLE = {
  network: 'dense',
  seed: 1,
  backend: 'wasm',
  sizes: { train: 600, epochs: 2, test: 1000 },
  cells: ['`hqq`', '`gptq`', '`awq`', '`trainQuantized`, `learned`'].map((method) => ({ method, bits: 3 })),
};

/** Makes it, on the backend that is started. */
export async function sampleOf(data) {
  const network = await trainedNetwork(SAMPLE.network, SAMPLE.seed, data, SAMPLE.sizes);
  const made = await cellsOf(network, (cell) =>
    SAMPLE.cells.some(({ method, bits }) => cell.method === method && cell.bits === bits),
  );
  network.dispose();
  return made;
}
