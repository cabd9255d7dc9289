import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference } from '@weightkit/testing';
import { freeze, l2sp } from '@weightkit/transfer-freeze';
import { describe, expect, it, vi } from 'vitest';
import golden from '../golden/l2sp.json' with { type: 'json' };
import { net, read } from '../net.ts';

const OPTIMIZERS: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.125),
  momentum: () => tf.train.momentum(0.0625, 0.875),
  adam: () => tf.train.adam(0.03125, 0.875, 0.96875, 2 ** -20),
};

describe('l2sp', () => {
  for (const { optimizer: name, a, b, penalty } of golden.cases)
    it(`trains by ${name} as torch does with the penalty in its loss`, async () => {
      const { model, loss, variables } = net();
      const optimizer = OPTIMIZERS[name]!();
      const held = l2sp(model, { strength: golden.strength, filter: 'a/*' });
      for (let i = 0; i < golden.steps; i++) optimizer.minimize(loss, false, variables);
      // Weights up to 2 in float32: 8 steps, of a gradient of about 30 roundings each and four of the penalty, which is twice as large;
      // of a step size below 1/8.
      const tolerance = 8 * 40 * 2 ** -24;
      expect(maxAbsDifference(await read(variables[0]!), a)).toBeLessThan(tolerance);
      expect(maxAbsDifference(await read(variables[1]!), b)).toBeLessThan(tolerance);
      // 12 squares of differences below 2, each off by twice the tolerance times 2.
      expect(Math.abs((await held.penalty()) - penalty)).toBeLessThan(12 * 4 * tolerance);
      expect(held.paths).toEqual(['a/kernel']);
      held.restore();
      model.dispose();
      optimizer.dispose();
    });

  it('acts in fit, after compiling anew, and no longer once it is restored', async () => {
    const { model } = net();
    const [x, y] = [tf.ones([4, 3]), tf.ones([4, 1])];
    const start = await read(weightsOf(model)[0]!.variable!);
    const moved = async () => maxAbsDifference(await read(weightsOf(model)[0]!.variable!), start);
    const train = () => model.fit(x, y, { epochs: 4, batchSize: 4, verbose: 0 });
    // A rate times a strength of 1 takes every step back but for its gradient.
    const held = l2sp(model, { strength: 8 });
    model.compile({ optimizer: tf.train.sgd(0.125), loss: 'meanSquaredError' });
    await train();
    const within = await moved();
    model.compile({ optimizer: tf.train.sgd(0.125), loss: 'meanSquaredError' });
    await train();
    expect(await moved()).toBeLessThan(2 * within);
    held.restore();
    held.restore();
    await expect(held.penalty()).rejects.toThrow('penalty: weights must be held');
    await train();
    expect(await moved()).toBeGreaterThan(within);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('adds the penalty up where the weights are, and downloads one number', async () => {
    const { model } = net();
    const held = l2sp(model, { strength: 2 });
    const [a, b] = weightsOf(model).map(({ variable }) => variable!);
    tf.tidy(() => {
      a!.assign(tf.add(a!, 0.5));
      b!.assign(tf.add(b!, 2));
    });
    const data = vi.spyOn(tf.Tensor.prototype, 'data');
    try {
      // 12 entries moved by 1/2 and 4 by 2, all of it exact.
      expect(await held.penalty()).toBe(19);
      expect(data).toHaveBeenCalledTimes(1);
    } finally {
      data.mockRestore();
    }
    expect(await leakOf(() => held.penalty())).toEqual({ tensors: 0, variables: 0 });
    model.dispose();
    await expect(held.penalty()).rejects.toThrow('penalty: held variables must not be disposed, got ');
    held.restore();
  });

  it('holds nothing where nothing trains', async () => {
    const { model } = net();
    const frozen = await freeze(model, '**');
    const held = l2sp(model);
    expect([await held.penalty(), held.paths]).toEqual([0, []]);
    held.restore();
    frozen.unfreeze();
    model.dispose();
  });

  it('changes nothing with strength 0 and leaves frozen weights alone, and nothing behind', async () => {
    const run = async (strength: number | undefined, filter?: string) => {
      const { model, loss, variables } = net();
      const frozen = filter ? await freeze(model, filter) : undefined;
      const held = strength === undefined ? undefined : l2sp(model, { strength, filter: '**' });
      const optimizer = tf.train.adam(0.03125);
      for (let i = 0; i < 3; i++) tf.tidy(() => void optimizer.minimize(loss));
      const values = await Promise.all(variables.map(read));
      held?.restore();
      expect((await frozen?.verify())?.moved ?? []).toEqual([]);
      frozen?.unfreeze();
      optimizer.dispose();
      model.dispose();
      return values;
    };
    expect(await run(0)).toEqual(await run(undefined));
    const { model } = net();
    const leak = await leakOf(() => l2sp(model, {}).restore());
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    model.dispose();
    await run(2, 'a/kernel');
  });
});
