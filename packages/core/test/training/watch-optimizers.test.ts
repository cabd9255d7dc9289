import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { tapOptimizer, watchOptimizers } from '../../src/index.ts';

describe('watchOptimizers', () => {
  it('watchOptimizers sees fit and loops, may tap the very step, and leaves TensorFlow.js as it was', async () => {
    const { computeGradients } = tf.Optimizer.prototype;
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    const seen: [string, boolean][] = [];
    let stepped = 0;
    const unwatch = watchOptimizers((optimizer, list) => {
      seen.push([optimizer.getClassName(), list !== undefined]);
      const untap = tapOptimizer(optimizer, {
        after() {
          stepped++;
          untap();
        },
      });
    });
    const other = watchOptimizers(() => {});
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    await model.fit(tf.ones([2, 2]), tf.ones([2, 1]), { epochs: 1, verbose: 0 });
    tf.train.sgd(0.1).minimize(() => tf.sum(model.predict(tf.ones([1, 2])) as tf.Tensor) as tf.Scalar);
    expect(seen).toEqual([
      ['Adam', true],
      ['SGD', false],
    ]);
    expect(stepped).toBe(2);
    unwatch();
    unwatch();
    expect(tf.Optimizer.prototype.computeGradients).not.toBe(computeGradients);
    other();
    expect(tf.Optimizer.prototype.computeGradients).toBe(computeGradients);
  });

  it('watchOptimizers: a watcher that throws ends the step, and nothing has moved', async () => {
    const v = tf.variable(tf.tensor1d([1]));
    const unwatch = watchOptimizers(() => {
      throw new Error('planted');
    });
    expect(() => tf.train.sgd(1).minimize(() => tf.sum(v) as tf.Scalar)).toThrow('planted');
    unwatch();
    expect(Array.from(await v.data())).toEqual([1]);
  });
});
