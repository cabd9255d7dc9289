import * as tf from '@tensorflow/tfjs';
import { fastKernels, fillMissingKernels } from '@weightkit/core';
import { signalReport } from '@weightkit/initializers';
import type { Data, Run } from '@weightkit/lesson';
import { foldIn, permutation, randomKey } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { type MapSize, torchOrder } from './flatten.ts';
import { buildNet, isSmall, mapOf, STARTS, type Start, startAs } from './network.ts';
import { NETWORKS, type Network } from './stacks.ts';

/** Optimizers with the learning rates that Keras gives them. */
export const RATES = { Adam: 0.001, SGD: 0.01 } as const;
export type Optimizer = keyof typeof RATES;

export interface Params {
  network: Network;
  /** Standard deviation of random_normal. */
  std: number;
  optimizer: Optimizer;
  epochs: number;
  /** Labelled images; the last fifth is for validation. */
  images: number;
  seed: number;
}

/** Images of a step: what Keras takes where nobody says. */
export const BATCH = 32;
/** Images on which signals are measured at the start. */
const PROBE = 64;

/** Images with which a run makes sense: a batch to train on, and some to validate with. */
const FEWEST = 50;

/** A network after so many epochs. */
export interface Moment {
  epoch: number;
  /** Share of the validation images that are right. */
  accuracy: number;
  /** Mean loss of the steps of the epoch; of none before the first. */
  loss: number | null;
}

/** One start and what came of it. */
export interface StartRun {
  start: Start;
  /** Before the first step, layer by layer: the spread of the weights, and of the sums that the layer makes of images. */
  layers: { layer: string; fanIn: number; weights: number; sums: number }[];
  moments: Moment[];
}

export interface Result {
  data: 'MNIST' | 'CIFAR-10';
  train: number;
  validation: number;
  runs: StartRun[];
  /** Size of the map that is flattened: height, width, channels. */
  map: MapSize;
  /** In the end, the first network: as it is, and with the rows of its dense kernel in the order of PyTorch. */
  order?: { right: number; wrong: number };
}

/** Validation accuracy in the end. */
export const endOf = ({ moments }: Pick<StartRun, 'moments'>): number => moments.at(-1)!.accuracy;

interface Examples {
  x: tf.Tensor4D;
  labels: tf.Tensor1D;
}

/** Images in [0, 1]: the reader's pictures where there are any, else digits. Small networks get means of 2 × 2 pixels. */
async function readImages({ images, network }: Params, data: Data): Promise<Examples & Pick<Result, 'data'>> {
  const own = await data.pictures?.(images);
  const { count, pixels, labels } = own ?? (await data.digits({ train: images, test: 0 })).train;
  checkRange(count >= FEWEST, `imageClassification: the files must have ${FEWEST} images or more`, count);
  const [side, channels] = own ? [32, 3] : [28, 1];
  const x = tf.tidy(() => {
    const whole = tf.div(tf.tensor4d(Float32Array.from(pixels), [count, side, side, channels]), 255) as tf.Tensor4D;
    return isSmall(network) ? tf.avgPool(whole, 2, 2, 'valid') : whole;
  });
  return { x, labels: tf.tensor1d(Int32Array.from(labels), 'int32'), data: own ? 'CIFAR-10' : 'MNIST' };
}

async function shareRight(net: tf.Sequential, { x, labels }: Examples): Promise<number> {
  const right = tf.tidy(() => {
    const said = tf.argMax(net.predict(x, { batchSize: 250 }) as tf.Tensor, 1);
    return tf.mean(tf.cast(tf.equal(said, labels), 'float32'));
  });
  const [share] = await right.data();
  right.dispose();
  return share!;
}

/** The spread of weights and sums in each layer, before training. */
async function layersOf(net: tf.Sequential, x: tf.Tensor4D): Promise<StartRun['layers']> {
  const probe = tf.slice(x, 0, Math.min(PROBE, x.shape[0]));
  try {
    const { layers } = await signalReport(net, probe);
    return layers.map(({ path, fanIn, weightStd, forward }) => ({
      layer: path,
      fanIn,
      weights: weightStd!,
      sums: Math.sqrt(forward.measured!),
    }));
  } finally {
    probe.dispose();
  }
}

// #region rows
/** Validation accuracy with the rows of the first dense kernel as PyTorch orders them: what a plain transpose of its weight gives. */
async function withTorchOrder(net: tf.Sequential, map: MapSize, validation: Examples): Promise<number> {
  const dense = net.getLayer('dense1');
  const [kernel, bias] = dense.getWeights() as [tf.Tensor2D, tf.Tensor1D];
  const rows = tf.tensor1d(torchOrder(map), 'int32');
  const moved = tf.gather(kernel, rows);
  const before = kernel.clone();
  try {
    dense.setWeights([moved, bias]);
    return await shareRight(net, validation);
  } finally {
    dense.setWeights([before, bias]);
    tf.dispose([rows, moved, before]);
  }
}
// #endregion

