import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { valuesOf } from '@weightkit/testing';
import { afterEach, describe, expect, it } from 'vitest';
import * as kit from '../../src/index.ts';

const inForce: kit.Constraints[] = [];

async function enforceConstraints(...args: Parameters<typeof kit.enforceConstraints>): Promise<kit.Constraints> {
  const handle = await kit.enforceConstraints(...args);
  inForce.push(handle);
  return handle;
}

// The prototype of optimizers is as it was for the next test.
afterEach(() => {
  for (const handle of inForce.splice(0)) if (handle.active) handle.fold();
});

const read = (m: tf.LayersModel, path: string): Promise<Float32Array> => valuesOf(weightsOf(m, path)[0]!.read());
const train = async (m: tf.LayersModel, steps: number): Promise<void> => {
  const optimizer = tf.train.sgd(0.5);
  m.compile({ optimizer, loss: 'meanSquaredError' });
  const x = tf.tensor2d([1, 2, -1, 0.5, -2, 1], [2, 3]);
  await m.fit(x, tf.tensor2d([-4, 4, 3, -3], [2, 2]), { epochs: steps, verbose: 0, shuffle: false });
};
const made = () =>
  tf.sequential({
    layers: [
      tf.layers.dense({
        units: 2,
        inputShape: [3],
        kernelConstraint: tf.constraints.maxNorm({ maxValue: 0.75, axis: 0 }),
        biasConstraint: 'nonNeg',
        name: 'a',
      }),
    ],
  });

describe('enforceConstraints', () => {
  it('enforceConstraints makes kernelConstraint and biasConstraint hold in training, where stock leaves them out', async () => {
    const stock = made();
    await train(stock, 3);
    const free = await read(stock, 'a/kernel');
    expect(Math.hypot(free[0]!, free[2]!, free[4]!)).toBeGreaterThan(1);
    const m = made();
    const handle = await enforceConstraints(m);
    expect(handle.report().constrained.map(({ path, constraint }) => [path, constraint])).toEqual([
      ['a/kernel', 'MaxNorm'],
      ['a/bias', 'NonNeg'],
    ]);
    await train(m, 3);
    const kernel = await read(m, 'a/kernel');
    for (const unit of [0, 1])
      expect(Math.hypot(kernel[unit]!, kernel[unit + 2]!, kernel[unit + 4]!)).toBeLessThan(0.75 * (1 + 2 ** -18));
    expect(Math.min(...(await read(m, 'a/bias')))).toBeGreaterThanOrEqual(0);
    expect((await handle.verify()).distance).toBeLessThan(2 ** -20);
    handle.restore();
    await train(m, 3);
    expect(Math.hypot(...(await read(m, 'a/kernel')))).toBeGreaterThan(1.1);
  });

  it('enforceConstraints finds those of cells and of nested models', async () => {
    const cell = tf.layers.lstm({
      units: 2,
      inputShape: [3, 2],
      recurrentConstraint: 'unitNorm',
      biasConstraint: 'nonNeg',
      name: 'r',
    });
    const m = tf.sequential({
      layers: [tf.sequential({ layers: [cell], name: 'inner' }), tf.layers.dense({ units: 1 })],
    });
    const { constrained } = (await enforceConstraints(m)).report();
    expect(constrained.map(({ path }) => path.split('/').at(-1))).toEqual(['recurrentKernel', 'bias']);
    expect((await enforceConstraints(made(), { filter: '**/bias' })).paths).toEqual(['a/bias']);
  });

  it('enforceConstraints refuses a model without constraints, and a second call', async () => {
    const plain = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], name: 'p' })] });
    await expect(enforceConstraints(plain)).rejects.toThrow(
      'enforceConstraints: model must have a weight that trains and was made with a constraint',
    );
    const m = made();
    await enforceConstraints(m);
    await expect(enforceConstraints(m)).rejects.toThrow(
      'weight must not be constrained already, got a/kernel with MaxNorm',
    );
  });
});
