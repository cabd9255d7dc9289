import * as tf from '@tensorflow/tfjs';
import { fastKernels, weightsOf } from '@weightkit/core';
import type { Digits } from '@weightkit/datasets';
import type { Run } from '@weightkit/lesson';
import { fillIntegers, foldIn, type Key, randomKey } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { readDrawing } from './drawing.ts';
import { type Judged, judge } from './judge.ts';
import { buildTower, contrastive, EMBEDDING, halved, UNITS } from './network.ts';
import { auc, type Distances, distancesOf, shareAbove } from './pairs.ts';
import { INPUTS } from './size.ts';

/** Which digits the tower never sees while it trains. */
export const LEFT_OUT = ['none', '0 and 1', '3 and 8', '4 and 9', '5 and 6'] as const;
export type LeftOut = (typeof LEFT_OUT)[number];

export interface Params {
  /** Digits of which no pair is shown while it trains. */
  leftOut: LeftOut;
  /** Images that pairs are made of. */
  images: number;
  /** Training steps, each on a batch of pairs. */
  steps: number;
  /** Step of Adam. */
  rate: number;
  seed: number;
  /** What the reader compares: see `drawing.ts`. */
  left: string;
  right: string;
}

/** Left images of a step, and right ones: each left one is compared with each right one. */
export const BATCH = 100;
/** Images that no training sees, by which towers are judged, and how many of them are drawn. */
export const UNSEEN = 500;
export const SHOWN = 250;
/** How often towers are looked at. */
const LOOKS = 10;

/** The towers after so many steps. */
export interface Moment {
  step: number;
  /** Where the shared tower puts the shown images: x and y of each. */
  places: Float32Array;
  /** How often an unseen pair of one digit is nearer than one of two, by the shared tower and by two towers. */
  auc: { shared: number; separate: number };
}

/** A weight's gradient in the shared tower, and in copies of it for the left and the right images: norms. */
export interface Gradient {
  path: string;
  shared: number;
  left: number;
  right: number;
  /** How many entries it has, and how many of them are not the sum of both, rounded to a float once, bit for bit. */
  entries: number;
  unequal: number;
}

/** The reader's pair. */
export interface Compared {
  pixels: [Float32Array, Float32Array];
  places: [[number, number], [number, number]];
  distance: number;
  /** Shares of unseen pairs that are further apart: of one digit, and of two. */
  further: { same: number; different: number };
}

export interface Result {
  labels: Uint8Array;
  moments: Moment[];
  gradients: Gradient[];
  /** The gradient of the weights into one unit of the first layer: by the left images, by the right ones, and of the shared ones. */
  unit: { left: Float32Array; right: Float32Array; shared: Float32Array };
  /** In the end alone. */
  judged?: { shared: Judged; separate: Judged };
  /** All weights of the shared tower, one after the other. */
  weights?: Float32Array;
  /** Distances of unseen pairs, evenly spread over all of them. */
  distances?: Distances;
  compared?: Compared;
}

const digitsOf = (leftOut: LeftOut): number[] => (leftOut === 'none' ? [] : [...leftOut.matchAll(/\d/g)].map(Number));

/** Images as a tensor; the caller disposes it. */
const imagesOf = (values: Float32Array): tf.Tensor2D => tf.tensor2d(values, [values.length / INPUTS, INPUTS]);

/** A batch: left images, right images, and where both show the same digit; the caller disposes all. */
function batchOf(images: tf.Tensor2D, labels: Int32Array, key: Key) {
  const [left, right] = [0, 1].map((side) => {
    const chosen = fillIntegers(new Int32Array(BATCH), foldIn(key, side), { max: labels.length });
    const own = tf.tidy(() => tf.gather(images, tf.tensor1d(chosen, 'int32')));
    return { own, digits: chosen.map((i) => labels[i]!) };
  });
  const same = Float32Array.from({ length: BATCH ** 2 }, (_, i) =>
    Number(left!.digits[Math.floor(i / BATCH)] === right!.digits[i % BATCH]),
  );
  return { left: left!.own, right: right!.own, same: tf.tensor2d(same, [BATCH, BATCH]) };
}
type Batch = ReturnType<typeof batchOf>;

/** Where a tower puts images. */
async function placesOf(tower: tf.LayersModel, images: tf.Tensor2D): Promise<Float32Array> {
  const places = tower.predict(images, { batchSize: 500 }) as tf.Tensor;
  const values = (await places.data()) as Float32Array;
  places.dispose();
  return values.slice();
}

// #region step
/** The loss of a batch: its left images go through one tower, its right ones through the other, which may be the same. */
const lossOf = (one: tf.LayersModel, other: tf.LayersModel, { left, right, same }: Batch): tf.Scalar =>
  contrastive(same, one.apply(left) as tf.Tensor, other.apply(right) as tf.Tensor);

