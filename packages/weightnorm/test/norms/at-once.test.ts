import * as tf from '@tensorflow/tfjs';
import { parametrizationsOf } from '@weightkit/core';
import { valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { weightNorm, weightNormModel } from '../../src/index.ts';

const modelOf = () =>
  tf.sequential({
    layers: [tf.layers.dense({ units: 3, inputShape: [2], name: 'a' }), tf.layers.dense({ units: 2, name: 'b' })],
  });

it('weightNormModel twice at once normalizes once: the second finds everything normalized', async () => {
  const model = modelOf();
  const x = tf.tensor2d([[1, -2]]);
  const before = await valuesOf(model.predict(x) as tf.Tensor);
  const [first, second] = await Promise.all([weightNormModel(model), weightNormModel(model)]);
  expect(parametrizationsOf(model)).toEqual(first.parametrizations);
  expect(first.report().normalized.map(({ path }) => path)).toEqual(['a/kernel', 'b/kernel']);
  expect(second).toMatchObject({ parametrizations: [], needsRecompile: false });
  expect(second.report().skipped).toEqual(
    ['a/kernel', 'b/kernel'].map((path) => ({ path, reason: 'is normalized already' })),
  );
  first.fold();
  const after = await valuesOf(model.predict(x) as tf.Tensor);
  // 2^-22 of each weight (see weightNorm), in sums of two and of three terms below 4.
  for (const [i, value] of after.entries()) expect(Math.abs(value - before[i]!)).toBeLessThan(2 ** -18);
});

it('fold and restore of weightNormModel are refused while another is at work', async () => {
  const model = modelOf();
  const normed = await weightNormModel(model, { filter: 'a/kernel' });
  const work = weightNormModel(model);
  for (const name of ['fold', 'restore'] as const)
    expect(() => normed[name]()).toThrow(
      new Error(`${name}: model must not be at work elsewhere, got a/kernel in weightNormModel; await that first`),
    );
  await work;
  normed.restore();
  expect(parametrizationsOf(model)).toHaveLength(1);
});

it('weightNorm refuses a weight that weightNormModel is at work on', async () => {
  const model = modelOf();
  const work = weightNormModel(model);
  expect(() => weightNorm(model.layers[0]!)).toThrow(
    new Error('weightNorm: model must not be at work elsewhere, got a/kernel in weightNormModel; await that first'),
  );
  await work;
  expect(parametrizationsOf(model)).toHaveLength(2);
});
