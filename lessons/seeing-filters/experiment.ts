import * as tf from '@tensorflow/tfjs';
import { fastKernels } from '@weightkit/core';
import type { Digits } from '@weightkit/datasets';
import type { Run } from '@weightkit/lesson';
import { foldIn, permutation, randomKey } from '@weightkit/numerics';
import { checkBoolean, checkOptions, checkRange } from '@weightkit/numerics/check';
import { readDrawing } from '../siamese/drawing.ts';
import { INPUTS, SIDE } from '../siamese/size.ts';
import { buildNet, FILTERS, imagesOf, KERNEL } from './network.ts';
import { type Patches, strongest } from './patches.ts';

export interface Params {
  /** Whether filters are drawn as the slide draws them. */
  slide: boolean;
  /** The filter whose patches are shown. */
  filter: number;
  /** The image that filters answer to: see `drawing.ts` of lesson 16. */
  image: string;
  /** Images to train on. */
  images: number;
  /** Training steps of each network. */
  steps: number;
  /** Step of Adam. */
  rate: number;
  seed: number;
}

/** Images of a step. */
export const BATCH = 64;
/** Images that no training sees, by which accuracy is measured, and among which patches are looked for. */
export const UNSEEN = 500;
/** How often networks are looked at. */
const LOOKS = 10;
/** By how much the seed of the network with another start is larger. */
const OTHER = 1000;

/** The first layer after so many steps, and how many unseen digits the network has right. */
export interface Moment {
  step: number;
  /** [height, width, 1, filter], the filter running fastest. */
  kernel: Float32Array;
  bias: Float32Array;
  accuracy: number;
}

export interface Result {
  moments: Moment[];
  /** A network with another start that saw the same batches, and one with this start whose first layer stood still. */
  other: Moment[];
  frozen: Moment[];
  /** What the first layer answers to the reader's image, before ReLU: 12 × 12 places for each filter. */
  drawn: { pixels: Float32Array; answers: Float32Array };
  /** In the end: the patches of unseen images that excite each filter most, and the share of all places where it is above 0. */
  patches?: Patches;
  active?: Float32Array;
}

/** The image that a text of a reader stands for. */
function pixelsOf(text: string, unseen: tf.Tensor4D, { labels }: Digits): tf.Tensor4D {
  const drawing = readDrawing(text)!;
  if ('pixels' in drawing) return tf.tensor4d(drawing.pixels, [1, SIDE, SIDE, 1]);
  const own = [...labels.keys()].filter((i) => labels[i] === drawing.digit);
  return tf.slice(unseen, own[drawing.nth]!, 1);
}

// #region answers
/** What the filters answer to images: stock convolution at every place, and the bias. */
async function answersTo(images: tf.Tensor4D, { kernel, bias }: Moment): Promise<Float32Array> {
  const answers = tf.tidy(() => {
    const filters = tf.tensor4d(kernel, [KERNEL, KERNEL, 1, FILTERS]);
    return tf.add(tf.conv2d(images, filters, 1, 'valid'), bias);
  });
  const values = (await answers.data()) as Float32Array;
  answers.dispose();
  return values.slice();
}
// #endregion

/** What the filters of a moment answer to the reader's image. */
async function answersToDrawn(image: string, unseen: tf.Tensor4D, test: Digits, now: Moment): Promise<Result['drawn']> {
  const own = pixelsOf(image, unseen, test);
  const pixels = ((await own.data()) as Float32Array).slice();
  const answers = await answersTo(own, now);
  own.dispose();
  return { pixels, answers };
}

/** Another image for the filters of a run: nothing is trained. */
export async function drawAgain(result: Result, params: Params, { data }: Run<Result>): Promise<Result> {
  check(params);
  const { test } = await data.digits({ train: 1, test: UNSEEN });
  const unseen = imagesOf(test);
  try {
    return { ...result, drawn: await answersToDrawn(params.image, unseen, test, result.moments.at(-1)!) };
  } finally {
    unseen.dispose();
  }
}

/** The first layer now, and how many unseen digits are right. */
async function lookAt(net: tf.Sequential, step: number, unseen: tf.Tensor4D, labels: tf.Tensor1D): Promise<Moment> {
  const [kernel, bias] = await Promise.all(
    net
      .getLayer('conv')
      .getWeights()
      .map((weight) => weight.data()),
  );
  const right = tf.tidy(() => {
    const said = tf.argMax(net.predict(unseen, { batchSize: UNSEEN }) as tf.Tensor, 1);
    return tf.mean(tf.cast(tf.equal(said, labels), 'float32'));
  });
  const [accuracy] = await right.data();
  right.dispose();
  return { step, kernel: kernel!.slice() as Float32Array, bias: bias!.slice() as Float32Array, accuracy: accuracy! };
}

