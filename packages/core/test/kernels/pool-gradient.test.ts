import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PoolShape, poolGradient } from '../../src/kernels/pool-gradient.ts';

const one = { inputs: 1, outputs: 1, size: 1, stride: 1, before: 0 };
const row = (width: PoolShape['width'], channels = 1): PoolShape => ({
  batch: 1,
  channels,
  depth: one,
  height: one,
  width,
});

describe('poolGradient', () => {
  test('poolGradient of an average divides by the entries that lie within the input', () => {
    const shape = row({ inputs: 3, outputs: 3, size: 3, stride: 1, before: 1 });
    expect([...poolGradient([2, 3, 4], null, shape)]).toEqual([2 / 2 + 3 / 3, 2 / 2 + 3 / 3 + 4 / 2, 3 / 3 + 4 / 2]);
  });

  test('poolGradient of a maximum gives all to the largest, negative ones too, and of ties to the first', () => {
    const shape = row({ inputs: 4, outputs: 2, size: 2, stride: 2, before: 0 });
    expect([...poolGradient([5, 7], [-3, -2, -1, -1], shape)]).toEqual([0, 5, 7, 0]);
  });

  test('poolGradient leaves out windows that lie in the padding alone', () => {
    const shape = row({ inputs: 1, outputs: 2, size: 1, stride: 1, before: 1 });
    expect([...poolGradient([5, 7], [-3], shape)]).toEqual([7]);
    expect([...poolGradient([5, 7], null, shape)]).toEqual([7]);
  });

  test('poolGradient: Σ dx x = Σ dy y for every window, where y is what stock pools', async () => {
    // Both poolings are homogeneous of degree 1, so Euler's identity holds. Sums of up to 240 products below 16 in float32.
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(...Array(3).fill(fc.integer({ min: 1, max: 4 }))) as fc.Arbitrary<[number, number, number]>,
        fc.tuple(...Array(3).fill(fc.integer({ min: 1, max: 3 }))) as fc.Arbitrary<[number, number, number]>,
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom('same', 'valid'),
        fc.constantFrom('avg', 'max'),
        async ([d, h, w], [size, rows, columns], stride, pad, kind) => {
          const filter: [number, number, number] = [Math.min(size, d), Math.min(rows, h), Math.min(columns, w)];
          // Above the filter's size tfjs's own padding is negative.
          const strides = filter.map((s) => Math.min(s, stride)) as [number, number, number];
          const dims: [number, number, number, number, number] = [2, d, h, w, 2];
          const info = tf.backend_util.computePool3DInfo(dims, filter, strides, 1, pad as 'same');
          const { front, top, left } = info.padInfo;
          const shape: PoolShape = {
            batch: 2,
            channels: 2,
            depth: { inputs: d, outputs: info.outDepth, size: filter[0], stride: strides[0], before: front },
            height: { inputs: h, outputs: info.outHeight, size: filter[1], stride: strides[1], before: top },
            width: { inputs: w, outputs: info.outWidth, size: filter[2], stride: strides[2], before: left },
          };
          const x = Float32Array.from({ length: 4 * d * h * w }, (_, i) => Math.sin(1 + 1.7 * i) + 2);
          const tensor = tf.tensor5d(x, dims);
          const pool = kind === 'avg' ? tf.avgPool3d : tf.maxPool3d;
          const y = await valuesOf(pool(tensor, filter, strides, pad as 'same'));
          tensor.dispose();
          const dy = y.map((_, i) => Math.cos(i));
          const dx = poolGradient(dy, kind === 'avg' ? null : x, shape);
          const left1 = dx.reduce((sum, g, i) => sum + g * x[i]!, 0);
          const right = dy.reduce((sum, g, i) => sum + g * y[i]!, 0);
          expect(Math.abs(left1 - right)).toBeLessThan(1e-3);
        },
      ),
      { numRuns: 30 },
    );
  });
});