/** What an optimizer moves: the weights of both towers, those of one tower once. */
const variablesOf = (one: tf.LayersModel, other: tf.LayersModel): tf.Variable[] =>
  [...new Set([one, other])].flatMap((tower) => weightsOf(tower).map(({ variable }) => variable!));

/** Makes one step of training after the other. */
function trainerOf(optimizer: tf.Optimizer, one: tf.LayersModel, other: tf.LayersModel): (batch: Batch) => void {
  const variables = variablesOf(one, other);
  return (batch) => {
    optimizer.minimize(() => lossOf(one, other, batch), false, variables);
  };
}
// #endregion

/** The gradient of a batch's loss for each weight of a tower, by path. */
async function gradientsOf(tower: tf.LayersModel, grads: tf.NamedTensorMap): Promise<Map<string, Float32Array>> {
  const read = weightsOf(tower).map(
    async ({ path, variable }) => [path, (await grads[variable!.name]!.data()).slice() as Float32Array] as const,
  );
  return new Map(await Promise.all(read));
}

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** The gradient of the shared weights beside those of copies of them, one for the left images and one for the right ones. */
async function compareGradients(
  shared: tf.LayersModel,
  left: tf.LayersModel,
  right: tf.LayersModel,
  batch: Batch,
): Promise<Pick<Result, 'gradients' | 'unit'>> {
  const one = tf.variableGrads(() => lossOf(shared, shared, batch), variablesOf(shared, shared));
  const two = tf.variableGrads(() => lossOf(left, right, batch), variablesOf(left, right));
  try {
    const [own, first, second] = [
      await gradientsOf(shared, one.grads),
      await gradientsOf(left, two.grads),
      await gradientsOf(right, two.grads),
    ];
    const gradients = [...own].map(([path, values]) => {
      const [a, b] = [first.get(path)!, second.get(path)!];
      const unequal = values.reduce((count, value, i) => count + Number(value !== Math.fround(a[i]! + b[i]!)), 0);
      return { path, shared: norm(values), left: norm(a), right: norm(b), entries: values.length, unequal };
    });
    // The unit of the first layer whose gradient is largest: 14 × 14 weights, which are a picture.
    const [kernels, units] = [[own, first, second].map((all) => all.get('first/kernel')!), UNITS[0]];
    const weightsInto = (unit: number, values: Float32Array) => values.filter((_, i) => i % units === unit);
    const sizes = Array.from({ length: units }, (_, unit) => norm(weightsInto(unit, kernels[0]!)));
    const unit = sizes.indexOf(Math.max(...sizes));
    const [both, a, b] = kernels.map((values) => weightsInto(unit, values));
    return { gradients, unit: { shared: both!, left: a!, right: b! } };
  } finally {
    tf.dispose([one.value, one.grads, two.value, two.grads]);
  }
}

function check(params: Params): void {
  const fn = 'siamese';
  checkOptions(fn, params, ['leftOut', 'images', 'steps', 'rate', 'seed', 'left', 'right']);
  const { leftOut, images, steps, rate, seed } = params;
  checkRange(LEFT_OUT.includes(leftOut), `${fn}: leftOut must be one of ${LEFT_OUT.join(', ')}`, leftOut);
  const whole = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  checkRange(whole(images, 100, 20_000), `${fn}: images must be an integer in [100, 20000]`, images);
  checkRange(whole(steps, 1, 5000), `${fn}: steps must be an integer in [1, 5000]`, steps);
  checkRange(typeof rate === 'number' && rate >= 0 && rate <= 1, `${fn}: rate must be in [0, 1]`, rate);
  checkRange(Number.isSafeInteger(seed), `${fn}: seed must be a safe integer`, seed);
  for (const name of ['left', 'right'] as const)
    checkRange(readDrawing(params[name]) !== undefined, `${fn}: ${name} must be a digit or a drawing`, params[name]);
}

/** The image that a text of a reader stands for. */
function pixelsOf(text: string, { pixels, labels }: Digits): Float32Array {
  const drawing = readDrawing(text)!;
  if ('pixels' in drawing) return drawing.pixels;
  const own = [...labels.keys()].filter((i) => labels[i] === drawing.digit);
  const i = own[drawing.nth]!;
  return halved({ count: 1, pixels: pixels.subarray(i * 784, (i + 1) * 784) });
}

/** Puts the reader's two images through a tower. */
async function comparePair(
  tower: tf.LayersModel,
  { left, right }: Pick<Params, 'left' | 'right'>,
  unseen: Digits,
  { same, different }: Distances,
): Promise<Compared> {
  const pixels: Compared['pixels'] = [pixelsOf(left, unseen), pixelsOf(right, unseen)];
  const images = imagesOf(Float32Array.from([...pixels[0], ...pixels[1]]));
  const places = await placesOf(tower, images);
  images.dispose();
  const [a, b, c, d] = places as unknown as [number, number, number, number];
  const distance = Math.hypot(a - c, b - d);
  const further = { same: shareAbove(same, distance), different: shareAbove(different, distance) };
  return {
    pixels,
    places: [
      [a, b],
      [c, d],
    ],
    distance,
    further,
  };
}

