import * as tf from '@tensorflow/tfjs';
import type { Run } from '@weightkit/lesson';
import { foldIn, permutation, randomKey } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import {
  type GridOptions,
  gptq,
  histogramObserver,
  type IntegerDtype,
  minMaxObserver,
  type Observer,
  prepare,
  trainQuantized,
} from '@weightkit/quantization';
import { halved } from '../siamese/network.ts';
import { INPUTS } from '../siamese/size.ts';
import { packAndLoad, plainSize, stockAndLoad } from './files.ts';
import { BITS, gridOf, RANGES, type Range, SHARED, type Shared } from './grids.ts';
import { LAYERS, type Layer } from './layers.ts';
import { buildClassifier } from './network.ts';

export interface Params {
  /** Bits of a weight. */
  bits: number;
  /** Which weights share a scale. */
  shared: Shared;
  /** Where the codes reach. */
  range: Range;
  /** The layer whose weights are looked at. */
  layer: Layer;
  /** Training steps of the network. */
  steps: number;
  /** Further steps, with rounded weights and without. */
  more: number;
  seed: number;
}

/** Images to train on, images of a step, images that no training sees, and of those to train on those that calibrate. */
const IMAGES = 10_000;
const BATCH = 64;
export const UNSEEN = 1000;
export const CALIBRATING = 256;
/** Steps of Adam: for the first three quarters of the training, for the last, and for the further steps. */
const RATES = { first: 0.01, last: 0.002, more: 0.002 };
/** Bits of weights that are trained for, and bits of activations. */
export const FEW = [3, 2] as const;
export const ACTIVATION_BITS = [8, 4, 3, 2] as const;

/** Ways to find the range of activations. */
const OBSERVERS = {
  'least and greatest': () => minMaxObserver(),
  '99.9 % of all': () => histogramObserver({ range: 'percentile', percentile: 99.9 }),
  'least square error': () => histogramObserver({ range: 'mse' }),
} satisfies Record<string, () => Observer>;
type Way = keyof typeof OBSERVERS;

/** What was measured of a file: its bytes, and the share of unseen digits that the network in it has right. */
export interface FileOf {
  bits: number;
  shared: Shared;
  bytes: number;
  accuracy: number;
}

/** Activations of so many bits, their ranges found in one way. */
export interface Ranged {
  bits: number;
  way: Way;
  /** Where the range of what the first layer gives ends, and how much of it lies beyond. */
  end: number;
  clipped: number;
  accuracy: number;
}

/** What is right with weights of few bits and a scale for each output, by four ways to get them. */
interface Few {
  bits: number;
  nearest: number;
  gptq: number;
  /** Trained for the further steps first, then rounded. */
  later: number;
  /** Trained for the further steps with rounded weights. */
  aware: number;
}

export interface Result {
  /** Of the network in float32, and the bytes of its file. */
  accuracy: number;
  bytes: number;
  /** Kernels [inputs, units] and biases, in the order of the layers. */
  weights: Float32Array[];
  /** Each of the bits with each way to share a scale. */
  files: FileOf[];
  /** The same by files that stock TensorFlow.js knows by itself, with a byte for each weight; `before` are the bytes with four. */
  stock: { accuracy: number; bytes: number; before: number };
  ranged: Ranged[];
  /** What the first layer gives for the calibrating images where that is above 0. */
  activations: { edges: number[]; counts: number[]; zeros: number };
  few: Few[];
  /** Of the network in float32 after the further steps. */
  longer: number;
}

/** Digits that networks are asked about. */
interface Unseen {
  images: tf.Tensor2D;
  labels: tf.Tensor1D;
}

/** What the parts of a run share. */
interface Bench {
  images: tf.Tensor2D;
  digits: tf.Tensor1D;
  unseen: Unseen;
  seed: number;
  tick: (label: string) => Promise<void>;
  signal: AbortSignal | undefined;
}

/** The share of unseen digits that a network has right. */
async function accuracyOf(net: tf.LayersModel, { images, labels }: Unseen): Promise<number> {
  const right = tf.tidy(() => {
    const said = tf.argMax(net.predict(images, { batchSize: UNSEEN }) as tf.Tensor, 1);
    return tf.sum(tf.cast(tf.equal(said, labels), 'float32'));
  });
  const [count] = await right.data();
  right.dispose();
  return count! / UNSEEN;
}

/** Does something with a network of these weights, which is disposed then. */
async function withNet<T>(weights: readonly Float32Array[], use: (net: tf.Sequential) => Promise<T>): Promise<T> {
  const net = buildClassifier(0);
  tf.tidy(() => net.setWeights(net.getWeights().map(({ shape }, i) => tf.tensor(weights[i]!, shape))));
  try {
    return await use(net);
  } finally {
    net.dispose();
  }
}

const weightsOf = (net: tf.LayersModel): Promise<Float32Array[]> =>
  Promise.all(net.getWeights().map(async (weight) => ((await weight.data()) as Float32Array).slice()));

