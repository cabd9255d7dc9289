import * as tf from '@tensorflow/tfjs';
import { type Checkpoint, openCheckpoint, writeCheckpoint } from '@weightkit/checkpoint';
import { checkpointOf, parametrize, weightsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference } from '@weightkit/testing';
import { ewc, fisherDiagonal, freeze } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import { classifier } from '../classifier.ts';
import golden from '../golden/ewc.json' with { type: 'json' };
import { read } from '../net.ts';

const OPTIMIZERS: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.125),
  momentum: () => tf.train.momentum(0.0625, 0.875),
  adam: () => tf.train.adam(0.03125, 0.875, 0.96875, 2 ** -20),
};

/** The classifier with the matrix of its first task, and the loss of its second. */
async function learned() {
  const { model, variables, x, labels } = classifier();
  const [first, second] = [labels(golden.first), labels(golden.second)];
  const loss = (y: tf.Tensor, p: tf.Tensor) => tf.neg(tf.mean(tf.sum(tf.mul(y, tf.log(p)), 1)));
  const fisher = await fisherDiagonal(model, { x, y: first, loss });
  return {
    model,
    variables,
    fisher,
    x,
    second,
    loss: () => tf.tidy(() => loss(second, model.apply(x) as tf.Tensor) as tf.Scalar),
    done() {
      tf.dispose([x, first, second]);
      model.dispose();
    },
  };
}

/** A matrix of the same number everywhere. */
async function evenly(fisher: Checkpoint, value: number): Promise<Checkpoint> {
  const files = new Map<string, Uint8Array>();
  const even = tf.tidy(() =>
    Object.fromEntries(fisher.tensors.map(({ name, shape }) => [name, tf.fill([...shape], value)])),
  );
  await writeCheckpoint(checkpointOf(even), files as never, { format: 'safetensors' });
  tf.dispose(even);
  return openCheckpoint([...files.values()][0]!);
}

