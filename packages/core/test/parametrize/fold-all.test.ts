import * as tf from '@tensorflow/tfjs';
import { foldAll, parametrize, weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';

const build = () =>
  tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'a' }), tf.layers.dense({ units: 2, name: 'b' })],
  });
const half = { forward: (w: tf.Tensor) => tf.mul(w, 0.5) };

describe('foldAll', () => {
  it('foldAll(parametrizations) folds each', () => {
    const model = build();
    const all = weightsOf(model, '*/kernel').map((weight) => parametrize(weight, half));
    expect(all.map(({ foldable }) => foldable)).toEqual([true, true]);
    foldAll(all);
    expect(all.map(({ installed, foldable }) => [installed, foldable])).toEqual([
      [false, false],
      [false, false],
    ]);
  });

  it('foldAll(parametrizations) changes nothing when one cannot be folded', () => {
    const model = build();
    const first = parametrize(model.layers[0]!, 'kernel', half);
    parametrize(model.layers[1]!, 'kernel', half);
    const above = parametrize(model.layers[1]!, 'kernel', { ...half, rightInverse: (w) => w });
    expect(above.foldable).toBe(false);
    expect(() => foldAll([first, above])).toThrow(
      'foldAll: every parametrization below must have a rightInverse, got one without at b/kernel',
    );
    expect([first.installed, above.installed]).toEqual([true, true]);
    above.restore();
    expect(() => foldAll([first, above])).toThrow(
      'foldAll: parametrization must be in place, got one already removed from b/kernel',
    );
    expect(first.installed).toBe(true);
  });

  it('parametrize with an identity as right inverse leaves the raw weight and the variables below as they are', async () => {
    const model = build();
    const normed = parametrize(model.layers[0]!, 'kernel', {
      forward: (v, { g }) => tf.mul(v, tf.div(g!, tf.norm(v))),
      rightInverse: (w) => w,
      variables: { g: (w) => tf.norm(w) },
    });
    normed.variables.g!.assign(tf.scalar(7));
    const raw = await normed.raw.data();
    const mask = parametrize(model.layers[0]!, 'kernel', { forward: (w) => tf.mul(w, 1), rightInverse: (w) => w });
    expect(await normed.raw.data()).toEqual(raw);
    expect(await normed.variables.g!.data()).toEqual(Float32Array.of(7));
    mask.restore();
  });
});
