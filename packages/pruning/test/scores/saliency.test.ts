import * as tf from '@tensorflow/tfjs';
import { type ModelLike, weightsOf } from '@weightkit/core';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { prune } from '../../src/masks/prune.ts';
import { type GraspOptions, grasp } from '../../src/scores/grasp.ts';
import type { ScoreData } from '../../src/scores/loss-gradients.ts';
import { obd } from '../../src/scores/obd.ts';
import { type Score, scoreAll } from '../../src/scores/score.ts';
import { snip } from '../../src/scores/snip.ts';
import { batch, casesOf, mlp, setWeight, spread } from '../models.ts';
import { freeNet, type NetGolden, netOf, relativeError, softmaxLoss, withGradients } from './net.ts';

type Golden = NetGolden & GraspOptions;

/**
 * Relative to the largest score: sums of up to 27 float32 products through a tanh and back, with squares, 2^8 roundings of 2^-24; 2^4
 * times that for WebGPU, whose tanh and whose reductions are approximations.
 */
const TOLERANCE = tf.getBackend() === 'webgpu' ? 2 ** -12 : 2 ** -16;
/** A central difference at |w| / 256: what hessian-gradient.ts derives, (2^-24)^(2/3) = 2^-16, times third derivatives of order 2^5. */
const DIFFERENCE = tf.getBackend() === 'webgpu' ? 2 ** -8 : 2 ** -10;

const makers: Record<string, (model: ModelLike, data: ScoreData, golden: Golden) => Promise<Score>> = {
  snip: (model, data) => snip(model, data),
  grasp: (model, data, { temperature }) => grasp(model, data, { ...(temperature !== undefined && { temperature }) }),
  obd: (model, data) => obd(model, data),
};

describe.each(Object.keys(makers))('%s', (name) => {
  const make = makers[name]!;

  it.each(casesOf<Golden>(name))(`${name}(model, data) is $call of $net`, async (golden) => {
    await withGradients(async () => {
      const { model, data } = netOf(golden);
      const score = await make(model, data, golden);
      const weights = weightsOf(model).filter(({ path }) => path in golden.scores);
      const found = await scoreAll('test', weights, score);
      for (const [i, { path }] of weights.entries())
        expect(relativeError(found[i]!, golden.scores[path]!)).toBeLessThan(name === 'grasp' ? DIFFERENCE : TOLERANCE);
      freeNet({ model, data });
    });
  });

  it(`prune(model, { score: await ${name}(model, data) }) prunes what the golden says matters least, units too`, async () => {
    const golden = casesOf<Golden>(name)[0]!;
    const { model, data } = netOf(golden);
    const score = await make(model, data, golden);
    const pruning = await prune(model, { count: 17, scope: 'global', score });
    const all = ['a/kernel', 'b/kernel'].flatMap((path) => golden.scores[path]!);
    const least = all
      .map((_, i) => i)
      .sort((i, j) => all[i]! - all[j]!)
      .slice(0, 17);
    const bits = [...(await pruning.masks['a/kernel']!.data()), ...(await pruning.masks['b/kernel']!.data())];
    expect(least.map((i) => bits[i])).toEqual(Array(17).fill(0));
    pruning.restore();
    const units = await prune(model, { count: 2, structure: 'unit', reduce: 'mean', filter: 'a/kernel', score });
    const sums = [0, 1, 2, 3, 4].map((u) =>
      golden.scores['a/kernel']!.reduce((s, v, i) => s + (i % 5 === u ? v : 0), 0),
    );
    const gone = [0, 1, 2, 3, 4].sort((i, j) => sums[i]! - sums[j]!).slice(0, 2);
    expect(units.report().groups[0]!.pruned).toEqual(gone.sort());
    units.dispose();
    freeNet({ model, data });
  });

  it(`${name}(model, data) leaves nothing on the device, and every weight as it was, bit for bit`, async () => {
    await withGradients(async () => {
      const golden = casesOf<Golden>(name).find(({ shape }) => shape.length > 1) as Golden;
      const { model, data } = netOf(golden);
      const before = await Promise.all(model.getWeights().map(async (w) => Array.from(await w.data())));
      expect(await leakOf(() => make(model, data, golden))).toEqual({ tensors: 0, variables: 0 });
      expect(await Promise.all(model.getWeights().map(async (w) => Array.from(await w.data())))).toEqual(before);
      freeNet({ model, data });
    });
  });

  it(`${name}(model, data) refuses data with NaN, none, or of another model, and leaves nothing`, async () => {
    const model = mlp();
    const { x, y } = batch();
    const [bad, empty] = [tf.fill([8, 4], Number.NaN), tf.zeros([0, 4])];
    const refused = (data: object, message: string) =>
      expect(make(model, data as ScoreData, {} as Golden)).rejects.toThrow(message);
    const run = async () => {
      await refused({ x, y }, `${name}: model must be compiled, or loss be given, got neither`);
      await refused({ x: bad, y, loss: softmaxLoss }, 'must be finite, got NaN at a/kernel[0]');
      await refused({ x: empty, y }, `${name}: x must have one example or more`);
      await refused({ x, y, loss: () => 1 }, `${name}: loss must return a tensor`);
      await refused({ x, y, size: 1 }, `${name}: data must be among x, y, loss, got "size"`);
    };
    expect(await leakOf(run)).toEqual({ tensors: 0, variables: 0 });
    const score = await make(model, { x, y, loss: softmaxLoss }, {} as Golden);
    const other = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'other' })] });
    await expect(prune(other, { sparsity: 0.5, score })).rejects.toThrow(
      `${name}: score must be of a weight of the model that it was made for, got "other/kernel"`,
    );
    tf.dispose([x, y, bad, empty]);
    other.dispose();
    model.dispose();
  });
});

