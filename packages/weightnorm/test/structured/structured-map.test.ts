import * as tf from '@tensorflow/tfjs';
import { gradientsOf } from '@weightkit/core';
import { leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type StructureOptions, structuredMap } from '../../src/index.ts';
import golden from '../golden/structured.json' with { type: 'json' };

describe('structuredMap', () => {
  for (const { call, options, shape, x, dw, ...wanted } of golden.maps)
    it(`structuredMap has the values and gradients of ${call} on [${shape}], entries to ${Math.max(...x.map(Math.abs)).toFixed(1)}`, async () => {
      const [given, along] = [x, dw].map((values) => tf.tensor(values, shape));
      const of = (one: tf.Tensor) => structuredMap(one, options as StructureOptions);
      const [gradient] = gradientsOf((one) => tf.sum(tf.mul(of(one!), along!)), [given!]);
      const [w, dx] = await Promise.all([valuesOf(of(given!)), valuesOf(gradient!)]);
      // An exponential of up to 2^4 has an error of 2^4 ulp on WebGPU; the others are one sum or none.
      const atMost = (values: number[]) => 2 ** -18 * Math.max(...values.map(Math.abs));
      expect(maxAbsDifference(w, wanted.w)).toBeLessThanOrEqual(atMost(wanted.w));
      expect(maxAbsDifference(dx, wanted.dx)).toBeLessThanOrEqual(atMost(wanted.dx));
    });

  it('structuredMap to positive by softplus keeps digits where it is small and does not overflow', async () => {
    const x = [-80, -30, -10, -3, -1e-3, 0, 1e-3, 3, 20, 100, 3e38];
    const w = await valuesOf(structuredMap(tf.tensor1d(x), { structure: 'positive' }));
    for (const [i, one] of x.entries()) {
      const wanted = Math.max(one, 0) + Math.log1p(Math.exp(-Math.abs(one)));
      // WGSL's exp has an error of 3 + 2 |x| ulp of 2^-23.
      expect(Math.abs(w[i]! / wanted - 1)).toBeLessThan((8 + 2 * Math.min(Math.abs(one), 90)) * 2 ** -23);
    }
  });

  for (const structure of [
    'symmetric',
    'skew',
    'lowerTriangular',
    'upperTriangular',
    'blockDiagonal',
    'circulant',
  ] as const)
    it(`structuredMap to ${structure} is a projection: twice is once, and what it takes away is orthogonal to it; nothing leaks`, async () => {
      const leak = await leakOf(async () => {
        const x = tf.randomNormal([3, 5, 5], 0, 2, 'float32', 4);
        const options = { structure, ...(structure === 'blockDiagonal' ? { blocks: 5 } : {}) };
        const once = structuredMap(x, options);
        const twice = structuredMap(once, options);
        const product = tf.tidy(() => tf.sum(tf.mul(once, tf.sub(x, once))));
        expect(await valuesOf(twice)).toEqual(await valuesOf(once.clone()));
        // So the gradient is projected as well: means of five numbers of up to 4.
        const along = tf.randomNormal([3, 5, 5], 0, 1, 'float32', 5);
        const slope = tf.grad((one) => tf.sum(tf.mul(structuredMap(one, options), along)))(x);
        const wanted = structuredMap(along, options);
        expect(maxAbsDifference(await valuesOf(slope), await valuesOf(wanted))).toBeLessThan(5 * 4 * 2 ** -23);
        along.dispose();
        // 75 products of numbers up to about 6, each rounded.
        expect(Math.abs((await valuesOf(product))[0]!)).toBeLessThan(75 * 36 * 2 ** -23);
        tf.dispose([x, once]);
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
    });

  it('structuredMap to a triangle has zeros where there was NaN', async () => {
    const x = tf.tensor2d([1, Number.NaN, -2, 3], [2, 2]);
    expect(await valuesOf(structuredMap(x, { structure: 'lowerTriangular' }))).toEqual(Float32Array.of(1, 0, -2, 3));
  });

  it('structuredMap to circulant has rows that move around', async () => {
    const x = tf.tensor2d([3, 0, 0, 0, 0, 6, 9, 0, 0], [3, 3]);
    // By diagonals that go around: 3, 0, 0; 0, 6, 9; 0, 0, 0.
    expect(await valuesOf(structuredMap(x, { structure: 'circulant' }))).toEqual(
      Float32Array.of(1, 5, 0, 0, 1, 5, 5, 0, 1),
    );
  });

  it('structuredMap refuses what it cannot take', () => {
    const x = tf.ones([2, 3]);
    for (const [options, message] of [
      [
        {},
        'structuredMap: structure must be one of symmetric, skew, lowerTriangular, upperTriangular, blockDiagonal, circulant, positive',
      ],
      [{ structure: 'symmetric' }, 'structuredMap: x must have two last axes of one size to be symmetric, got [2, 3]'],
      [{ structure: 'skew', map: 'exp' }, 'structuredMap: map must be left out for skew, got "exp"'],
      [{ structure: 'blockDiagonal' }, 'structuredMap: blocks must be an integer of 1 or more, got undefined'],
      [
        { structure: 'blockDiagonal', blocks: 2 },
        'structuredMap: blocks must divide both last axes of x, [2, 3], got 2',
      ],
      [{ structure: 'skew', blocks: 2 }, 'structuredMap: blocks must be left out for skew, got 2'],
      [{ structure: 'positive', map: 'square' }, 'structuredMap: map must be one of softplus, exp, got "square"'],
    ] as const)
      expect(() => structuredMap(x, options as never)).toThrow(message);
    expect(() => structuredMap(tf.ones([2]), { structure: 'skew' })).toThrow(
      'structuredMap: x must have two axes or more to be skew, got [2]',
    );
  });
});
