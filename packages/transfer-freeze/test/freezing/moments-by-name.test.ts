import * as tf from '@tensorflow/tfjs';
import { optimizerSlots, tapOptimizer } from '@weightkit/core';
import { leakOf, maxAbsDifference } from '@weightkit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import golden from '../golden/frozen.json' with { type: 'json' };
import { net, read } from '../net.ts';
import { freeze, releaseAfterEach } from './released.ts';

releaseAfterEach();

const OPTIMIZERS: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.125),
  momentum: () => tf.train.momentum(0.0625, 0.875),
  nesterov: () => tf.train.momentum(0.0625, 0.875, true),
  adagrad: () => tf.train.adagrad(0.125, 0.125),
  rmsprop: () => tf.train.rmsprop(0.03125, 0.875, 0.5, 0),
  adam: () => tf.train.adam(0.03125, 0.875, 0.96875, 2 ** -20),
  adamax: () => tf.train.adamax(0.03125, 0.875, 0.96875, 2 ** -40),
  adadelta: () => tf.train.adadelta(0.5, 0.875),
  'rmsprop, centered': () => tf.train.rmsprop(2 ** -10, 0.5, 0.5, 2 ** -40, true),
};

/** `minimize` without a list takes every variable there is: those of other tests must not be among them. */
let others: tf.Variable[] = [];
beforeAll(() => {
  others = Object.values(tf.engine().registeredVariables).filter(({ trainable }) => trainable);
  for (const one of others) one.trainable = false;
});
afterAll(() => {
  for (const one of others) one.trainable = true;
});

/** All weights train for four steps, then all but those of `a`, then all; the values after each. */
async function train(make: () => tf.Optimizer, list: boolean, from = 0): Promise<Float32Array[][]> {
  const { model, loss, variables } = net();
  const optimizer = make();
  const after: Float32Array[][] = [];
  for (let phase = from; phase < 3; phase++) {
    const frozen = phase === 1 ? await freeze(model, 'a/**') : undefined;
    for (let i = 0; i < 4; i++) optimizer.minimize(loss, false, list ? variables : undefined);
    if (frozen) expect((await frozen.verify()).moved).toEqual([]);
    frozen?.unfreeze();
    after.push(await Promise.all(variables.map((variable) => read(variable))));
  }
  model.dispose();
  optimizer.dispose();
  return after;
}

