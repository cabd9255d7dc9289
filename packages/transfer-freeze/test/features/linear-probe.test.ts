import * as tf from '@tensorflow/tfjs';
import { leakOf, maxAbsDifference } from '@weightkit/testing';
import { linearProbe } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/probe.json' with { type: 'json' };

const [N, D] = [30, 4];

async function with2d<T>(values: number[], rows: number, use: (x: tf.Tensor2D) => Promise<T>): Promise<T> {
  const x = tf.tensor2d(values.slice(0, (rows * values.length) / N), [rows, values.length / N]);
  try {
    return await use(x);
  } finally {
    x.dispose();
  }
}

/** Rounding to float32 of numbers up to 16. */
const ROUNDED = 16 * 2 ** -24;

describe('linearProbe', () => {
  it('finds the minimum of multinomial logistic regression that the Newton method of scipy finds', async () => {
    for (const { penalty, kernel, bias, loss, accuracy } of golden.logistic) {
      const labels = tf.tensor1d(golden.labels, 'int32');
      const probe = await with2d(golden.x, N, (x) => linearProbe(x, labels, { penalty, tolerance: 1e-10 }));
      labels.dispose();
      expect([probe.shape, probe.converged, probe.accuracy]).toEqual([[D, 3], true, accuracy]);
      // The gradient is within 1e-10; the curvature is 2e-5 or more in every direction (the least is that of the penalty
      // and of the bias), which leaves 1e-10 · √15 / 2e-5 of the weights.
      expect(maxAbsDifference(probe.kernel, kernel)).toBeLessThan(ROUNDED + 2e-5);
      expect(maxAbsDifference(probe.bias, bias)).toBeLessThan(ROUNDED + 2e-5);
      expect(Math.abs(probe.loss - loss)).toBeLessThan(1e-12);
    }
  });

  it('solves ridge regression as numpy does, by inputs or by examples', async () => {
    for (const { rows, penalty, kernel, bias, loss } of golden.ridge) {
      const probe = await with2d(golden.x, rows, (x) =>
        with2d(golden.y, rows, (y) => linearProbe(x, y, { kind: 'ridge', penalty })),
      );
      expect([probe.shape, probe.accuracy, probe.iterations, probe.converged]).toEqual([[D, 2], null, 1, true]);
      expect(maxAbsDifference(probe.kernel, kernel)).toBeLessThan(ROUNDED);
      expect(maxAbsDifference(probe.bias, bias)).toBeLessThan(ROUNDED);
      expect(Math.abs(probe.loss - loss)).toBeLessThan(1e-10);
      expect(probe.gradient).toBeLessThan(1e-10);
    }
  });

  it('takes classes as numbers, as a column and as shares alike, and flattens features', async () => {
    const labels = tf.tensor1d(golden.labels, 'int32');
    const column = tf.tensor2d(golden.labels, [N, 1]);
    const shares = tf.oneHot(labels, 3);
    const x = tf.tensor3d(golden.x, [N, 2, 2]);
    const leak = await leakOf(async () => {
      const probes = [
        await linearProbe(x, labels, { penalty: 0.1 }),
        await linearProbe(x, column, { penalty: 0.1 }),
        await linearProbe(x, shares, { penalty: 0.1 }),
      ];
      expect(probes[1]).toEqual(probes[0]);
      expect(probes[2]).toEqual(probes[0]);
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    tf.dispose([labels, column, shares, x]);
  });

  it('ends after maxIterations, and says so', async () => {
    const labels = tf.tensor1d(golden.labels, 'int32');
    const probe = await with2d(golden.x, N, (x) => linearProbe(x, labels, { maxIterations: 2 }));
    expect([probe.iterations, probe.converged, probe.gradient > 1e-6]).toEqual([2, false, true]);
    labels.dispose();
  });

  it('makes a layer predict what it scored: kernel and bias fit a dense layer', async () => {
    const labels = tf.tensor1d(golden.labels, 'int32');
    const layer = tf.layers.dense({ units: 3, inputShape: [D] });
    const model = tf.sequential({ layers: [layer] });
    await with2d(golden.x, N, async (x) => {
      const { kernel, bias, shape, accuracy } = await linearProbe(x, labels, { penalty: 0.01 });
      tf.tidy(() => layer.setWeights([tf.tensor2d(kernel, shape), tf.tensor1d(bias)]));
      const right = tf.tidy(() =>
        tf.mean(tf.cast(tf.equal(tf.argMax(model.predict(x) as tf.Tensor, 1), labels), 'float32')),
      );
      expect(Math.abs((await right.data())[0]! - accuracy!)).toBeLessThan(2 ** -20);
      right.dispose();
    });
    model.dispose();
    labels.dispose();
  });

  it('refuses what it cannot fit', async () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const targets = {
      one: tf.tensor1d([0, 0]),
      half: tf.tensor1d([0, 0.5]),
      many: tf.tensor1d([0, 1, 1]),
      shares: tf.tensor2d([0.5, 0.6, 1, 0], [2, 2]),
      wild: tf.tensor1d([0, Number.NaN]),
    };
    await expect(linearProbe(x, targets.one)).rejects.toThrow('linearProbe: targets must be of two classes or more');
    await expect(linearProbe(x, targets.half)).rejects.toThrow('linearProbe: targets must be numbers of classes');
    await expect(linearProbe(x, targets.many)).rejects.toThrow('linearProbe: targets must be as many as features, 2');
    await expect(linearProbe(x, targets.shares)).rejects.toThrow('linearProbe: targets must have rows of shares');
    await expect(linearProbe(x, targets.wild)).rejects.toThrow('linearProbe: targets must be finite, got NaN');
    await expect(linearProbe(x, targets.one, { penalty: 0 })).rejects.toThrow('linearProbe: penalty must be above 0');
    tf.dispose([x, targets]);
  });
});
