import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { suggestCut } from '@weightkit/transfer-freeze';
import { describe, expect, it } from 'vitest';
import golden from '../golden/probe.json' with { type: 'json' };

const negated = () => tf.initializers.identity({ gain: -1 });

describe('suggestCut', () => {
  it('has the accuracy that numpy has with each example left out, behind every layer', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 4, inputShape: [4], kernelInitializer: negated(), name: 'linear' }),
        tf.layers.reLU({ name: 'relu' }),
        tf.layers.dense({ units: 2, name: 'out' }),
      ],
    });
    const [xs, ys] = [tf.tensor2d(golden.x, [30, 4]), tf.tensor1d(golden.labels, 'int32')];
    const { penalty, linear, relu } = golden.leaveOneOut;
    const leak = await leakOf(async () => {
      const { candidates, until, reason } = await suggestCut(model, { xs, ys }, { folds: 30, penalty, batchSize: 7 });
      expect(
        candidates.map((one) => [one.until, one.shape, one.bytes, one.bodyParameters, one.headParameters]),
      ).toEqual([
        ['linear', [4], 16, 20, 10],
        ['relu', [4], 16, 20, 10],
      ]);
      // Shares and their deviations in float64.
      for (const [i, wanted] of [linear, relu].entries()) {
        expect(Math.abs(candidates[i]!.accuracy - wanted.accuracy)).toBeLessThan(1e-12);
        expect(Math.abs(candidates[i]!.error - wanted.error)).toBeLessThan(1e-12);
      }
      expect(until).toBe(relu.accuracy >= linear.accuracy - linear.error ? 'relu' : 'linear');
      expect(reason).toContain(`a probe behind ${until} is right in`);
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    tf.dispose([xs, ys]);
    model.dispose();
  });

  it('takes the last layer at which the classes can still be told apart, by both probes and labels of both kinds', async () => {
    // Classes are inside and outside of [-1, 1]: a line cannot part them, the two ramps of `ramps` can, and `lost` forgets them.
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'ones', name: 'same' }),
        tf.layers.dense({ units: 2, activation: 'relu', name: 'ramps' }),
        tf.layers.dropout({ rate: 0.5, name: 'drop' }),
        tf.layers.dense({ units: 3, kernelInitializer: 'zeros', name: 'lost' }),
        tf.layers.dense({ units: 2, name: 'out' }),
      ],
    });
    tf.tidy(() => model.getLayer('ramps').setWeights([tf.tensor2d([1, -1], [1, 2]), tf.zeros([2])]));
    const values = Array.from({ length: 40 }, (_, i) => ((i % 20) * 0.1 + (i % 20 < 10 ? 0 : 0.5)) * (i < 20 ? 1 : -1));
    const [xs, ys] = [
      tf.tensor2d(values, [40, 1]),
      tf.tensor1d(
        values.map((v) => (Math.abs(v) < 1.2 ? 0 : 1)),
        'int32',
      ),
    ];
    const hot = tf.oneHot(ys, 2);
    for (const [labels, kind] of [
      [ys, 'ridge'],
      [hot, 'logistic'],
    ] as const) {
      const { until, candidates } = await suggestCut(model, { xs, ys: labels }, { kind, penalty: 1e-3 });
      expect([until, candidates.map((one) => one.until)]).toEqual(['drop', ['same', 'ramps', 'drop', 'lost']]);
      expect(candidates[1]!.accuracy).toBe(1);
      expect(candidates[2]!.accuracy).toBe(1);
      expect(candidates[0]!.accuracy).toBeLessThan(0.9);
      expect(candidates[3]!.accuracy).toBeLessThan(0.9);
    }
    const some = await suggestCut(model, { xs, ys }, { layers: ['ramps', 'same'] });
    expect([some.until, some.candidates.map((one) => one.until)]).toEqual(['ramps', ['same', 'ramps']]);
    await expect(suggestCut(model, { xs, ys }, { layers: ['out'] })).rejects.toThrow(
      'suggestCut: layers must have layers above it, got "out"',
    );
    await expect(suggestCut(model, { xs, ys }, { folds: 41 })).rejects.toThrow(
      'suggestCut: data must have as many examples as folds, 41, got 40',
    );
    tf.dispose([xs, ys, hot]);
    model.dispose();
  });

  it('probes the means of channels where features have places', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [2, 2, 1], kernelInitializer: 'ones', name: 'conv' }),
        tf.layers.flatten({ name: 'flat' }),
        tf.layers.dense({ units: 2, name: 'out' }),
      ],
    });
    // All means are 0, and the first place tells the class.
    const rows = Array.from({ length: 12 }, (_, i) => (i % 2 ? [1, -1, 1, -1] : [-1, 1, -1, 1]));
    const [xs, ys] = [tf.tensor4d(rows.flat(), [12, 2, 2, 1]), tf.tensor1d(rows.map((_, i) => i % 2))];
    const { candidates } = await suggestCut(model, { xs, ys }, { folds: 3 });
    expect(candidates.map(({ until, shape, accuracy }) => [until, shape, accuracy])).toEqual([
      ['conv', [2, 2, 2], 0.5],
      ['flat', [8], 1],
    ]);
    tf.dispose([xs, ys]);
    model.dispose();
  });
});
