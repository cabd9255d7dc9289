import * as tf from '@tensorflow/tfjs';
import type { Run } from '@weightkit/lesson';
import { foldIn, permutation, randomKey } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import {
  distance,
  type Examples,
  lossesOf,
  type Plane,
  placeOf,
  planeOf,
  SCALES,
  slopeOf,
  weightsAt,
} from './ground.ts';
import { buildNet, crossEntropy, imagesOf, readNet, type Start, targetsOf } from './network.ts';
import { type Between, between } from './ridge.ts';

export interface Params extends Start {
  steps: number;
  /** Step of gradient descent. */
  rate: number;
  seed: number;
}

/** Images to train on, images of a step, and images that no training sees. */
export const IMAGES = 5000;
export const BATCH = 64;
export const UNSEEN = 500;
/** Training images by which the ground is measured. */
const GROUND = 300;
/** How often a network is looked at. */
const LOOKS = 10;
/** Places along each side of the map. */
export const SIDES = { x: 21, y: 15 } as const;
/** A map shows at least so far around the start. */
const LEAST = 2;
/** By how much the seed of the network with another start is larger. */
const OTHER = 1000;

/** The network after so many steps, and where it lies on the map. */
export interface Moment {
  step: number;
  loss: number;
  /** Share of unseen digits that are right. */
  accuracy: number;
  x: number;
  y: number;
}

export interface Result {
  moments: Moment[];
  /** Distances from the start, and the loss there, row by row. */
  map: { x: number[]; y: number[]; loss: number[] };
  /** The length of the gradient at the start. */
  slope: { kernels: number; biases: number };
  /** The same for the kernels, were they as large as each of `SCALES`. */
  slopes: number[];
  /** How far the weights are from their start in the end. */
  travelled: number;
  /** Whether the weights went beyond all numbers; then the last moment is the last one before. */
  diverged: boolean;
  /** The line to a network with another start, and the accuracy of that one; null where one of them diverged. */
  other?: (Between & { accuracy: number }) | null;
}

function check(params: Params): void {
  const fn = 'groundOfStart';
  checkOptions(fn, params, ['scale', 'bias', 'steps', 'rate', 'units', 'seed']);
  const within = (name: 'scale' | 'bias' | 'rate', least: number, most: number) =>
    checkRange(
      typeof params[name] === 'number' && params[name] >= least && params[name] <= most,
      `${fn}: ${name} must be in [${least}, ${most}]`,
      params[name],
    );
  const whole = (name: 'steps' | 'units', least: number, most: number) =>
    checkRange(
      Number.isInteger(params[name]) && params[name] >= least && params[name] <= most,
      `${fn}: ${name} must be an integer in [${least}, ${most}]`,
      params[name],
    );
  within('scale', 0, 100);
  within('bias', 0, 100);
  whole('steps', 1, 5000);
  within('rate', 0, 1);
  whole('units', 1, 128);
  checkRange(Number.isSafeInteger(params.seed), `${fn}: seed must be a safe integer`, params.seed);
}

/** The places of the images of each step, in a new order each time all have had their turn. */
function batchesOf(steps: number, seed: number): Int32Array[] {
  const key = randomKey(seed, 'order');
  const order: number[] = [];
  for (let pass = 0; order.length < steps * BATCH; pass++) order.push(...permutation(IMAGES, foldIn(key, pass)));
  return Array.from({ length: steps }, (_, i) => Int32Array.from(order.slice(i * BATCH, (i + 1) * BATCH)));
}

/** The share of examples that a network has right. */
async function accuracyOf(net: tf.LayersModel, { images, labels }: Examples): Promise<number> {
  const right = tf.tidy(() => {
    const said = tf.argMax(net.apply(images) as tf.Tensor, 1);
    return tf.mean(tf.cast(tf.equal(said, tf.argMax(labels, 1)), 'float32'));
  });
  const [share] = await right.data();
  right.dispose();
  return share!;
}

/** What is known of a network while it learns. */
interface Look {
  step: number;
  flat: Float32Array;
  accuracy: number;
}

const areFinite = (flat: Float32Array): boolean => flat.every(Number.isFinite);

