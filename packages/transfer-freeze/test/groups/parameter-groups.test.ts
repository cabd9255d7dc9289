import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference } from '@weightkit/testing';
import { freeze, oneCycleRate, type ParameterGroup, parameterGroups } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/groups.json' with { type: 'json' };
import { net, read } from '../net.ts';

const OPTIMIZERS: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.125),
  momentum: () => tf.train.momentum(0.0625, 0.875),
  nesterov: () => tf.train.momentum(0.0625, 0.875, true),
  adagrad: () => tf.train.adagrad(0.125, 0.125),
  rmsprop: () => tf.train.rmsprop(0.03125, 0.875, 0.5, 0),
  adam: () => tf.train.adam(0.03125, 0.875, 0.96875, 2 ** -20),
  adamax: () => tf.train.adamax(0.03125, 0.875, 0.96875, 2 ** -40),
  adadelta: () => tf.train.adadelta(0.5, 0.875),
};

async function trained(make: () => tf.Optimizer, groups: ParameterGroup[], steps = 8): Promise<Float32Array[]> {
  const { model, loss, variables } = net();
  const optimizer = make();
  const handle = groups.length > 0 ? parameterGroups(model, optimizer, groups) : undefined;
  for (let i = 0; i < steps; i++) optimizer.minimize(loss, false, variables);
  expect(handle?.step ?? steps).toBe(steps);
  handle?.restore();
  const values = await Promise.all(variables.map(read));
  model.dispose();
  optimizer.dispose();
  return values;
}

