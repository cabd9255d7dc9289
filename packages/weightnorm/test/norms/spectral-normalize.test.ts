import * as tf from '@tensorflow/tfjs';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { spectralNormalize, spectralVectors } from '../../src/index.ts';
import golden from '../golden/spectral-normalize.json' with { type: 'json' };

const ULP = 2 ** -24;

describe('spectralNormalize against torch.nn.utils.parametrizations.spectral_norm', () => {
  for (const { call, axis, iterations, start, end, shape, w, dw, out, grad } of golden.cases)
    it(`spectralVectors, spectralNormalize and its gradient equal ${call}`, async () => {
      const weight = tf.tensor(w, shape);
      const from = { u: tf.tensor1d(start.u), v: tf.tensor1d(start.v) };
      const vectors = spectralVectors(weight, { axis: axis as number, iterations, start: from });
      // Up to 6 products, of at most 18 terms, whose error a later one does not enlarge by more than σ₁ over a length that is no
      // smaller than a quarter of it: 6 · 20 · 4 roundings of numbers up to 1.
      const few = 480 * ULP;
      expect(maxAbsDifference(await valuesOf(tf.clone(vectors.u)), end.u)).toBeLessThanOrEqual(few);
      expect(maxAbsDifference(await valuesOf(tf.clone(vectors.v)), end.v)).toBeLessThanOrEqual(few);
      const value = spectralNormalize(weight, vectors, { axis: axis as number });
      const most = Math.max(...out.map(Math.abs));
      expect(maxAbsDifference(await valuesOf(value), out)).toBeLessThanOrEqual(few * most);
      const of = tf.tensor(dw, shape);
      const gradient = tf.grad((x) => tf.sum(tf.mul(spectralNormalize(x, vectors, { axis: axis as number }), of)))(
        weight,
      );
      // Both terms of it are at most |dw| / σ, with the errors of u, v and σ in each.
      const size = Math.hypot(...dw) * Math.max(...out.map((x, i) => Math.abs(x / w[i]!)));
      expect(maxAbsDifference(await valuesOf(gradient), grad)).toBeLessThanOrEqual(4 * few * size);
    });
});

const diagonal = (...entries: number[]): tf.Tensor2D => tf.diag(tf.tensor1d(entries)) as tf.Tensor2D;

describe('spectralVectors', () => {
  it('are the singular vectors of the largest value where it stands out, whatever the scale', async () => {
    for (const size of [2 ** -120, 1, 2 ** 100]) {
      const { u, v } = spectralVectors(diagonal(size / 2, 4 * size, size));
      // The start has 1 part in a hundred or more of it, and (1/4)^30 is left of the others.
      expect(maxAbsDifference((await valuesOf(u)).map(Math.abs), [0, 1, 0])).toBeLessThan(2 ** -20);
      expect(maxAbsDifference((await valuesOf(v)).map(Math.abs), [0, 1, 0])).toBeLessThan(2 ** -20);
    }
  });

  it('begin anew from a random v where W maps v to 0, and stay unit vectors for a zero weight', async () => {
    const start = { u: tf.tensor1d([1, 0]), v: tf.tensor1d([1, 0]) };
    const pruned = spectralVectors(diagonal(0, 3), { start, iterations: 1 });
    expect((await valuesOf(pruned.u)).map(Math.abs)).toEqual(Float32Array.of(0, 1));
    const zero = spectralVectors(tf.zeros([2, 2]), { start });
    expect(await valuesOf(zero.u)).toEqual(Float32Array.of(1, 0));
    expect(Math.hypot(...(await valuesOf(zero.v)))).toBeCloseTo(1, 6);
  });
});

describe('spectralNormalize', () => {
  const vectors = () => ({ u: tf.tensor1d([1, 0]), v: tf.tensor1d([1, 0]) });
  const gradient = (w: tf.Tensor, mode: 'exact' | 'atMost') =>
    tf.grad((x) => tf.sum(spectralNormalize(x, vectors(), { mode })))(w);

  it('in mode atMost leaves a weight whose norm is 1 or less, and its gradient, and is the exact one above', async () => {
    const small = diagonal(0.5, 0.25);
    expect(await valuesOf(spectralNormalize(small, vectors(), { mode: 'atMost' }))).toEqual(
      Float32Array.of(0.5, 0, 0, 0.25),
    );
    expect(await valuesOf(gradient(small, 'atMost'))).toEqual(Float32Array.of(1, 1, 1, 1));
    expect(await valuesOf(spectralNormalize(small, vectors()))).toEqual(Float32Array.of(1, 0, 0, 0.5));
    const large = diagonal(4, 2);
    expect(await valuesOf(spectralNormalize(large, vectors(), { mode: 'atMost' }))).toEqual(
      Float32Array.of(1, 0, 0, 0.5),
    );
    // Of the sum s = 1 + w₁₁ / w₀₀: (1 − 1.5) / 4 at the place of σ, 1 / 4 elsewhere.
    for (const mode of ['exact', 'atMost'] as const)
      expect(await valuesOf(gradient(large, mode))).toEqual(Float32Array.of(-0.125, 0.25, 0.25, 0.25));
  });

  it('is 0 with gradient 0 at a zero weight, w with its own gradient in mode atMost', async () => {
    const zero = tf.zeros([2, 2]);
    expect(await valuesOf(spectralNormalize(zero, vectors()))).toEqual(new Float32Array(4));
    expect((await valuesOf(gradient(zero, 'exact'))).map(Math.abs)).toEqual(new Float32Array(4));
    expect(await valuesOf(spectralNormalize(zero, vectors(), { mode: 'atMost' }))).toEqual(new Float32Array(4));
    expect(await valuesOf(gradient(zero, 'atMost'))).toEqual(Float32Array.of(1, 1, 1, 1));
  });

  it('leaks nothing, with gradients', async () => {
    expect(
      await leakOf(async () => {
        const w = tf.randomNormal([3, 4, 2], 0, 1, 'float32', 3);
        const { u, v } = spectralVectors(w);
        const both = tf.valueAndGrad((x: tf.Tensor) => tf.sum(spectralNormalize(x, { u, v })))(w);
        tf.dispose([w, u, v, both.value, both.grad]);
      }),
    ).toEqual({ tensors: 0, variables: 0 });
  });
});