function check(params: Params): void {
  const fn = 'imageClassification';
  checkOptions(fn, params, ['network', 'std', 'optimizer', 'epochs', 'images', 'seed']);
  const { network, std, optimizer, epochs, images, seed } = params;
  checkRange(NETWORKS.includes(network), `${fn}: network must be one of ${NETWORKS.join(', ')}`, network);
  checkRange(typeof std === 'number' && std >= 0 && std <= 10, `${fn}: std must be in [0, 10]`, std);
  checkRange(Object.hasOwn(RATES, optimizer), `${fn}: optimizer must be one of ${Object.keys(RATES)}`, optimizer);
  const whole = (name: string, value: number, least: number, most: number) =>
    checkRange(
      Number.isInteger(value) && value >= least && value <= most,
      `${fn}: ${name} must be an integer in [${least}, ${most}]`,
      value,
    );
  whole('epochs', epochs, 1, 50);
  whole('images', images, FEWEST, 20_000);
  checkRange(Number.isSafeInteger(seed), `${fn}: seed must be a safe integer`, seed);
}

/**
 * Trains a convolutional network from three starts, all else equal, as slide 10 does: the same images in the same order, the last fifth
 * for validation.
 *
 * @param params - the network, its starts and the training
 * @param run - the images, progress with the result so far, and a way to stop
 */
export async function imageClassification(params: Params, { data, onProgress, signal }: Run<Result>): Promise<Result> {
  check(params);
  const { network, std, optimizer: name, epochs, seed } = params;
  const { x, labels, data: from } = await readImages(params, data);
  const [count] = x.shape;
  const train = count - Math.floor(count / 5);
  const part = (start: number, size: number): Examples => ({
    x: tf.slice(x, start, size),
    labels: tf.slice(labels, start, size),
  });
  const validation = part(train, count - train);
  const steps = Math.floor(train / BATCH);
  const size = x.shape.slice(1);
  const owned: { dispose(): unknown }[] = [x, labels, validation.x, validation.labels];
  const fast = fastKernels();
  const filled = tf.getBackend() === 'wasm' ? fillMissingKernels('wasm', { kernels: ['MaxPoolGrad'] }) : undefined;
  const key = randomKey(seed, 'order');
  const nets: tf.Sequential[] = [];
  const total = STARTS.length * epochs * steps;
  let done = 0;
  try {
    const result: Result = { data: from, train, validation: count - train, runs: [], map: mapOf(network, size) };
    for (const start of STARTS) {
      const net = buildNet(network, size);
      const optimizer = tf.train[name === 'Adam' ? 'adam' : 'sgd'](RATES[name]);
      owned.push(net, optimizer);
      startAs(net, start, { std, seed });
      net.compile({ optimizer, loss: 'categoricalCrossentropy' });
      nets.push(net);
      const moments = [{ epoch: 0, accuracy: await shareRight(net, validation), loss: null }];
      result.runs.push({ start, layers: await layersOf(net, validation.x), moments });
    }
    await onProgress?.({ done: 0, label: 'before training', result });
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const order = permutation(train, foldIn(key, epoch));
      for (const [i, { start, moments }] of result.runs.entries()) {
        let loss = 0;
        for (let step = 0; step < steps; step++) {
          signal?.throwIfAborted();
          loss += await trainOn(nets[i]!, { x, labels }, order.subarray(step * BATCH, (step + 1) * BATCH));
          done++;
          const label = `epoch ${epoch} of ${epochs}, ${start}`;
          await onProgress?.({ done: done / total, label, result });
        }
        moments.push({ epoch, accuracy: await shareRight(nets[i]!, validation), loss: loss / steps });
      }
    }
    const [first] = nets;
    result.order = { right: endOf(result.runs[0]!), wrong: await withTorchOrder(first!, result.map, validation) };
    return result;
  } finally {
    filled?.restore();
    fast.restore();
    for (const one of owned.reverse()) one.dispose();
  }
}

/** One step on the images at these places; its loss. */
async function trainOn(net: tf.Sequential, { x, labels }: Examples, places: ArrayLike<number>): Promise<number> {
  const [images, classes] = tf.tidy(() => {
    const chosen = tf.tensor1d(Int32Array.from(places), 'int32');
    return [tf.gather(x, chosen), tf.cast(tf.oneHot(tf.gather(labels, chosen), 10), 'float32')];
  });
  try {
    return (await net.trainOnBatch(images!, classes!)) as number;
  } finally {
    tf.dispose([images, classes]);
  }
}