describe('freeze in a loop with minimize and no list of variables', () => {
  for (const { optimizer, after } of golden.cases)
    it(`freeze keeps the moments of ${optimizer} by name through freezing and unfreezing, as torch does`, async () => {
      const ours = await train(OPTIMIZERS[optimizer]!, false);
      // Weights up to 2 in float32: 12 steps, of a gradient of about 30 roundings each, and a step size below 1/8. Adagrad adds the
      // backend's epsilon (1e-7) to an accumulator of 1/8 or more: 4e-7 of a step.
      for (const [phase, { a, b }] of after.entries()) {
        expect(maxAbsDifference(ours[phase]![0]!, a)).toBeLessThan(12 * 32 * 2 ** -24);
        expect(maxAbsDifference(ours[phase]![1]!, b)).toBeLessThan(12 * 32 * 2 ** -24);
      }
    });

  for (const [name, make] of Object.entries(OPTIMIZERS))
    it(`freeze with ${name} gives, bit for bit, what a list of variables gives, frozen at first or in the middle`, async () => {
      expect(await train(make, false)).toEqual(await train(make, true));
      expect(await train(make, false, 1)).toEqual(await train(make, true, 1));
    });

  it('freeze: what an optimizer keeps of a frozen weight stays as it is, and is that weight’s when it goes on', async () => {
    const { model, loss, variables } = net();
    const optimizer = tf.train.adam(0.02);
    const slots = () => Promise.all(optimizerSlots(optimizer, variables[0]!).map(({ variable }) => read(variable)));
    for (let i = 0; i < 3; i++) optimizer.minimize(loss);
    const before = await slots();
    expect(before.length).toBe(2);
    const frozen = await freeze(model, 'a/**');
    for (let i = 0; i < 3; i++) optimizer.minimize(loss);
    expect(await slots()).toEqual(before);
    frozen.unfreeze();
    optimizer.minimize(loss);
    expect(await slots()).not.toEqual(before);
    model.dispose();
  });

  it('freeze from the beginning gives what stock training of the other weights alone gives, bit for bit', async () => {
    const [ours, stock] = [net(), net()];
    const frozen = await freeze(ours.model, 'a/**');
    const [first, second] = [tf.train.adam(0.02), tf.train.adam(0.02)];
    for (const variable of stock.variables) variable.trainable = false;
    for (let i = 0; i < 5; i++) first.minimize(ours.loss);
    stock.variables[1]!.trainable = true;
    for (let i = 0; i < 5; i++) second.minimize(stock.loss, false, [stock.variables[1]!]);
    expect(await read(ours.variables[1]!)).toEqual(await read(stock.variables[1]!));
    frozen.unfreeze();
    for (const { model } of [ours, stock]) model.dispose();
  });

  it('freeze and unfreeze leave the prototype of optimizers as it was, whatever their order', async () => {
    const own = tf.Optimizer.prototype.computeGradients;
    const { model } = net();
    const [first, second] = [await freeze(model, 'a/**'), await freeze(model, 'b/**')];
    expect(tf.Optimizer.prototype.computeGradients).not.toBe(own);
    first.unfreeze();
    expect(tf.Optimizer.prototype.computeGradients).not.toBe(own);
    second.unfreeze();
    expect(tf.Optimizer.prototype.computeGradients).toBe(own);
    await expect(freeze(model, 'none')).rejects.toThrow('filter must match');
    expect(tf.Optimizer.prototype.computeGradients).toBe(own);
    model.dispose();
  });

  it('freeze taps no optimizer that has a list of variables, nor any for a model that was disposed', async () => {
    const [other, gone] = [net(), net()];
    await freeze(gone.model, 'a/**');
    const [listed, free] = [tf.train.sgd(0.1), tf.train.sgd(0.1)];
    listed.minimize(other.loss, false, other.variables);
    expect(Object.hasOwn(listed, 'applyGradients')).toBe(false);
    gone.model.dispose();
    free.minimize(other.loss);
    expect(Object.hasOwn(free, 'applyGradients')).toBe(false);
    other.model.dispose();
  });

  it('freeze holds with gradients of tf.variableGrads where the optimizer is tapped', async () => {
    const run = async (list: boolean): Promise<Float32Array> => {
      const { model, loss, variables } = net();
      const optimizer = tf.train.momentum(0.05, 0.9);
      tapOptimizer(optimizer, { after: () => {} });
      const step = () => {
        const { value, grads } = tf.variableGrads(loss, list ? variables : undefined);
        optimizer.applyGradients(
          list ? variables.map(({ name }) => ({ name, tensor: grads[name]! })) : (grads as tf.NamedTensorMap as never),
        );
        tf.dispose([value, grads]);
      };
      step();
      const frozen = await freeze(model, 'a/**');
      step();
      frozen.unfreeze();
      step();
      const values = await read(variables[1]!);
      model.dispose();
      return values;
    };
    expect(await run(false)).toEqual(await run(true));
  });

  it('freeze leaves no tensor behind in such a loop', async () => {
    const { model, loss } = net();
    const optimizer = tf.train.adam(0.02);
    optimizer.minimize(loss);
    const leak = await leakOf(async () => {
      const frozen = await freeze(model, 'a/**');
      optimizer.minimize(loss);
      frozen.unfreeze();
      optimizer.minimize(loss);
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    model.dispose();
  });

  it('freeze says what is the matter where nothing is left to train, whatever way the step is made', async () => {
    // Counters of Adam's in the tests before.
    for (const one of Object.values(tf.engine().registeredVariables)) one.trainable = false;
    const { model, loss, variables } = net();
    const optimizer = tf.train.adam(0.02);
    const frozen = await freeze(model);
    const message = 'freeze: a step must have a variable to train, got 2 that are frozen';
    expect(() => optimizer.minimize(loss)).toThrow(message);
    expect(() => optimizer.minimize(loss, false, variables)).toThrow(message);
    expect((await frozen.verify()).moved).toEqual([]);
    // Of another model, which trains beside it.
    const w = tf.variable(tf.scalar(1));
    optimizer.minimize(() => tf.square(w) as tf.Scalar);
    frozen.unfreeze();
    optimizer.minimize(loss, false, variables);
    w.dispose();
    model.dispose();
  });
});
