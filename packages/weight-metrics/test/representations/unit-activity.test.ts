import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { unitActivity } from '../../src/representations/unit-activity.ts';

/** One layer on four examples of two numbers, with weights by columns of the unit. */
function layerOf(activation: 'relu' | 'tanh' | 'sigmoid' | 'linear' | 'relu6', kernel: number[][], bias: number[]) {
  const layer = tf.layers.dense({ units: bias.length, inputShape: [2], activation, name: 'one' });
  const model = tf.sequential({ layers: [layer] });
  model.setWeights([tf.tensor2d(kernel), tf.tensor1d(bias)]);
  return model;
}
const x = () => tf.tensor2d([1, 0, 0, 1, 1, 1, 2, 1], [4, 2]);

describe('unitActivity', () => {
  it('unitActivity finds the dead, constant and dormant units of a ReLU, and their scores', async () => {
    const model = layerOf(
      'relu',
      [
        [1, -1, 0, 0.01],
        [1, -1, 0, 0],
      ],
      [0, 0, 3, 0],
    );
    const [found] = await unitActivity(model, x());
    // Sums of the units: 1 + 1 + 2 + 3, none, 3 each, 0.01 (1 + 0 + 1 + 2).
    const means = [7 / 4, 0, 3, 0.01];
    const mean = means.reduce((sum, value) => sum + value / 4, 0);
    const { scores, ...rest } = found!;
    expect(rest).toEqual({
      path: 'one',
      units: 4,
      entries: 4,
      dead: [1],
      constant: [2],
      saturated: null,
      dormant: [1, 3],
      nonFinite: 0,
    });
    // 0.01 is a float32.
    for (const [i, score] of scores.entries()) expect(score).toBeCloseTo(means[i]! / mean, 6);
    expect((await unitActivity(model, x(), { dormant: 0 }))[0]!.dormant).toEqual([1]);
  });

  it('unitActivity finds units at an end of their activation, in as many entries as asked', async () => {
    for (const activation of ['tanh', 'sigmoid'] as const) {
      const model = layerOf(
        activation,
        [
          [9, -20, 0.1],
          [9, 20, 0.1],
        ],
        [0, 0, 0],
      );
      // -20, 20, 0 and -20: three of four.
      expect((await unitActivity(model, x()))[0]!.saturated, activation).toEqual([0]);
      expect((await unitActivity(model, x(), { saturated: 0.75 }))[0]!.saturated, activation).toEqual([0, 1]);
    }
    const clipped = layerOf(
      'relu6',
      [
        [9, 1],
        [9, 1],
      ],
      [0, 0],
    );
    expect((await unitActivity(clipped, x()))[0]!.saturated).toEqual([0]);
  });

  it('unitActivity counts channels over all places, and NaN in its own unit and layer alone', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv1d({ filters: 3, kernelSize: 1, inputShape: [5, 1], activation: 'relu', name: 'conv' }),
        tf.layers.globalAveragePooling1d({ name: 'mean' } as never),
      ],
    });
    model.layers[0]!.setWeights([tf.tensor3d([1, -1, 1], [1, 1, 3]), tf.tensor1d([0, 0, Number.NaN])]);
    const [conv] = await unitActivity(model, tf.ones([4, 5, 1]), { layers: ['conv'] });
    expect(conv).toMatchObject({ units: 3, entries: 20, dead: [1], constant: [0], nonFinite: 20 });
    expect(conv!.scores[2]).toBe(0);
  });

  it('unitActivity is the same in batches, of several layers in the order of their calls', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({
          units: 6,
          inputShape: [3],
          activation: 'relu',
          kernelInitializer: tf.initializers.heNormal({ seed: 1 }),
          name: 'a',
        }),
        tf.layers.dropout({ rate: 0.5, name: 'drop' }),
        tf.layers.dense({
          units: 2,
          activation: 'softmax',
          kernelInitializer: tf.initializers.heNormal({ seed: 2 }),
          name: 'b',
        }),
      ],
    });
    const data = tf.randomNormal([11, 3], 0, 1, 'float32', 4);
    const whole = await unitActivity(model, data);
    expect(whole.map(({ path, units, entries }) => [path, units, entries])).toEqual([
      ['a', 6, 11],
      ['drop', 6, 11],
      ['b', 2, 11],
    ]);
    // Dropout is off.
    expect(whole[1]!.dead).toEqual(whole[0]!.dead);
    const parts = await unitActivity(model, data, { batchSize: 4 });
    for (const [i, { scores, ...rest }] of parts.entries()) {
      const { scores: wanted, ...others } = whole[i]!;
      expect(rest).toEqual(others);
      // A backend may add the terms of a product in another order for another batch.
      for (const [unit, score] of scores.entries()) expect(score).toBeCloseTo(wanted[unit]!, 5);
    }
  });

  it('unitActivity refuses wrong options by name, and leaves no tensors', async () => {
    const model = layerOf('relu', [[1], [1]], [0]);
    const wrong = (options: unknown, says: string, batch: unknown = x()) =>
      expect(unitActivity(model, batch as tf.Tensor, options as object)).rejects.toThrow(`unitActivity: ${says}`);
    await wrong({ saturated: 0 }, 'saturated must be above 0 and at most 1, got 0');
    await wrong({ dormant: 1 }, 'dormant must be 0 or more and below 1, got 1');
    await wrong({ batchSize: 0 }, 'batchSize must be an integer of 1 or more, got 0');
    await wrong({ layers: ['two'] }, 'layers must be in the model (there are one), got "two"');
    await wrong({ layers: 'one' }, 'layers must be a list of paths or layers, got "one"');
    await wrong({ tau: 1 }, 'options must be among');
    await wrong({}, 'batch must have shape [null,2], got [2]', tf.ones([2]));
    const data = x();
    expect(await leakOf(() => unitActivity(model, data, { batchSize: 3 }))).toEqual({ tensors: 0, variables: 0 });
  });
});
