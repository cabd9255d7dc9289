import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { glorotNormal, heNormal, initialize } from '@weightkit/initializers';
import { permutation, type randomKey } from '@weightkit/numerics';

/** Pixels along a side of a digit: means of 2 × 2 of its 28 × 28. */
const SIDE = 14;
/** Where each of the 784 pixels goes. */
const CELL_OF = Uint8Array.from(
  { length: PIXELS },
  (_, pixel) => Math.floor(pixel / 56) * SIDE + Math.floor((pixel % 28) / 2),
);
/** Of the old digits, and of the new ones. */
const CLASSES = 5;

/** Images in [0, 1], and a row for each with a 1 in the place of its class. */
export interface Examples {
  x: tf.Tensor4D;
  y: tf.Tensor2D;
}

/** Where the digits from `first` to `first + 4` are, in their order. */
export function placesOf({ labels }: Digits, first: number): number[] {
  return Array.from(labels.keys()).filter((i) => labels[i]! >= first && labels[i]! < first + CLASSES);
}

/** So many of these places, as many of each digit as of any other, drawn anew for each key. */
export function drawn(
  { labels }: Digits,
  places: readonly number[],
  count: number,
  key: ReturnType<typeof randomKey>,
): number[] {
  const order = Array.from(permutation(places.length, key), (i) => places[i]!);
  const queues = new Map<number, number[]>();
  for (const place of order) {
    const queue = queues.get(labels[place]!);
    if (queue) queue.push(place);
    else queues.set(labels[place]!, [place]);
  }
  const turns = Array.from(queues.values());
  const longest = Math.max(...turns.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) => turns.flatMap((queue) => queue[turn] ?? []))
    .flat()
    .slice(0, count);
}

/** The digits at these places for the network, dark on white where they are `onPaper`; the caller disposes both. */
export function examplesOf(
  { pixels, labels }: Digits,
  places: readonly number[],
  first: number,
  onPaper = false,
): Examples {
  const means = new Float32Array(places.length * SIDE * SIDE);
  for (const [example, place] of places.entries()) {
    const [to, from] = [example * SIDE * SIDE, place * PIXELS];
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const ink = pixels[from + pixel]!;
      const at = to + CELL_OF[pixel]!;
      means[at] = means[at]! + (onPaper ? 255 - ink : ink) / (4 * 255);
    }
  }
  const classes = tf.tensor1d(
    places.map((place) => labels[place]! - first),
    'int32',
  );
  const y = tf.tidy(() => tf.cast(tf.oneHot(classes, CLASSES), 'float32') as tf.Tensor2D);
  classes.dispose();
  return { x: tf.tensor4d(means, [places.length, SIDE, SIDE, 1]), y };
}

/** A new last layer: five digits. */
export const headNamed = (name: string): tf.layers.Layer =>
  tf.layers.dense({ name, units: CLASSES, activation: 'softmax' });

/** Two convolutions with batch normalization, and a head of this name. */
export function buildNet(head: string, seed: number): tf.Sequential {
  const conv = (name: string, filters: number, more: { inputShape?: [number, number, number] } = {}) =>
    tf.layers.conv2d({ name, filters, kernelSize: 3, strides: 2, padding: 'same', useBias: false, ...more });
  const norm = (name: string) => tf.layers.batchNormalization({ name, momentum: 0.9 });
  const model = tf.sequential({
    layers: [
      conv('conv1', 8, { inputShape: [SIDE, SIDE, 1] }),
      norm('norm1'),
      tf.layers.reLU(),
      conv('conv2', 16),
      norm('norm2'),
      tf.layers.reLU(),
      tf.layers.flatten({ name: 'features' }),
      headNamed(head),
    ],
  });
  initialize(model, { 'conv*/kernel': heNormal(), [`${head}/kernel`]: glorotNormal() }, { seed });
  return model;
}

/** The layers of the base, from the image to the head. */
export const LAYERS = ['conv1', 'norm1', 'conv2', 'norm2'] as const;
export type LayerName = (typeof LAYERS)[number];

/** The values of the weights of a network's base, statistics included, by path; copies. */
export async function valuesOf(model: tf.LayersModel): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const weight of weightsOf(model)) {
    if (!LAYERS.some((layer) => weight.path.startsWith(`${layer}/`))) continue;
    const tensor = weight.read();
    values.set(weight.path, ((await tensor.data()) as Float32Array).slice());
    tensor.dispose();
  }
  return values;
}

/** How far the weights of each layer are from where they began: ‖W − W₀‖ / ‖W₀‖, over all weights of the layer. */
export function movedFrom(
  before: Map<string, Float32Array>,
  now: Map<string, Float32Array>,
): Record<LayerName, number> {
  return Object.fromEntries(
    LAYERS.map((layer) => {
      let [change, size] = [0, 0];
      for (const [path, values] of now)
        if (path.startsWith(`${layer}/`))
          for (const [i, was] of before.get(path)!.entries()) {
            change += (values[i]! - was) ** 2;
            size += was ** 2;
          }
      return [layer, Math.sqrt(change / size)];
    }),
  ) as Record<LayerName, number>;
}

/** How many numbers there are, and how many of them have other bits than before. */
export function changedBits(before: Map<string, Float32Array>, now: Map<string, Float32Array>) {
  const counts = { numbers: 0, changed: 0 };
  const bitsOf = ({ buffer, byteOffset, length }: Float32Array) => new Uint32Array(buffer, byteOffset, length);
  for (const [path, values] of now) {
    const [a, b] = [bitsOf(before.get(path)!), bitsOf(values)];
    counts.numbers += b.length;
    counts.changed += b.reduce((count, bits, i) => count + (bits === a[i] ? 0 : 1), 0);
  }
  return counts;
}
