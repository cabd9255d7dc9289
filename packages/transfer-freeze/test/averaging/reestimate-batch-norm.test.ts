import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference } from '@weightkit/testing';
import { reestimateBatchNorm } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import { read } from '../net.ts';

const statistics = (model: tf.LayersModel) =>
  Promise.all(weightsOf(model, '**/moving*').map(({ variable }) => read(variable!)));

/** Mean and variance, as of the whole, of each channel, in float64. */
function moments(rows: readonly (readonly number[])[]): [number[], number[]] {
  const mean = rows[0]!.map((_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length);
  const variance = mean.map((m, c) => rows.reduce((sum, row) => sum + (row[c]! - m) ** 2, 0) / (rows.length - 1));
  return [mean, variance];
}

/** Numbers up to 4 and sums of up to 64 of them or of their squares. */
const TOLERANCE = 64 * 16 * 2 ** -24;

describe('reestimateBatchNorm', () => {
  it('takes means over all axes but that of the channels, gamma and beta there or not', async () => {
    for (const [axis, scale, center] of [
      [-1, true, true],
      [1, false, true],
      [2, true, false],
      [3, false, false],
    ] as const) {
      const model = tf.sequential({
        layers: [tf.layers.batchNormalization({ inputShape: [2, 3, 4], axis, scale, center, name: 'norm' })],
      });
      const x = tf.randomNormal([5, 2, 3, 4], 1, 2, 'float32', 7);
      const before = await statistics(model);
      const { layers, examples, batches } = await reestimateBatchNorm(model, x);
      const place = axis < 0 ? 3 : axis;
      const channels = [5, 2, 3, 4][place]!;
      const order = [0, 1, 2, 3].filter((i) => i !== place);
      const rows = tf.tidy(() => tf.reshape(tf.transpose(x, [...order, place]), [-1, channels]));
      const [mean, variance] = moments((await rows.array()) as number[][]);
      const after = await statistics(model);
      expect(maxAbsDifference(after[0]!, mean)).toBeLessThan(TOLERANCE);
      expect(maxAbsDifference(after[1]!, variance)).toBeLessThan(TOLERANCE);
      const shift = Math.max(...mean.map((value) => Math.abs(value)));
      expect(before[0]!.every((value) => value === 0)).toBe(true);
      expect([layers.map(({ path }) => path), examples, batches]).toEqual([['norm'], 5, 1]);
      // Of a variance of 1 and an epsilon of 1e-3.
      expect(Math.abs(layers[0]!.shift! - shift / Math.sqrt(1.001))).toBeLessThan(TOLERANCE);
      tf.dispose([x, rows]);
      model.dispose();
    }
  });

  it('weighs batches by their examples, and puts what is left over into the last', async () => {
    const model = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [2], name: 'norm' })] });
    const rows = Array.from({ length: 7 }, (_, i) => [i % 4, (i * i) % 5]);
    const x = tf.tensor2d(rows);
    expect((await reestimateBatchNorm(model, x, { batchSize: 3 })).batches).toBe(2);
    const parts = [rows.slice(0, 3), rows.slice(3)].map((part) => ({ part, moments: moments(part) }));
    const wanted = [0, 1].map((k) =>
      [0, 1].map((c) => parts.reduce((sum, { part, moments: own }) => sum + (part.length / 7) * own[k]![c]!, 0)),
    );
    const after = await statistics(model);
    for (const [k, values] of wanted.entries()) expect(maxAbsDifference(after[k]!, values)).toBeLessThan(TOLERANCE);
    x.dispose();
    model.dispose();
  });

  it('sees all calls of a shared layer, nested models and several inputs, without dropout, and what it gives follows the batch', async () => {
    const shared = tf.layers.batchNormalization({ name: 'shared' });
    const nested = tf.sequential({
      name: 'nested',
      layers: [tf.layers.batchNormalization({ inputShape: [2], name: 'inner' })],
    });
    const inputs = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    const dropped = tf.layers.dropout({ rate: 0.9 }).apply(inputs[0]!) as tf.SymbolicTensor;
    const out = [shared.apply(dropped), shared.apply(inputs[1]!), nested.apply(shared.apply(inputs[0]!))];
    const model = tf.model({ inputs, outputs: out as tf.SymbolicTensor[] });
    const left = [
      [1, 2],
      [3, 4],
      [5, 9],
    ];
    const right = [
      [0, 1],
      [1, 1],
      [2, -5],
    ];
    const x = [left, right].map((rows) => tf.tensor2d(rows));
    const kept = x.map((one) => one.shape.join());
    await reestimateBatchNorm(model, x);
    const calls = [left, right, left].map(moments);
    const [sharedMean, sharedVariance, innerMean, innerVariance] = await statistics(model);
    const over = (k: 0 | 1) => [0, 1].map((c) => calls.reduce((sum, call) => sum + call[k][c]! / 3, 0));
    expect(maxAbsDifference(sharedMean!, over(0))).toBeLessThan(TOLERANCE);
    expect(maxAbsDifference(sharedVariance!, over(1))).toBeLessThan(TOLERANCE);
    // What went into the inner one was normalized by the batch: mean 0, variance v / (v + ε) of three, as of the whole.
    expect(maxAbsDifference(innerMean!, [0, 0])).toBeLessThan(TOLERANCE);
    const inner = calls[0]![1].map((v) => (((v * 2) / 3 / ((v * 2) / 3 + 1e-3)) * 3) / 2);
    expect(maxAbsDifference(innerVariance!, inner)).toBeLessThan(TOLERANCE);
    expect(x.map((one) => one.shape.join())).toEqual(kept);
    tf.dispose(x);
    model.dispose();
  });

  it('mends statistics that are not finite', async () => {
    const model = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [1], name: 'norm' })] });
    const wild = tf.fill([1], Number.NaN);
    weightsOf(model, 'norm/movingMean')[0]!.variable!.assign(wild as never);
    const x = tf.tensor2d([1, 3], [2, 1]);
    expect((await reestimateBatchNorm(model, x)).layers).toEqual([{ path: 'norm', shift: null }]);
    expect((await statistics(model)).map((values) => [...values])).toEqual([[2], [2]]);
    tf.dispose([wild, x]);
    model.dispose();
  });

  it('refuses what it cannot estimate from, and leaves model and memory as they were', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.batchNormalization({ inputShape: [2], name: 'norm' }),
        tf.layers.dense({ units: 1, name: 'head' }),
      ],
    });
    const plain = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    const one = tf.ones([1, 2]);
    const wild = tf.tensor2d([1, 2, 3, Number.NaN], [2, 2]);
    const before = await statistics(model);
    const call = Object.getOwnPropertyDescriptor(model.layers[0]!, 'call');
    const leak = await leakOf(async () => {
      await expect(reestimateBatchNorm(plain, one)).rejects.toThrow(
        'reestimateBatchNorm: model must have a batch normalization',
      );
      await expect(reestimateBatchNorm(model, one)).rejects.toThrow(
        'reestimateBatchNorm: batches must have two values or more for each channel of norm, got 1',
      );
      await expect(reestimateBatchNorm(model, wild)).rejects.toThrow(
        'reestimateBatchNorm: statistics must be finite, got NaN at norm/movingMean[1]',
      );
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    expect(await statistics(model)).toEqual(before);
    expect(Object.getOwnPropertyDescriptor(model.layers[0]!, 'call')).toEqual(call);
    tf.dispose([one, wild]);
    for (const each of [model, plain]) each.dispose();
  });
});