/** The same run with another pair to compare: its tower takes its weights back, and nothing is trained. */
export async function compareAgain(result: Result, params: Params, { data }: Run<Result>): Promise<Result> {
  check(params);
  const { test } = await data.digits({ train: 1, test: UNSEEN });
  const tower = buildTower(params.seed);
  try {
    tf.tidy(() => {
      let at = 0;
      const taken = tower.getWeights().map(({ shape, size }) => {
        at += size;
        return tf.tensor(result.weights!.subarray(at - size, at), shape);
      });
      tower.setWeights(taken);
    });
    return { ...result, compared: await comparePair(tower, params, test, result.distances!) };
  } finally {
    tower.dispose();
  }
}

/**
 * Trains one tower on pairs of digits with the contrastive loss, and beside it two towers of their own, which begin with the same
 * weights and see the same pairs; then asks both how far unseen images are apart.
 *
 * @param params - what is left out, training, and the two images that the reader compares
 * @param run - the digits, progress with the result so far, and a way to stop
 */
export async function siamese(params: Params, { data, onProgress, signal }: Run<Result>): Promise<Result> {
  check(params);
  const { leftOut, images: count, steps, rate, seed } = params;
  const { train, test } = await data.digits({ train: count, test: UNSEEN });
  const out = digitsOf(leftOut);
  const kept = [...train.labels.keys()].filter((i) => !out.includes(train.labels[i]!));
  const values = halved(train);
  const own = new Float32Array(kept.length * INPUTS);
  for (const [to, from] of kept.entries()) own.set(values.subarray(from * INPUTS, (from + 1) * INPUTS), to * INPUTS);
  const images = imagesOf(own);
  const labels = Int32Array.from(kept, (i) => train.labels[i]!);
  const unseen = imagesOf(halved(test));
  const key = randomKey(seed, 'pairs');

  // The same weights three times: one tower for both sides, and one for each.
  const towers = [buildTower(seed), buildTower(seed), buildTower(seed)] as const;
  const [shared, left, right] = towers;
  const optimizers = [tf.train.adam(rate), tf.train.adam(rate)] as const;
  const trainers = [trainerOf(optimizers[0], shared, shared), trainerOf(optimizers[1], left, right)];
  const every = Math.max(1, Math.ceil(steps / LOOKS));
  const result: Result = {
    labels: test.labels.slice(0, SHOWN),
    moments: [],
    gradients: [],
    unit: { left: new Float32Array(), right: new Float32Array(), shared: new Float32Array() },
  };
  const look = async (step: number) => {
    const [own, a, b] = [await placesOf(shared, unseen), await placesOf(left, unseen), await placesOf(right, unseen)];
    const [together, apart] = [distancesOf(own, own, test.labels), distancesOf(a, b, test.labels)];
    const places = own.slice(0, EMBEDDING * SHOWN);
    result.moments.push({ step, places, auc: { shared: auc(together), separate: auc(apart) } });
    return { own, a, b, together };
  };
  const fast = fastKernels();
  try {
    const first = batchOf(images, labels, foldIn(key, 0));
    Object.assign(result, await compareGradients(shared, left, right, first));
    tf.dispose(first);
    let seen = await look(0);
    await onProgress?.({ done: 0, label: 'before training', result });
    for (let step = 1; step <= steps; step++) {
      signal?.throwIfAborted();
      const batch = batchOf(images, labels, foldIn(key, step - 1));
      for (const train of trainers) train(batch);
      tf.dispose(batch);
      if (step % every === 0 || step === steps) seen = await look(step);
      await onProgress?.({ done: step / steps, label: `step ${step} of ${steps}`, result });
    }
    const { own, a, b, together } = seen;
    result.judged = { shared: judge(own, own, test.labels, out), separate: judge(a, b, test.labels, out) };
    result.weights = Float32Array.from(
      (await Promise.all(shared.getWeights().map((weight) => weight.data()))).flatMap((all) => [...all]),
    );
    const thinned = (all: Float32Array) => {
      const sorted = all.slice().sort();
      return Float32Array.from({ length: 200 }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / 200)]!);
    };
    result.distances = { same: thinned(together.same), different: thinned(together.different) };
    result.compared = await comparePair(shared, params, test, result.distances);
    return result;
  } finally {
    fast.restore();
    for (const each of [...towers, ...optimizers]) each.dispose();
    tf.dispose([images, unseen]);
  }
}
