import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import type { Digits } from '@weightkit/datasets';
import { initialize, torchDefault } from '@weightkit/initializers';
import type { Run } from '@weightkit/lesson';
import { fillUniform, foldIn, permutation, randomKey } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { compare, histograms, type Snapshot, snapshot, summarize } from '@weightkit/weight-metrics';

export interface Params {
  /** Images of MNIST; one in ten of them, chosen by the seed, is for the test. */
  images: number;
  /** Passes over the training images. */
  epochs: number;
  /** Share of hidden values that dropout sets to zero while training. */
  dropout: number;
  /** What the network sees of a pixel: its share of 255, or the byte itself. */
  inputs: '0 to 1' | '0 to 255';
  /** Learning rate of the gradient descent. */
  rate: number;
  /** Of the split, the start, the order and dropout. */
  seed: number;
}

/** One kernel at one time. */
export interface Layer {
  std: number;
  /** Density over 100 bins from -0.7 to 0.7. */
  density: number[];
  /** Euclidean distance to the kernel one epoch before. */
  distance: number;
  /** Largest singular value over the smallest. */
  condition: number;
  /** Share of entries that are exactly zero. */
  zeros: number;
  /** Share of entries with |w| < 0.01. */
  small: number;
}

/** The network after an epoch; epoch 0 is the start. */
export interface Epoch {
  /** Means over the epoch's batches, dropout at work; NaN at the start. */
  loss: number;
  trainAccuracy: number;
  /** Share of the test images that are right, without dropout. */
  testAccuracy: number;
  /** Density of all parameters, biases included, over 100 bins from -0.3 to 0.3. */
  density: number[];
  /** Share of the parameters that are not in those bins. */
  outside: number;
  layers: Layer[];
}

/** What some units of the first layer look for. */
export interface Picture {
  /** The epoch after which it was taken; 0 is the start. */
  epoch: number;
  /** Weights of the first `SHOWN` units, of shape 28 × 28 × 1 × `SHOWN`, to three decimals. */
  weights: Float32Array;
}

export interface Result {
  /** The first kernel before training, over 40 bins. */
  first: { edges: number[]; counts: number[] };
  epochs: Epoch[];
  /** Of the start, of epochs 1, 2, 4, 8, ..., and of the last one. */
  pictures: Picture[];
}

export const LAYERS = ['input', 'hidden1', 'hidden2', 'output'] as const;
const UNITS = [64, 32, 32, 10];
const PIXELS = 784;
/** Units of the first layer whose weights are kept as pictures. */
export const SHOWN = 12;
const BATCH = 32;
const HIDDEN = 64 + 32 + 32;
const SCALES = { '0 to 1': 1 / 255, '0 to 255': 1 };

/** 784-64-32-32-10 with ReLU, all weights and biases from PyTorch's default law, U(±1 / sqrt(fan-in)). */
function buildModel(seed: number): tf.Sequential {
  const model = tf.sequential({
    layers: UNITS.map((units, i) =>
      tf.layers.dense({
        name: LAYERS[i]!,
        units,
        activation: i < 3 ? 'relu' : 'linear',
        ...(i === 0 ? { inputShape: [PIXELS] } : {}),
      }),
    ),
  });
  initialize(model, { '**': torchDefault() }, { seed });
  return model;
}

/** The numbers of the images for the test, one in ten, and of those for training. */
function split(images: number, seed: number): { forTest: Uint32Array; forTraining: Uint32Array } {
  const mixed = permutation(images, randomKey(seed, 'split'));
  return { forTest: mixed.subarray(0, Math.floor(images / 10)), forTraining: mixed.subarray(Math.floor(images / 10)) };
}

type Batch = {
  x: tf.Tensor2D;
  /** One row per image: 1 at its digit, else 0. */
  right: tf.Tensor2D;
};

/** The images with these numbers, as the network takes them. */
function batchOf({ pixels, labels }: Digits, numbers: Uint32Array, scale: number): Batch {
  const count = numbers.length;
  const x = new Float32Array(count * PIXELS);
  const right = new Float32Array(count * 10);
  for (let row = 0; row < count; row++) {
    const image = numbers[row]! * PIXELS;
    for (let i = 0; i < PIXELS; i++) x[row * PIXELS + i] = pixels[image + i]! * scale;
    right[row * 10 + labels[numbers[row]!]!] = 1;
  }
  return { x: tf.tensor2d(x, [count, PIXELS]), right: tf.tensor2d(right, [count, 10]) };
}

/** A factor for each hidden value of a batch: 0 with the probability of dropout, else 1 / (1 - dropout). */
function masksOf(dropout: number, key: readonly [number, number]): tf.Tensor2D[] {
  const keep = fillUniform(new Float32Array(BATCH * HIDDEN), key).map((u) => (u < dropout ? 0 : 1 / (1 - dropout)));
  let start = 0;
  return UNITS.slice(0, 3).map((units) => {
    const end = start + BATCH * units;
    const mask = tf.tensor2d(keep.subarray(start, end), [BATCH, units]);
    start = end;
    return mask;
  });
}