describe('parameterGroups', () => {
  for (const { optimizer, scheduled, decay, a, b } of golden.cases)
    it(`moves groups of ${optimizer} as torch.optim does${scheduled ? ', by one cycle' : ''}`, async () => {
      const rate = scheduled ? oneCycleRate({ steps: 8 }) : 0.25;
      const [ourA, ourB] = await trained(OPTIMIZERS[optimizer]!, [
        { filter: 'a/*', rate, weightDecay: decay },
        { filter: 'b/*', clipNorm: 0.125 },
      ]);
      // Weights up to 2 in float32: 8 steps, of a gradient of about 30 roundings each and six of the group, of a step size below 1/8.
      // Adagrad adds the backend's epsilon (1e-7) to an accumulator of 1/8 or more: 4e-7 of a step.
      expect(maxAbsDifference(ourA!, a)).toBeLessThan(8 * 36 * 2 ** -24);
      expect(maxAbsDifference(ourB!, b)).toBeLessThan(8 * 36 * 2 ** -24);
    });

  for (const [name, make] of Object.entries(OPTIMIZERS))
    it(`a group at half the rate is ${name} with half the learning rate`, async () => {
      const [whole, half] = [make(), make()];
      const { learningRate } = whole.getConfig() as { learningRate: number };
      // Protected in the types of tfjs: each optimizer has it, sgd beside a tensor of it.
      if ('setLearningRate' in half) (half as tf.SGDOptimizer).setLearningRate(learningRate / 2);
      else (half as unknown as { learningRate: number }).learningRate = learningRate / 2;
      const ours = await trained(() => whole, [{ filter: '**', rate: 0.5 }]);
      const stock = await trained(() => half, []);
      // As above, on both sides.
      for (const [i, values] of ours.entries())
        expect(maxAbsDifference(values, stock[i]!)).toBeLessThan(2 * 8 * 36 * 2 ** -24);
    });

  it('changes nothing where a group asks for nothing, and gives the optimizer back', async () => {
    const stock = await trained(OPTIMIZERS.adam!, []);
    expect(await trained(OPTIMIZERS.adam!, [{ filter: '**', rate: 1, weightDecay: 0 }])).toEqual(stock);
    expect(await trained(OPTIMIZERS.adam!, [{ filter: '**', clipNorm: 1e6 }])).toEqual(stock);
    const { model, loss, variables } = net();
    const optimizer = OPTIMIZERS.adam!();
    const handle = parameterGroups(model, optimizer, [{ filter: '**', rate: 0 }]);
    const before = await Promise.all(variables.map(read));
    optimizer.minimize(loss, false, variables);
    expect(await Promise.all(variables.map(read))).toEqual(before);
    handle.restore();
    handle.restore();
    optimizer.minimize(loss, false, variables);
    expect(await Promise.all(variables.map(read))).not.toEqual(before);
    expect(handle.step).toBe(1);
    model.dispose();
  });

  it('leaves frozen weights alone, decay or not, and works in fit', async () => {
    const { model } = net();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const frozen = await freeze(model, 'a/*');
    const handle = parameterGroups(model, model.optimizer, [{ filter: 'b/*', weightDecay: 0.5 }]);
    const [x, y] = [tf.ones([4, 3]), tf.ones([4, 1])];
    await model.fit(x, y, { epochs: 2, batchSize: 2, verbose: 0 });
    expect([handle.step, handle.paths, handle.others]).toEqual([4, [['b/kernel']], []]);
    expect((await frozen.verify()).moved).toEqual([]);
    frozen.unfreeze();
    handle.restore();
    model.dispose();
    tf.dispose([x, y]);
  });

  it('a weight belongs to the first group that takes it', () => {
    const { model } = net();
    const optimizer = tf.train.sgd(0.1);
    const handle = parameterGroups(model, optimizer, [{ filter: 'a/*' }, { filter: '**', rate: 0.5 }]);
    expect(handle.paths).toEqual([['a/kernel'], ['b/kernel']]);
    handle.restore();
    const none = () => parameterGroups(model, optimizer, [{ filter: '**' }, { filter: 'a/*' }]);
    expect(none).toThrow('parameterGroups: each of groups must have a weight that trains and is in no group before it');
    model.dispose();
  });

  it('a step whose rate is no rate changes nothing', async () => {
    const { model, loss, variables } = net();
    const optimizer = OPTIMIZERS.momentum!();
    const handle = parameterGroups(model, optimizer, [{ filter: 'a/*', rate: (step) => (step === 1 ? -1 : 0.5) }]);
    optimizer.minimize(loss, false, variables);
    const before = await Promise.all(variables.map(read));
    expect(() => optimizer.minimize(loss, false, variables)).toThrow('parameterGroups: rate must be 0 or more');
    expect([await Promise.all(variables.map(read)), handle.step]).toEqual([before, 1]);
    handle.restore();
    model.dispose();
  });

  it('clips gradients whose squares would overflow or vanish', async () => {
    for (const size of [1e30, 1e-30]) {
      const { model, variables } = net();
      const optimizer = tf.train.sgd(1);
      variables[0]!.assign(tf.zeros([3, 4]));
      const handle = parameterGroups(model, optimizer, [{ filter: '**', clipNorm: size / 10 }]);
      optimizer.minimize(() => tf.mul(size, tf.sum(variables[0]!)) as tf.Scalar, false, [variables[0]!]);
      // Twelve equal gradients with a norm of size / 10; a division, a root and three products in float32.
      const expected = -size / 10 / Math.sqrt(12);
      for (const x of await read(variables[0]!)) expect(Math.abs(x / expected - 1)).toBeLessThan(16 * 2 ** -24);
      handle.restore();
      model.dispose();
    }
  });

  it('keeps no tensors', async () => {
    const { model, loss, variables } = net();
    const optimizer = tf.train.sgd(0.1);
    const leak = await leakOf(async () => {
      const groups = [{ filter: 'a/*', rate: 0.5, weightDecay: 0.1, clipNorm: 1 }];
      const handle = parameterGroups(model, optimizer, groups);
      for (let i = 0; i < 3; i++) optimizer.minimize(loss, false, variables);
      handle.restore();
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    expect(weightsOf(model)).toHaveLength(2);
    model.dispose();
  });
});
