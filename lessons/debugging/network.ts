import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { type Digits, PIXELS } from '@weightkit/datasets';
import { glorotNormal, heNormal, initialize, lsuv, normal } from '@weightkit/initializers';
import { type Case, type Cure, DEPTH } from './cases.ts';

/** Units of a hidden layer. */
export const UNITS = 48;
/** Layers with weights, by name, the output last. */
export const LAYERS = [...Array.from({ length: DEPTH }, (_, i) => `layer${i + 1}`), 'output'] as const;

/** Mean and standard deviation of the pixels of all digits. */
const MNIST = { mean: 0.1307, std: 0.3081 };

/** Digits with a row for each, and a row with a 1 in the place of its label; the caller disposes both. */
export const examplesOf = ({ count, pixels, labels }: Digits, isStandardized: boolean) => ({
  x: tf.tensor2d(
    isStandardized
      ? Float32Array.from(pixels, (pixel) => (pixel / 255 - MNIST.mean) / MNIST.std)
      : Float32Array.from(pixels),
    [count, PIXELS],
  ),
  y: tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(labels), 'int32'), 10), 'float32') as tf.Tensor2D),
});
export type Examples = ReturnType<typeof examplesOf>;

/** A network that is well: five hidden layers, with weights by He or Glorot and biases of 0. */
export function buildNet(activation: Case['activation'], seed: number): tf.LayersModel {
  const layers = LAYERS.map((name, i) =>
    tf.layers.dense({
      name,
      units: name === 'output' ? 10 : UNITS,
      activation: name === 'output' ? 'softmax' : activation,
      kernelInitializer: 'zeros',
      ...(i === 0 && { inputShape: [PIXELS] }),
    }),
  );
  const model = tf.sequential({ layers });
  initialize(model, { 'layer*/kernel': lawFor(activation), 'output/kernel': glorotNormal() }, { seed });
  return model;
}

const lawFor = (activation: Case['activation']) => (activation === 'relu' ? heNormal() : glorotNormal());

/** Replaces the values of a weight. */
async function change(model: tf.LayersModel, path: string, make: (old: Float32Array, units: number) => Float32Array) {
  const [weight] = weightsOf(model, path);
  const before = weight!.read();
  const after = tf.tensor(make((await before.data()) as Float32Array, before.shape.at(-1)!), before.shape);
  weight!.write(after);
  tf.dispose([before, after]);
}

// #region faults
/** Makes a network ill. That of the pixels is not in its weights. */
export async function plant(model: tf.LayersModel, { kind, layers }: Case, seed: number): Promise<void> {
  for (const layer of layers) {
    const [kernel, bias] = [`layer${layer}/kernel`, `layer${layer}/bias`];
    if (kind === 'one layer of zeros') await change(model, kernel, (old) => old.fill(0));
    if (kind === 'one layer too large') await change(model, kernel, (old) => old.map((w) => 12 * w));
    if (kind === 'one layer too small') await change(model, kernel, (old) => old.map((w) => 0.02 * w));
    if (kind === 'N(0, 1) in all layers') initialize(model, { [kernel]: normal({ std: 1 }) }, { seed });
    if (kind === 'std 0.01 in all layers') initialize(model, { [kernel]: normal({ std: 0.01 }) }, { seed });
    // He counts inputs; here somebody took the other side of the matrix.
    if (kind === 'fan of the wrong side')
      initialize(model, { [kernel]: normal({ std: Math.sqrt(2 / UNITS) }) }, { seed });
    // Each unit draws its weights, all from the same seed.
    if (kind === 'one seed for each unit')
      await change(model, kernel, (old, units) => old.map((_, i) => old[i - (i % units)]!));
    if (kind === 'biases of −4') await change(model, bias, (old) => old.fill(-4));
    if (kind === 'biases of ±4') await change(model, bias, (old) => old.map((_, unit) => (unit % 2 ? 4 : -4)));
  }
}
// #endregion

/** Treats a network at the layers that were named. What is done to the inputs or the learning rate is done elsewhere. */
export async function treat(
  model: tf.LayersModel,
  cure: Cure,
  layers: readonly number[],
  { activation }: Pick<Case, 'activation'>,
  x: tf.Tensor,
  seed: number,
): Promise<void> {
  if (cure === 'new weights there')
    for (const layer of layers) initialize(model, { [`layer${layer}/kernel`]: lawFor(activation) }, { seed });
  if (cure === 'biases of 0 there')
    for (const layer of layers) await change(model, `layer${layer}/bias`, (old) => old.fill(0));
  if (cure === 'LSUV, all layers') await lsuv(model, x, { seed });
}