describe('snip', () => {
  it('snip(model, data) adds up to 1 over the kernels, and is 0 where nothing counts', async () => {
    const model = mlp();
    const { x, y } = batch();
    const kernels = weightsOf(model, '*/kernel');
    const shares = (await scoreAll('test', kernels, await snip(model, { x, y, loss: softmaxLoss }))).flatMap((s) => [
      ...s,
    ]);
    expect(Math.abs(shares.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(35 * 2 ** -24);
    const none = await snip(model, { x, y, loss: (_, p) => tf.mul(p, 0) });
    expect((await scoreAll('test', kernels, none)).flatMap((s) => [...s])).toEqual(Array(35).fill(0));
    tf.dispose([x, y]);
    model.dispose();
  });
});

describe('grasp', () => {
  it('grasp(model, data) says by how much |g|² changes when an entry is taken away a little', async () => {
    const model = mlp();
    const { x, y } = batch();
    const data = { x, y, loss: (t: tf.Tensor, p: tf.Tensor) => tf.squaredDifference(t, p) };
    const kernels = weightsOf(model, '*/kernel');
    const [score] = await scoreAll('test', kernels, await grasp(model, data));
    const size = async (): Promise<number> => {
      const sum = tf.tidy(() => {
        const { grads } = tf.variableGrads(
          () => tf.mean(tf.squaredDifference(y, model.apply(x) as tf.Tensor)) as tf.Scalar,
          kernels.map(({ variable }) => variable!),
        );
        return tf.addN(Object.values(grads).map((g) => tf.sum(tf.square(g))));
      });
      const [value] = await sum.data();
      sum.dispose();
      return value!;
    };
    const w = spread(20);
    const changed = (i: number, by: number): Promise<number> => {
      const moved = w.slice();
      moved[i]! *= by;
      setWeight(model, 'a/kernel', moved);
      return size();
    };
    const slope: number[] = [];
    for (const i of w.keys()) slope.push(((await changed(i, 1 + 2 ** -6)) - (await changed(i, 1 - 2 ** -6))) / 2 ** -5);
    // d|g|²/ds at w s is 2 w (H g). The step leaves 2^-12 of third order, and float32 2^-24 * 2^6 of |g|².
    expect(
      relativeError(
        slope,
        Array.from(score!, (s) => 2 * s),
      ),
    ).toBeLessThan(2 ** -8);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('grasp(model, data, { temperature }) refuses what is not above 0', async () => {
    const model = mlp();
    const { x, y } = batch();
    for (const temperature of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(grasp(model, { x, y, loss: softmaxLoss }, { temperature })).rejects.toThrow(
        `grasp: temperature must be finite and above 0, got ${temperature}`,
      );
    tf.dispose([x, y]);
    model.dispose();
  });
});
