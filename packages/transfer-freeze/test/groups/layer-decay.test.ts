import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { layerDecay } from '@weightkit/transfer-freeze';
import { expect, it } from 'vitest';

it('layerDecay gives a rate to each layer, those of nested models and a wrapper as one', () => {
  const base = tf.sequential({
    name: 'base',
    layers: [
      tf.layers.dense({ units: 3, inputShape: [4, 2], name: 'one' }),
      tf.layers.activation({ activation: 'relu' }),
      tf.layers.bidirectional({
        layer: tf.layers.gru({ units: 2, recurrentInitializer: 'glorotNormal' }) as never,
        mergeMode: 'concat',
        name: 'both',
      }),
    ],
  });
  const model = tf.sequential({ layers: [base, tf.layers.dense({ units: 1, name: 'head' })] });
  const groups = layerDecay(model, { decay: 0.5 });
  expect(groups.map(({ rate }) => rate)).toEqual([1, 0.5, 0.25]);
  const first = groups.map(({ filter }) => weightsOf(model, filter)[0]!.path);
  expect(first[0]).toBe('head/kernel');
  expect(first[1]).toMatch(/^base\/both\//);
  expect(first[2]).toBe('base/one/kernel');
  const all = groups.reduce((sum, { filter }) => sum + weightsOf(model, filter).length, 0);
  expect(all).toBe(weightsOf(model).length);
  model.dispose();
});
