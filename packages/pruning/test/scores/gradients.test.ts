import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import { gradient } from '../../src/scores/gradient.ts';
import type { ScoreData } from '../../src/scores/loss-gradients.ts';
import { scoreAll } from '../../src/scores/score.ts';
import { taylor } from '../../src/scores/taylor.ts';
import { batch, casesOf, mlp, setWeight } from '../models.ts';

interface Golden {
  call: string;
  loss: 'mse_loss' | 'cross_entropy';
  x: number[];
  y: number[];
  weights: Record<string, number[]>;
  gradients: Record<string, number[]>;
}

const softmaxLoss = (y: tf.Tensor, logits: tf.Tensor): tf.Tensor => tf.losses.softmaxCrossEntropy(y, logits);

function setUp({ loss, x, y, weights }: Golden): { model: tf.Sequential; data: ScoreData } {
  const model = mlp();
  for (const [path, values] of Object.entries(weights)) setWeight(model, path, values);
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const given = { x: tf.tensor(x, [6, 4]), y: tf.tensor(y, [6, 3]) };
  return { model, data: loss === 'mse_loss' ? given : { ...given, loss: softmaxLoss } };
}

const tidyUp = (model: tf.LayersModel, { x, y }: ScoreData): void => {
  tf.dispose([x, y]);
  model.dispose();
};

/**
 * Sums of up to 18 products of numbers up to 2, in float32, through a tanh: 2^6 roundings of 2^-24 of what is below 2^2. Half as
 * many digits for WebGPU, whose tanh is an approximation.
 */
const TOLERANCE = tf.getBackend() === 'webgpu' ? 2 ** -12 : 2 ** -16;

const scores = { gradient, taylor };
const laws = {
  gradient: (_: number, g: number) => Math.abs(g),
  taylor: (w: number, g: number) => Math.abs(w * g),
};

describe.each(['gradient', 'taylor'] as const)('%s', (name) => {
  it.each(casesOf<Golden>('gradients'))(`${name}(model, data) is made of the gradients of $call`, async (golden) => {
    const { model, data } = setUp(golden);
    const score = await scores[name](model, data);
    const weights = weightsOf(model);
    const found = await scoreAll('test', weights, score);
    for (const [i, { path }] of weights.entries())
      for (const [k, g] of golden.gradients[path]!.entries())
        expect(Math.abs(found[i]![k]! - laws[name](golden.weights[path]![k]!, g))).toBeLessThan(TOLERANCE);
    tidyUp(model, data);
  });

  it(`prune(model, { score: await ${name}(model, data) }) prunes what the golden says matters least, frozen weights too`, async () => {
    const golden = casesOf<Golden>('gradients')[0]!;
    const { model, data } = setUp(golden);
    model.layers[0]!.trainable = false;
    const pruning = await prune(model, { count: 9, score: await scores[name](model, data) });
    for (const path of ['a/kernel', 'b/kernel']) {
      const expected = golden.gradients[path]!.map((g, i) => laws[name](golden.weights[path]![i]!, g));
      const least = expected
        .map((_, i) => i)
        .sort((i, j) => expected[i]! - expected[j]!)
        .slice(0, 9);
      const bits = await pruning.masks[path]!.data();
      expect(least.map((i) => bits[i])).toEqual(Array(9).fill(0));
    }
    pruning.dispose();
    tidyUp(model, data);
  });

  it(`${name}(model, data) leaves nothing on the device, and changes no weight`, async () => {
    const { model, data } = setUp(casesOf<Golden>('gradients')[1]!);
    const before = await model.getWeights()[0]!.data();
    expect(await leakOf(() => scores[name](model, data))).toEqual({ tensors: 0, variables: 0 });
    expect(await model.getWeights()[0]!.data()).toEqual(before);
    tidyUp(model, data);
  });

  it(`${name}(model, data) refuses data with NaN, none, or of another model, and leaves nothing`, async () => {
    const model = mlp();
    const { x, y } = batch();
    const refused = (data: object, message: string) =>
      expect(scores[name](model, data as ScoreData)).rejects.toThrow(message);
    const bad = tf.fill([8, 4], Number.NaN);
    const empty = tf.zeros([0, 4]);
    const narrow = tf.ones([8, 3]);
    const few = tf.ones([7, 3]);
    const run = async () => {
      await refused({ x, y }, `${name}: model must be compiled, or loss be given, got neither`);
      await refused({ x: bad, y, loss: softmaxLoss }, `${name}: gradients must be finite, got NaN at a/kernel[0]`);
      await refused({ x: empty, y }, `${name}: x must have one example or more`);
      await refused({ x: narrow, y }, `${name}: x must have shape [null,4]`);
      await refused({ x, y: few }, `${name}: y must have as many examples as x, 8, got [7, 3]`);
      await refused({ x, y: [y, y] }, `${name}: y must have 1 tensors`);
      await refused({ x, y, loss: 'mse' }, `${name}: loss must be a function`);
      await refused({ x, y, loss: () => 1 }, `${name}: loss must return a tensor`);
      await refused({ x, y, batchSize: 1 }, `${name}: data must be among x, y, loss, got "batchSize"`);
    };
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const score = await scores[name](model, { x, y });
    const other = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'other' })] });
    await expect(prune(other, { sparsity: 0.5, score })).rejects.toThrow(
      `${name}: score must be of a weight of the model that it was made for, got "other/kernel"`,
    );
    tf.dispose([x, y, bad, empty, narrow, few]);
    other.dispose();
    model.dispose();
  });

  it(`${name}(model, data) of several outputs adds their losses up, and gives 0 where none depends on a weight`, async () => {
    const inputs = tf.input({ shape: [4] });
    const head = (units: number, to: string) =>
      tf.layers
        .dense({ units, name: to, useBias: false, kernelInitializer: 'ones' })
        .apply(inputs) as tf.SymbolicTensor;
    const dead = tf.layers.dense({ units: 1, name: 'dead', kernelInitializer: 'ones', activation: 'relu' });
    const never = tf.layers.reLU({}).apply(dead.apply(inputs)) as tf.SymbolicTensor;
    const model = tf.model({ inputs, outputs: [head(1, 'p'), head(1, 'q'), never] });
    const x = tf.tensor2d([[-1, -2, -3, -4]]);
    const zero = tf.zeros([1, 1]);
    const one = (y: tf.Tensor, p: tf.Tensor) => tf.sub(p, y);
    const score = await scores[name](model, { x, y: [zero, zero, zero], loss: one });
    const weights = ['p/kernel', 'q/kernel', 'dead/kernel'].map((path) => weightsOf(model, path)[0]!);
    const found = await scoreAll('test', weights, score);
    // d/dw of x w is x, and all weights are 1; the relu of what is below 0 has the gradient 0.
    expect(found.slice(0, 2).map((values) => Array.from(values))).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    expect(Array.from(found[2]!)).toEqual([0, 0, 0, 0]);
    tf.dispose([x, zero]);
    model.dispose();
  });
});