/** Trains a network; gives its weights and its accuracy again and again, until it ends or diverges. */
async function learn(
  net: tf.LayersModel,
  { steps, rate }: Params,
  seed: number,
  data: { train: Examples; unseen: Examples },
  tick: () => Promise<void>,
): Promise<Look[]> {
  const optimizer = tf.train.sgd(rate);
  const every = Math.max(1, Math.ceil(steps / LOOKS));
  const look = async (step: number): Promise<Look> => ({
    step,
    flat: await readNet(net),
    accuracy: await accuracyOf(net, data.unseen),
  });
  const looks = [await look(0)];
  try {
    for (const [i, places] of batchesOf(steps, seed).entries()) {
      tf.tidy(() => {
        const chosen = tf.tensor1d(places, 'int32');
        const [images, labels] = [tf.gather(data.train.images, chosen), tf.gather(data.train.labels, chosen)];
        optimizer.minimize(() => crossEntropy(labels, net.apply(images) as tf.Tensor));
      });
      if ((i + 1) % every === 0 || i + 1 === steps) {
        looks.push(await look(i + 1));
        if (!areFinite(looks.at(-1)!.flat)) return looks;
      }
      await tick();
    }
    return looks;
  } finally {
    optimizer.dispose();
  }
}

const spread = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

/** The loss over the plane of a path, wide enough for the path. */
async function mapOf(
  plane: Plane,
  path: readonly { x: number; y: number }[],
  ground: Examples,
  units: number,
  tick: () => Promise<void>,
) {
  const reach = Math.max(LEAST, ...path.flatMap(({ x, y }) => [x, Math.abs(y) * 2]));
  const x = spread(-0.4 * reach, 1.3 * reach, SIDES.x);
  const y = spread(-0.6 * reach, 0.6 * reach, SIDES.y);
  const loss: number[] = [];
  for (const up of y) {
    loss.push(
      ...(await lossesOf(
        ground,
        x.map((across) => weightsAt(plane, across, up)),
        units,
      )),
    );
    await tick();
  }
  return { x, y, loss };
}

/**
 * Looks at the ground around the start of a network: how steep it is there, what it is like along the way that training takes, and
 * what lies between where it leads and where another start leads.
 *
 * @param params - the start, and the training
 * @param run - the digits, progress with the result so far, and a way to stop
 */
export async function groundOfStart(params: Params, { data, onProgress, signal }: Run<Result>): Promise<Result> {
  check(params);
  const { steps, units, seed } = params;
  const { train, test } = await data.digits({ train: IMAGES, test: UNSEEN });
  const whole: Examples = { images: imagesOf(train), labels: targetsOf(train) };
  const unseen: Examples = { images: imagesOf(test), labels: targetsOf(test) };
  const ground: Examples = {
    images: tf.slice(whole.images, 0, GROUND),
    labels: tf.slice(whole.labels, 0, GROUND),
  };
  const owned: { dispose(): unknown }[] = [whole, unseen, ground].flatMap(({ images, labels }) => [images, labels]);
  const amount = 2 * steps + SIDES.y;
  let done = 0;
  let result: Result | undefined;
  const tick = (label: string) => async () => {
    signal?.throwIfAborted();
    await onProgress?.({ done: ++done / amount, label, ...(result ? { result } : {}) });
  };
  const grow = (offset: number) => {
    const net = buildNet(params, seed + offset);
    owned.push(net);
    return net;
  };
  try {
    const net = grow(0);
    const all = await learn(net, params, seed, { train: whole, unseen }, tick('training'));
    const looks = all.filter(({ flat }) => areFinite(flat));
    const plane = planeOf(looks.map(({ flat }) => flat));
    const flats = looks.map(({ flat }) => flat);
    const losses = await lossesOf(ground, flats, units);
    const places = flats.map((flat) => placeOf(plane, flat));
    const map = await mapOf(plane, places, ground, units, tick('looking around'));
    const slopes: number[] = [];
    for (const at of SCALES)
      slopes.push(params.scale === 0 ? 0 : (await slopeOf(ground, flats[0]!, units, at / params.scale)).kernels);
    result = {
      moments: looks.map(({ step, accuracy }, i) => ({ step, accuracy, loss: losses[i]!, ...places[i]! })),
      map,
      slope: await slopeOf(ground, flats[0]!, units),
      slopes,
      travelled: distance(flats[0]!, flats.at(-1)!),
      diverged: looks.length < all.length,
    };
    await onProgress?.({ done: done / amount, label: 'another start', result });
    const second = grow(OTHER);
    const others = await learn(second, params, seed + OTHER, { train: whole, unseen }, tick('another start'));
    const last = others.at(-1)!;
    const isLost = result.diverged || !areFinite(last.flat);
    const other = isLost ? null : { ...(await between(net, second, ground, units)), accuracy: last.accuracy };
    return { ...result, other };
  } finally {
    for (const one of owned.reverse()) one.dispose();
  }
}