/** x · w. The gradient of w multiplies by x transposed first: asked for in one go, that product takes five times as long on wasm. */
const product = (x: tf.Tensor2D, w: tf.Tensor2D): tf.Tensor2D =>
  tf.customGrad((kernel) => ({
    value: tf.matMul(x, kernel as tf.Tensor2D),
    gradFunc: (dy: tf.Tensor) => tf.matMul(tf.transpose(x), dy),
  }))(w) as tf.Tensor2D;

/** The ten scores of each image, each layer's by y = x · w + b; `masks` drop values after each hidden layer. */
function forward(model: tf.Sequential, x: tf.Tensor2D, masks?: tf.Tensor2D[]): tf.Tensor2D {
  const variables = weightsOf(model).map(({ variable }) => variable!);
  return UNITS.reduce<tf.Tensor2D>((values, _, i) => {
    const [kernel, bias] = [variables[2 * i] as tf.Tensor2D, variables[2 * i + 1]!];
    const sums = tf.add(i === 0 ? product(x, kernel) : tf.matMul(values, kernel), bias) as tf.Tensor2D;
    if (i === 3) return sums;
    const mask = masks?.[i];
    return mask ? tf.mul(tf.relu(sums), mask) : tf.relu(sums);
  }, x);
}

/** Cross-entropy: the mean of -log p(right digit). */
const crossEntropy = (scores: tf.Tensor2D, right: tf.Tensor2D): tf.Scalar =>
  tf.neg(tf.sum(tf.mul(tf.logSoftmax(scores), tf.div(right, right.shape[0])))) as tf.Scalar;

/** One step of gradient descent: the loss and the digits that the network chose, left on the device so that nothing waits. */
function step(model: tf.Sequential, optimizer: tf.Optimizer, { x, right }: Batch, masks?: tf.Tensor2D[]) {
  let chosen!: tf.Tensor1D;
  const loss = optimizer.minimize(() => {
    const scores = forward(model, x, masks);
    chosen = tf.keep(tf.argMax(scores, 1)) as tf.Tensor1D;
    return crossEntropy(scores, right);
  }, true)!;
  return { loss, chosen };
}

/** The values of a tensor that is made for this only. */
async function take(make: () => tf.Tensor): Promise<ArrayLike<number>> {
  const tensor = tf.tidy(make);
  const values = await tensor.data();
  tensor.dispose();
  return values;
}

/** Share of the chosen digits that are right. */
const share = (chosen: ArrayLike<number>, labels: Uint32Array): number =>
  labels.reduce((right, label, i) => right + (chosen[i] === label ? 1 : 0), 0) / labels.length;

/** All that the lesson wants to know about the weights. */
async function look(
  model: tf.Sequential,
  before: Snapshot,
): Promise<Omit<Epoch, 'loss' | 'trainAccuracy' | 'testAccuracy'>> {
  const all = await histograms(model, { filter: '**', bins: 100, range: [-0.3, 0.3] });
  const inside = Float64Array.from({ length: 100 }, (_, bin) => all.reduce((sum, { counts }) => sum + counts[bin]!, 0));
  const total = inside.reduce((a, b) => a + b, 0);
  const outside = all.reduce((sum, { below, above }) => sum + below + above, 0);
  const own = await histograms(model, { bins: 100, range: [-0.7, 0.7], density: true });
  const sums = await summarize(model, { filter: '*/kernel' });
  const moves = new Map((await compare(before, model)).map((delta) => [delta.path, delta.matched ? delta.l2 : NaN]));
  const now = await snapshot(model);
  const layers = sums.map(({ path, std, sparsity, conditionNumber }, i): Layer => {
    const values = now.get(path)! as Float32Array;
    return {
      std: std!,
      density: Array.from(own[i]!.density!),
      distance: moves.get(path)!,
      condition: conditionNumber ?? NaN,
      zeros: sparsity,
      small: values.reduce((count, w) => count + (Math.abs(w) < 0.01 ? 1 : 0), 0) / values.length,
    };
  });
  // As numpy's density: the bins have area 1 together, whatever lies outside.
  const density = Array.from(inside, (count) => count / total / 0.006);
  return { density, outside: outside / (total + outside), layers };
}

/** The weights into the first units of the first layer: a picture for each, which has a weight for every pixel. */
function pictureOf(values: Snapshot, epoch: number): Picture {
  const kernel = values.get('input/kernel')!;
  const weights = new Float32Array(PIXELS * SHOWN);
  for (let pixel = 0; pixel < PIXELS; pixel++)
    for (let unit = 0; unit < SHOWN; unit++)
      weights[pixel * SHOWN + unit] = Number(kernel[pixel * UNITS[0]! + unit]!.toFixed(3)) + 0; // no -0, which JSON has not
  return { epoch, weights };
}