/** Trains a network for some steps. */
async function learn(net: tf.Sequential, steps: number, part: keyof typeof RATES, bench: Bench): Promise<void> {
  const { images, digits, seed, tick, signal } = bench;
  const optimizer = tf.train.adam(RATES[part]);
  const key = randomKey(seed, part);
  const order: number[] = [];
  for (let pass = 0; order.length < steps * BATCH; pass++) order.push(...permutation(IMAGES, foldIn(key, pass)));
  net.compile({ optimizer, loss: 'categoricalCrossentropy' });
  try {
    for (let step = 0; step < steps; step++) {
      signal?.throwIfAborted();
      const [x, y] = tf.tidy(() => {
        const chosen = tf.tensor1d(order.slice(step * BATCH, (step + 1) * BATCH), 'int32');
        const labels = tf.oneHot(tf.gather(digits, chosen), LAYERS.digits);
        return [tf.gather(images, chosen), tf.cast(labels, 'float32')];
      });
      try {
        await net.trainOnBatch(x!, y!);
      } finally {
        tf.dispose([x, y]);
      }
      await tick(`step ${step + 1} of ${steps}`);
    }
  } finally {
    optimizer.dispose();
  }
}

/** What stock TensorFlow.js has right with each file. */
async function tryFiles(net: tf.LayersModel, range: Range, { unseen, tick, signal }: Bench): Promise<FileOf[]> {
  const files: FileOf[] = [];
  for (const bits of BITS)
    for (const shared of SHARED) {
      signal?.throwIfAborted();
      const { loaded, bytes } = await packAndLoad(net, gridOf(bits, shared, range));
      try {
        files.push({ bits, shared, bytes, accuracy: await accuracyOf(loaded, unseen) });
      } finally {
        loaded.dispose();
      }
      await tick(`${bits} bits`);
    }
  return files;
}

// #region calibrate
/** Rounds activations too, to so many bits: prepare, calibrate, convert. Weights have 8 bits. */
async function roundActivations(net: tf.LayersModel, bits: number, way: Way, bench: Bench): Promise<Ranged> {
  const prepared = prepare(net, { observer: OBSERVERS[way], dtype: `uint${bits}` as IntegerDtype });
  const x = tf.slice(bench.images, 0, CALIBRATING);
  try {
    const { layers } = await prepared.calibrate({ x });
    const { max, clipped } = layers[0]!.outputs[0]!;
    const converted = await prepared.convert({ weights: { dtype: 'uint8' } });
    try {
      return { bits, way, end: max[0]!, clipped: clipped ?? 0, accuracy: await accuracyOf(net, bench.unseen) };
    } finally {
      converted.restore();
    }
  } finally {
    x.dispose();
  }
}
// #endregion

// #region train
/** Trains on with rounded weights, whose steps are trained as well. */
async function trainRounded(net: tf.Sequential, grid: GridOptions, steps: number, bench: Bench): Promise<number> {
  const training = await trainQuantized(net, { grid, learned: true });
  await learn(net, steps, 'more', bench);
  training.fold();
  return accuracyOf(net, bench.unseen);
}
// #endregion

/** The same network by few bits in four ways. `longer` are its weights after the further steps. */
async function tryFew(weights: Float32Array[], longer: Float32Array[], bits: number, more: number, bench: Bench) {
  const grid = gridOf(bits, 'an output', 'all weights');
  const rounded = (all: Float32Array[]) =>
    withNet(all, async (net) => {
      const { loaded } = await packAndLoad(net, grid);
      try {
        return await accuracyOf(loaded, bench.unseen);
      } finally {
        loaded.dispose();
      }
    });
  const byGptq = () =>
    withNet(weights, async (net) => {
      const x = tf.slice(bench.images, 0, CALIBRATING);
      try {
        await gptq(net, { x }, { dtype: `int${bits}` as IntegerDtype });
      } finally {
        x.dispose();
      }
      return accuracyOf(net, bench.unseen);
    });
  return {
    bits,
    nearest: await rounded(weights),
    gptq: await byGptq(),
    later: await rounded(longer),
    aware: await withNet(weights, (net) => trainRounded(net, grid, more, bench)),
  };
}

/** What the first layer gives for the calibrating images, in bins. */
async function activationsOf(net: tf.LayersModel, images: tf.Tensor2D): Promise<Result['activations']> {
  const first = tf.tidy(() => net.layers[0]!.apply(tf.slice(images, 0, CALIBRATING)) as tf.Tensor);
  const values = (await first.data()) as Float32Array;
  first.dispose();
  const above = values.filter((value) => value > 0);
  const bins = 60;
  const most = above.reduce((most, value) => Math.max(most, value), 0) || 1;
  const edges = Array.from({ length: bins + 1 }, (_, i) => (most * i) / bins);
  const counts = new Array<number>(bins).fill(0);
  for (const value of above) counts[Math.min(bins - 1, Math.floor((value / most) * bins))]!++;
  return { edges, counts, zeros: values.length - above.length };
}