describe('ewc', () => {
  it('finds the least squares of both tasks together by the Gaussian matrix of the first, of a linear model', async () => {
    const layer = tf.layers.dense({ units: 1, inputShape: [2], useBias: false, name: 'fc' });
    const model = tf.sequential({ layers: [layer] });
    // Columns of each task are orthogonal, so that the matrix is a diagonal.
    const [x1, y1] = [tf.tensor2d([1, 1, 1, -1, 2, 0, 0, 1], [4, 2]), tf.tensor2d([3, 1, 2, 2], [4, 1])];
    const [x2, y2] = [tf.tensor2d([2, 1, -1, 2, 0, 1, 0, 0], [4, 2]), tf.tensor2d([-1, 0, 4, 1], [4, 1])];
    // (Σ x y) / (Σ x²) of the first task: 8 / 6 and 4 / 3.
    tf.tidy(() => model.setWeights([tf.tensor2d([8 / 6, 4 / 3], [2, 1])]));
    const fisher = await fisherDiagonal(model, { x: x1 }, { labels: 'gaussian' });
    const held = await ewc(model, fisher);
    const optimizer = tf.train.sgd(0.125);
    model.compile({ optimizer, loss: 'meanSquaredError' });
    await model.fit(x2, y2, { epochs: 60, batchSize: 4, verbose: 0 });
    // Over both: (8 − 2) / (6 + 5) and (4 + 3) / (3 + 6). Each step leaves at most 1 − 2 · 0.125 · 9 / 4 < 0.44 of what is missing, 60 nothing; then
    // a step moves by its own rounding, of gradients of eight terms below 16.
    const wanted = [6 / 11, 7 / 9];
    const { variable } = weightsOf(model)[0]!;
    expect(maxAbsDifference(await read(variable!), wanted)).toBeLessThan(8 * 16 * 2 ** -23);
    held.restore();
    optimizer.dispose();
    model.dispose();
    tf.dispose([x1, y1, x2, y2]);
  });

  for (const { optimizer: name, weights, penalty } of golden.cases)
    it(`trains by ${name} as torch does with the penalty in its loss`, async () => {
      const { model, variables, fisher, loss, done } = await learned();
      const optimizer = OPTIMIZERS[name]!();
      const held = await ewc(model, fisher, { strength: golden.strength });
      for (let i = 0; i < golden.steps; i++) optimizer.minimize(loss, false, variables);
      // Weights up to 2 in float32: 8 steps, of a gradient of about 60 roundings and a penalty of as many; of a step size below 1/8, which
      // Adam does not make smaller.
      const tolerance = 8 * 120 * 2 ** -24;
      for (const [i, variable] of variables.entries())
        expect(maxAbsDifference(await read(variable), weights[i]!)).toBeLessThan(tolerance);
      // Squares of differences below 1, times F below 1 and a strength of 8; each entry off by the tolerance.
      expect(Math.abs((await held.penalty()) - penalty)).toBeLessThan(27 * 8 * 2 * tolerance);
      expect(held.paths).toEqual(['a/kernel', 'b/kernel', 'b/bias']);
      held.restore();
      optimizer.dispose();
      done();
    });

  it('acts in fit, for several tasks at once, and no longer once it is restored', async () => {
    const { model, variables, fisher, x, second, done } = await learned();
    const firm = await evenly(fisher, 4);
    const start = await read(variables[0]!);
    const moved = async () => maxAbsDifference(await read(variables[0]!), start);
    const train = () => {
      model.compile({ optimizer: tf.train.sgd(0.125), loss: 'categoricalCrossentropy' });
      return model.fit(x, second, { epochs: 4, batchSize: 6, verbose: 0 });
    };
    // Two of these, of a rate of 1/8, take every step back but for its gradient.
    const handles = [await ewc(model, firm), await ewc(model, firm)];
    await train();
    const within = await moved();
    expect(await handles[0]!.penalty()).toBe(await handles[1]!.penalty());
    handles[0]!.restore();
    handles[1]!.restore();
    handles[1]!.restore();
    await expect(handles[1]!.penalty()).rejects.toThrow('penalty: weights must be held');
    await train();
    expect(await moved()).toBeGreaterThan(within);
    done();
  });

  it('takes a matrix from a file, for the weights that it has and that train', async () => {
    const { model, fisher, done } = await learned();
    const files = new Map<string, Uint8Array>();
    await writeCheckpoint(fisher, files as never, { format: 'safetensors' });
    const file = await openCheckpoint([...files.values()][0]!);
    const some = { ...file, tensors: file.tensors.filter(({ name }) => name !== 'b/bias') };
    const frozen = await freeze(model, 'a/*');
    const held = await ewc(model, some);
    expect(held.paths).toEqual(['b/kernel']);
    held.restore();
    await expect(ewc(model, some, { filter: 'b/*' })).rejects.toThrow('ewc: checkpoint must have b/bias');
    await expect(ewc(model, { ...some, tensors: [] })).rejects.toThrow('ewc: fisher must have a weight of the model');
    frozen.unfreeze();
    done();
  });

  it('holds what a parametrization trains beside a weight, by its own numbers', async () => {
    const { model, x, second, done } = await learned();
    const doubled = parametrize(weightsOf(model, 'b/kernel')[0]!, {
      forward: (w, { g }) => tf.mul(w, g!),
      rightInverse: (w) => w,
      variables: { g: () => tf.ones([3]) },
    });
    const loss = (y: tf.Tensor, p: tf.Tensor) => tf.neg(tf.sum(tf.mul(y, tf.log(p))));
    const fisher = await fisherDiagonal(model, { x, y: second, loss });
    expect(fisher.tensors.map(({ name }) => name)).toEqual(['a/kernel', 'b/kernel', 'b/kernel:0.g', 'b/bias']);
    const held = await ewc(model, fisher, { strength: 2, filter: 'b/kernel' });
    const g = doubled.variables.g!;
    tf.tidy(() => g.assign(tf.add(g, 1)));
    const values = (await fisher.tensors[2]!.values()) as Float32Array;
    const sum = values.reduce((total, value) => total + value, 0);
    // Three sums, each rounded twice.
    expect(Math.abs((await held.penalty()) - sum)).toBeLessThan(8 * 2 ** -24 * sum);
    held.restore();
    doubled.restore();
    done();
  });

  it('refuses a matrix of another model and one with numbers below 0, and leaves nothing behind', async () => {
    const { model, fisher, done } = await learned();
    await expect(ewc(model, await evenly(fisher, -1))).rejects.toThrow(
      'ewc: fisher must have no number below 0 (a/kernel, index 0), got -1',
    );
    const [a, b] = fisher.tensors;
    const other = { ...fisher, tensors: [{ ...b!, name: a!.name }] };
    await expect(ewc(model, other)).rejects.toThrow('ewc: a/kernel must be [3,4], got "[4,3]"');
    expect(await leakOf(async () => (await ewc(model, fisher)).restore())).toEqual({ tensors: 0, variables: 0 });
    done();
  });
});