function check(params: Params): void {
  const fn = 'seeingFilters';
  checkOptions(fn, params, ['slide', 'filter', 'image', 'images', 'steps', 'rate', 'seed']);
  const { slide, filter, image, images, steps, rate, seed } = params;
  checkBoolean(fn, 'slide', slide);
  const whole = (name: string, value: number, least: number, last: number) =>
    checkRange(
      Number.isInteger(value) && value >= least && value <= last,
      `${fn}: ${name} must be an integer in [${least}, ${last}]`,
      value,
    );
  whole('filter', filter, 0, FILTERS - 1);
  checkRange(readDrawing(image) !== undefined, `${fn}: image must be a digit or a drawing`, image);
  whole('images', images, BATCH, 20_000);
  whole('steps', steps, 1, 5000);
  checkRange(typeof rate === 'number' && rate >= 0 && rate <= 1, `${fn}: rate must be in [0, 1]`, rate);
  checkRange(Number.isSafeInteger(seed), `${fn}: seed must be a safe integer`, seed);
}

/** The places of the images of each step, in a new order each time all have had their turn. */
function batchesOf({ images, steps, seed }: Params): Int32Array[] {
  const key = randomKey(seed, 'order');
  const order: number[] = [];
  for (let pass = 0; order.length < steps * BATCH; pass++) order.push(...permutation(images, foldIn(key, pass)));
  return Array.from({ length: steps }, (_, i) => Int32Array.from(order.slice(i * BATCH, (i + 1) * BATCH)));
}

/**
 * Trains a small convolutional network on digits and keeps its first filters as they form; finds the patches of unseen images that
 * excite each filter most, and what filters answer to an image of the reader. Beside it trains a network with another start, and one
 * whose first layer stands still.
 *
 * @param params - training, and the image that filters answer to
 * @param run - the digits, progress with the result so far, and a way to stop
 */
export async function seeingFilters(params: Params, { data, onProgress, signal }: Run<Result>): Promise<Result> {
  check(params);
  const { image, images: count, steps, rate, seed } = params;
  const { train, test } = await data.digits({ train: count, test: UNSEEN });
  const batches = batchesOf(params);
  const every = Math.max(1, Math.ceil(steps / LOOKS));
  const fast = fastKernels();
  const [images, unseen] = [imagesOf(train), imagesOf(test)];
  const digits = tf.tensor1d(Int32Array.from(train.labels), 'int32');
  const labels = tf.tensor1d(Int32Array.from(test.labels), 'int32');
  const owned: { dispose(): unknown }[] = [images, unseen, digits, labels];
  const result: Result = {
    moments: [],
    other: [],
    frozen: [],
    drawn: { pixels: new Float32Array(INPUTS), answers: new Float32Array() },
  };
  let done = 0;
  const learn = async (name: 'moments' | 'other' | 'frozen', label: string) => {
    const net = buildNet(name === 'other' ? seed + OTHER : seed);
    const optimizer = tf.train.adam(rate);
    owned.push(net, optimizer);
    if (name === 'frozen') net.getLayer('conv').trainable = false;
    net.compile({ optimizer, loss: 'categoricalCrossentropy' });
    const look = async (step: number) => {
      const now = await lookAt(net, step, unseen, labels);
      result[name].push(now);
      if (name === 'moments') result.drawn = await answersToDrawn(image, unseen, test, now);
    };
    await look(0);
    await onProgress?.({ done: done / (3 * steps), label, result });
    for (const [i, places] of batches.entries()) {
      signal?.throwIfAborted();
      const [x, y] = tf.tidy(() => {
        const chosen = tf.tensor1d(places, 'int32');
        const own = tf.oneHot(tf.gather(digits, chosen), 10);
        return [tf.gather(images, chosen), tf.cast(own, 'float32')];
      });
      try {
        await net.trainOnBatch(x!, y!);
      } finally {
        tf.dispose([x, y]);
      }
      done++;
      if ((i + 1) % every === 0 || i + 1 === steps) await look(i + 1);
      await onProgress?.({ done: done / (3 * steps), label: `${label}, step ${i + 1} of ${steps}`, result });
    }
  };
  try {
    await learn('moments', 'the network');
    const last = result.moments.at(-1)!;
    const answers = await answersTo(unseen, last);
    const pixels = (await unseen.data()) as Float32Array;
    result.patches = strongest(pixels, answers);
    result.active = Float32Array.from({ length: FILTERS }, (_, filter) => {
      let above = 0;
      for (let i = filter; i < answers.length; i += FILTERS) above += Number(answers[i]! > 0);
      return above / (answers.length / FILTERS);
    });
    await learn('frozen', 'first layer frozen');
    await learn('other', 'another start');
    return result;
  } finally {
    fast.restore();
    for (const one of owned.reverse()) one.dispose();
  }
}