function check({ images, epochs, dropout, inputs, rate, seed }: Params): void {
  const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least;
  const fn = 'weightsDuringLearning';
  checkRange(whole(images, 40) && images <= 20_000, `${fn}: images must be an integer in [40, 20000]`, images);
  checkRange(whole(epochs, 1), `${fn}: epochs must be an integer of 1 or more`, epochs);
  checkRange(dropout >= 0 && dropout < 1, `${fn}: dropout must be in [0, 1)`, dropout);
  checkRange(Object.hasOwn(SCALES, inputs), `${fn}: inputs must be '0 to 1' or '0 to 255'`, inputs);
  checkRange(rate > 0 && rate <= 1, `${fn}: rate must be in (0, 1]`, rate);
  checkRange(Number.isSafeInteger(seed), `${fn}: seed must be a safe integer`, seed);
}

/**
 * Trains 784-64-32-32-10 on handwritten digits by plain gradient descent and looks at its weights after every epoch.
 *
 * @param params - how many images and epochs, dropout, the scale of the inputs, and the seed of everything random
 * @param run - the images, progress after every epoch with the result so far, and a way to stop
 */
export async function weightsDuringLearning(
  params: Params,
  { data, onProgress, signal }: Run<Result>,
): Promise<Result> {
  checkOptions('weightsDuringLearning', params, ['images', 'epochs', 'dropout', 'inputs', 'rate', 'seed']);
  check(params);
  const { images, epochs, dropout, inputs, rate, seed } = params;
  const { train: digits } = await data.digits({ train: images, test: 0 });
  const { forTest, forTraining } = split(images, seed);
  const labelsOf = (numbers: Uint32Array) => numbers.map((image) => digits.labels[image]!);
  const steps = Math.floor(forTraining.length / BATCH); // the last partial batch is dropped
  const model = buildModel(seed);
  const optimizer = tf.train.sgd(rate);
  const test = batchOf(digits, forTest, SCALES[inputs]);
  const result: Result = { first: { edges: [], counts: [] }, epochs: [], pictures: [] };
  const tell = async (done: number, epoch: number) =>
    onProgress?.({
      done: done / epochs,
      label: `epoch ${epoch} of ${epochs}`,
      ...(result.epochs.length > 0
        ? { result: { ...result, epochs: [...result.epochs], pictures: [...result.pictures] } }
        : {}),
    });
  let logs: { loss: tf.Scalar; chosen: tf.Tensor1D }[] = [];
  const train = async (epoch: number) => {
    const mixed = permutation(forTraining.length, foldIn(randomKey(seed, 'order'), epoch));
    const order = mixed.subarray(0, steps * BATCH).map((i) => forTraining[i]!);
    for (let i = 0; i < steps; i++) {
      signal?.throwIfAborted();
      const batch = batchOf(digits, order.subarray(i * BATCH, (i + 1) * BATCH), SCALES[inputs]);
      const masks = dropout > 0 ? masksOf(dropout, foldIn(randomKey(seed, `dropout ${epoch}`), i)) : [];
      logs.push(step(model, optimizer, batch, masks));
      tf.dispose([batch, masks]);
      await tell(epoch - 1 + (i + 1) / steps, epoch);
    }
    const loss = await take(() => tf.mean(tf.stack(logs.map((log) => log.loss))));
    const chosen = await take(() => tf.concat(logs.map((log) => log.chosen)));
    tf.dispose(logs);
    logs = [];
    const rule = 'weightsDuringLearning: loss must stay finite; lower the learning rate';
    checkRange(Number.isFinite(loss[0]), rule, `${loss[0]} in epoch ${epoch}`);
    return { loss: loss[0]!, trainAccuracy: share(chosen, labelsOf(order)) };
  };
  try {
    const [first] = await histograms(model, { filter: 'input/kernel', bins: 40 });
    result.first = { edges: [...first!.edges], counts: [...first!.counts] };
    let before = await snapshot(model);
    for (let epoch = 0; epoch <= epochs; epoch++) {
      const trained = epoch === 0 ? { loss: NaN, trainAccuracy: NaN } : await train(epoch);
      const testAccuracy = share(await take(() => tf.argMax(forward(model, test.x), 1)), labelsOf(forTest));
      result.epochs.push({ ...trained, testAccuracy, ...(await look(model, before)) });
      before = await snapshot(model);
      const powerOf2 = (epoch & (epoch - 1)) === 0; // or 0
      if (powerOf2 || epoch === epochs) result.pictures.push(pictureOf(before, epoch));
      await tell(epoch, epoch);
    }
    return result;
  } finally {
    tf.dispose([test, logs]);
    model.dispose();
    optimizer.dispose();
  }
}
