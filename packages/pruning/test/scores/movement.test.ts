import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import { movement } from '../../src/scores/movement.ts';
import { scoreAll } from '../../src/scores/score.ts';
import { batch, casesOf, mlp } from '../models.ts';
import { freeNet, type NetGolden, netOf, relativeError, withGradients } from './net.ts';

type Golden = NetGolden & { steps: number; rate: number };

/** 2^4 steps of what gradients lose, 2^-16 (see gradients.test.ts), 2^-12 on WebGPU. */
const TOLERANCE = tf.getBackend() === 'webgpu' ? 2 ** -9 : 2 ** -13;

const compiled = (model: tf.LayersModel, rate = 0.25): tf.LayersModel => {
  model.compile({ optimizer: tf.train.sgd(rate), loss: 'meanSquaredError' });
  return model;
};

describe('movement', () => {
  it.each(casesOf<Golden>('movement'))('movement(model) beside fit is $call, $steps times, of $net', async (golden) => {
    await withGradients(async () => {
      const { model, data } = netOf(golden);
      compiled(model, golden.rate);
      const recorder = movement(model);
      const { x, y } = data as { x: tf.Tensor; y: tf.Tensor };
      await model.fit(x, y, { epochs: golden.steps, batchSize: 6, shuffle: false, verbose: 0 });
      expect(recorder.steps).toBe(golden.steps);
      const weights = weightsOf(model);
      const found = await scoreAll('test', weights, await recorder.score());
      for (const [i, { path }] of weights.entries())
        expect(relativeError(found[i]!, golden.scores[path]!)).toBeLessThan(TOLERANCE);
      recorder.dispose();
      freeNet({ model, data });
    });
  });

  it('movement(model).score() prunes what shrinks first, also units, and is a copy of its time', async () => {
    const model = compiled(mlp());
    const { x, y } = batch();
    const recorder = movement(model);
    await model.trainOnBatch(x, y);
    const score = await recorder.score();
    const [kernel] = weightsOf(model, 'a/kernel');
    const [first] = await scoreAll('test', [kernel!], score);
    await model.trainOnBatch(x, y);
    expect(await scoreAll('test', [kernel!], score)).toEqual([first]);
    expect(await scoreAll('test', [kernel!], await recorder.score())).not.toEqual([first]);
    const pruning = await prune(model, { count: 5, filter: 'a/kernel', score });
    const least = [...first!.keys()].sort((i, j) => first![i]! - first![j]!).slice(0, 5);
    const bits = await pruning.masks['a/kernel']!.data();
    expect(least.map((i) => bits[i])).toEqual([0, 0, 0, 0, 0]);
    pruning.restore();
    const units = await prune(model, { count: 1, structure: 'unit', filter: 'a/kernel', score });
    expect(units.report().groups[0]!.pruned).toHaveLength(1);
    units.dispose();
    recorder.dispose();
    tf.dispose([x, y]);
    model.dispose();
  });

  it('movement(model) leaves nothing once it is disposed, and the optimizer as it was', async () => {
    const model = compiled(mlp());
    const { x, y } = batch();
    await model.trainOnBatch(x, y);
    const { applyGradients } = model.optimizer;
    const run = async () => {
      const recorder = movement(model);
      await model.trainOnBatch(x, y);
      await recorder.score();
      recorder.dispose();
      recorder.dispose();
      await expect(recorder.score()).rejects.toThrow('score: recorder must not be disposed, got one that is');
    };
    expect((await leakOf(run)).variables).toBe(0);
    // trainOnBatch itself returns a number here and leaves nothing.
    expect((await leakOf(run)).tensors).toBe((await leakOf(() => model.trainOnBatch(x, y))).tensors);
    expect(model.optimizer.applyGradients).toBe(applyGradients);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('movement(model) refuses what cannot train, no steps, frozen weights and NaN', async () => {
    const model = mlp();
    expect(() => movement(model)).toThrow('movement: model must be compiled, got one without an optimizer');
    compiled(model);
    const recorder = movement(model);
    await expect(recorder.score()).rejects.toThrow(
      'score: model must have trained since movement was called, got 0 steps',
    );
    recorder.dispose();
    model.layers[0]!.trainable = false;
    compiled(model);
    const { x, y } = batch();
    const frozen = movement(model);
    await model.trainOnBatch(x, y);
    await expect(prune(model, { sparsity: 0.5, score: await frozen.score() })).rejects.toThrow(
      'movement: score must be of a weight that was trained while it was followed, got "a/kernel"',
    );
    const bad = tf.fill([8, 4], Number.NaN);
    await model.trainOnBatch(bad, y);
    await expect(frozen.score()).rejects.toThrow('score: sums of movement must be finite, got NaN at b/kernel[0]');
    frozen.dispose();
    tf.dispose([x, y, bad]);
    model.dispose();
  });
});