function check(params: Params): void {
  const fn = 'quantization';
  checkOptions(fn, params, ['bits', 'shared', 'range', 'layer', 'steps', 'more', 'seed']);
  const { bits, shared, range, layer, steps, more, seed } = params;
  const whole = (name: string, value: number, least: number, last: number) =>
    checkRange(
      Number.isInteger(value) && value >= least && value <= last,
      `${fn}: ${name} must be an integer in [${least}, ${last}]`,
      value,
    );
  const among = (name: string, value: string, all: readonly string[]) =>
    checkRange(all.includes(value), `${fn}: ${name} must be among ${all.join(', ')}`, value);
  whole('bits', bits, 2, 8);
  among('shared', shared, SHARED);
  among('range', range, RANGES);
  among('layer', layer, Object.keys(LAYERS));
  whole('steps', steps, 1, 5000);
  whole('more', more, 1, 5000);
  checkRange(Number.isSafeInteger(seed), `${fn}: seed must be a safe integer`, seed);
}

/** Digits as tensors, which are disposed after use. */
async function withBench<T>(
  { seed }: Params,
  { data, signal }: Run<Result>,
  tick: Bench['tick'],
  use: (bench: Bench) => Promise<T>,
): Promise<T> {
  const { train, test } = await data.digits({ train: IMAGES, test: UNSEEN });
  const [images, unseen] = [train, test].map((set) => tf.tensor2d(halved(set), [set.count, INPUTS])) as tf.Tensor2D[];
  const [digits, labels] = [train, test].map((set) =>
    tf.tensor1d(Int32Array.from(set.labels), 'int32'),
  ) as tf.Tensor1D[];
  try {
    return await use({
      images: images!,
      digits: digits!,
      unseen: { images: unseen!, labels: labels! },
      seed,
      tick,
      signal,
    });
  } finally {
    tf.dispose([images, digits, unseen, labels]);
  }
}

/** The files again, with another range: nothing is trained. */
export async function tryAgain(result: Result, params: Params, run: Run<Result>): Promise<Result> {
  check(params);
  const again = (net: tf.LayersModel) =>
    withBench(
      params,
      run,
      async () => {},
      (bench) => tryFiles(net, params.range, bench),
    );
  return { ...result, files: await withNet(result.weights, again) };
}

/**
 * Trains a small classifier of digits, stores it with 8 to 2 bits for each weight, and measures what each file has right; rounds
 * activations too; and gets to few bits by GPTQ and by further training, with rounded weights and without.
 *
 * @param params - what to train, and what to look at
 * @param run - the digits, progress with the result so far, and a way to stop
 */
export async function quantization(params: Params, run: Run<Result>): Promise<Result> {
  check(params);
  const { range, steps, more, seed } = params;
  const ticks = steps + (1 + FEW.length) * more + (BITS.length + ACTIVATION_BITS.length) * 3;
  const result: Result = {
    accuracy: 0,
    bytes: 0,
    weights: [],
    files: [],
    stock: { accuracy: 0, bytes: 0, before: 0 },
    ranged: [],
    activations: { edges: [0, 1], counts: [0], zeros: 0 },
    few: [],
    longer: 0,
  };
  let [done, doing] = [0, 'the network'];
  const shown = () => (result.files.length > 0 ? { result } : {});
  const tick = async (label: string) => {
    done++;
    await run.onProgress?.({ done: done / ticks, label: `${doing}, ${label}`, ...shown() });
  };
  return withBench(params, run, tick, async (bench) => {
    const net = buildClassifier(seed);
    try {
      const last = Math.floor(steps / 4);
      await learn(net, steps - last, 'first', bench);
      await learn(net, last, 'last', bench);
      result.accuracy = await accuracyOf(net, bench.unseen);
      result.bytes = await plainSize(net);
      result.weights = await weightsOf(net);
      doing = 'files';
      result.files = await tryFiles(net, range, bench);
      const { loaded, ...sizes } = await stockAndLoad(net);
      try {
        result.stock = { ...sizes, accuracy: await accuracyOf(loaded, bench.unseen) };
      } finally {
        loaded.dispose();
      }
      doing = 'activations';
      result.activations = await activationsOf(net, bench.images);
      for (const bits of ACTIVATION_BITS)
        for (const way of Object.keys(OBSERVERS) as Way[]) {
          result.ranged.push(await roundActivations(net, bits, way, bench));
          await tick(`${bits} bits`);
        }
      doing = 'further training';
      await learn(net, more, 'more', bench);
      result.longer = await accuracyOf(net, bench.unseen);
      const longer = await weightsOf(net);
      for (const bits of FEW) {
        doing = `training with ${bits} bits`;
        result.few.push(await tryFew(result.weights, longer, bits, more, bench));
      }
      return result;
    } finally {
      net.dispose();
    }
  });
}
