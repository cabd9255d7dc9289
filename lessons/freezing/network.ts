import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { glorotNormal, heNormal, initialize } from '@weightkit/initializers';

/** Pixels along a side of a digit, when it is so small that the whole network can be drawn. */
const SIDE = 4;
export const INPUTS = SIDE * SIDE;
/** A digit fills a square of 20 pixels in the middle of its image. */
const MARGIN = 4;
const BLOCK = 20 / SIDE;

/** The layers that can be frozen, each with its batch normalization. */
export const LAYERS = [
  ['layer1', 'norm1'],
  ['layer2', 'norm2'],
] as const;

/** Where each pixel of an image goes: the number of its block, or −1 on the margin. */
const BLOCK_OF = Int32Array.from({ length: PIXELS }, (_, pixel) => {
  const [row, column] = [Math.floor(pixel / 28), pixel % 28].map((at) => Math.floor((at - MARGIN) / BLOCK));
  return Math.min(row!, column!) < 0 || Math.max(row!, column!) >= SIDE ? -1 : SIDE * row! + column!;
});

/** Digits for the network: means of 5 × 5 pixels in [0, 1], and a row for each digit with a 1 in its place; the caller disposes both. */
export function examplesOf({ count, pixels, labels }: Digits, contrast: number) {
  const means = new Float32Array(count * INPUTS);
  for (let digit = 0; digit < count; digit++)
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const block = BLOCK_OF[pixel]!;
      if (block < 0) continue;
      const to = digit * INPUTS + block;
      means[to] = means[to]! + (contrast * pixels[digit * PIXELS + pixel]!) / (255 * BLOCK * BLOCK);
    }
  return {
    x: tf.tensor2d(means, [count, INPUTS]),
    y: tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), 10), 'float32') as tf.Tensor2D),
  };
}
export type Examples = ReturnType<typeof examplesOf>;

/** Two hidden layers with batch normalization, and an output for each digit. `features` gives what the second hidden layer gives. */
export function buildNet(units: number, seed: number) {
  const input = tf.input({ shape: [INPUTS] });
  let below: tf.SymbolicTensor = input;
  for (const [layer, norm] of LAYERS) {
    const sums = tf.layers.dense({ name: layer, units, useBias: false }).apply(below);
    const normed = tf.layers.batchNormalization({ name: norm, momentum: 0.9 }).apply(sums);
    below = tf.layers.reLU().apply(normed) as tf.SymbolicTensor;
  }
  const output = tf.layers.dense({ name: 'output', units: 10, activation: 'softmax' }).apply(below);
  const model = tf.model({ inputs: input, outputs: output as tf.SymbolicTensor });
  initialize(model, { 'layer*/kernel': heNormal(), 'output/kernel': glorotNormal() }, { seed });
  return { model, features: tf.model({ inputs: input, outputs: below }) };
}
export type Net = ReturnType<typeof buildNet>;

/** The values of all weights, statistics included, by path; copies. */
export async function valuesOf(model: tf.LayersModel): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const weight of weightsOf(model)) {
    const tensor = weight.read();
    values.set(weight.path, ((await tensor.data()) as Float32Array).slice());
    tensor.dispose();
  }
  return values;
}

/** How many numbers have other bits than before. */
export function movedBits(before: Float32Array, now: Float32Array): number {
  const [a, b] = [before, now].map(({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length));
  return a!.reduce((count, bits, i) => count + (bits === b![i] ? 0 : 1), 0);
}

/** The float32 whose bits follow those of x: one unit in the last place further from 0. */
export function nextBits(x: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, x);
  view.setUint32(0, view.getUint32(0) + 1);
  return view.getFloat32(0);
}

/** Moves the first entry of a weight by one unit in the last place; what it was, and a way to put it back. */
export async function nudge(model: tf.LayersModel, path: string) {
  const [weight] = weightsOf(model, path);
  const before = weight!.read();
  const values = ((await before.data()) as Float32Array).slice();
  values[0] = nextBits(values[0]!);
  const moved = tf.tensor(values, before.shape);
  weight!.write(moved);
  moved.dispose();
  return () => {
    weight!.write(before);
    before.dispose();
  };
}
