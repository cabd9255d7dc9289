import * as tf from '@tensorflow/tfjs';
import { fillNormal, randomKey } from '@weightkit/numerics';
import { hasKernel, leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, test } from 'vitest';
import { composedRound, type DeviceGrid, roundToGrid } from '../../src/grids/round-to-grid.ts';
import { fakeQuantize } from '../../src/index.ts';

const normals = (count: number): Float32Array => fillNormal(new Float32Array(count), randomKey(7), { mean: 0, std: 1 });
const grid = (scale: number, zero: number, base: number, levels: number): DeviceGrid => ({
  scale: tf.scalar(scale),
  zero: tf.scalar(zero),
  base: tf.scalar(base),
  levels,
});
const dispose = ({ scale, zero, base }: DeviceGrid) => tf.dispose([scale, zero, base]);

describe('roundToGrid', () => {
  test('roundToGrid is a kernel of ours on webgpu, registered at the first use, and on no other backend', () => {
    const g = grid(0.5, 2, 0, 7);
    tf.dispose(tf.tidy(() => roundToGrid(tf.ones([3]), g)));
    expect(hasKernel('WeightkitRoundToGrid')).toBe(tf.getBackend() === 'webgpu');
    expect(tf.getKernel('WeightkitRoundToGrid', 'cpu')).toBeUndefined();
    dispose(g);
  });

  test.each([[[1]], [[63]], [[65]], [[4, 5, 7]], [[2, 3, 2, 3, 2]], [[70_001]]])(
    'roundToGrid of shape %j equals the composed operations, bit for bit on steps of a power of two',
    async (shape) => {
      // scale 2^-4: quotient, product and sums are exact, so fused or not, in any precision of the division, the tolerance is 0.
      const g = grid(2 ** -4, 20, 0, 63);
      const x = tf.tensor(
        normals(tf.util.sizeFromShape(shape)).map((v) => Math.round(v * 1024) / 1024),
        shape,
      );
      const y = roundToGrid(x, g);
      expect([y.shape, y.dtype]).toEqual([shape, 'float32']);
      expect(await valuesOf(y)).toEqual(await valuesOf(composedRound(x, g)));
      x.dispose();
      dispose(g);
    },
  );

  test('roundToGrid equals the composed operations but for the last bits and ties on any step', async () => {
    const [scale, base, levels] = [0.0123, -1.7, 255];
    const g = grid(scale, 0, base, levels);
    const x = tf.tensor1d(normals(5000));
    const [ours, composed] = [await valuesOf(roundToGrid(x, g)), await valuesOf(composedRound(x, g))];
    // WGSL divides within 2.5 ulp and may fuse the last multiplication and sum. The value is below 2, so that its product and
    // sum round by 2^-23 in all; a code off by 2.5 ulp of 255 (2^-14.7) goes the other way near a tie, once in 2^13 entries.
    const off = [...ours].map((v, i) => Math.abs(v - composed[i]!));
    expect(off.filter((d) => d > 2 ** -22).length).toBeLessThanOrEqual(5);
    expect(maxAbsDifference(ours, composed)).toBeLessThanOrEqual(scale + 2 ** -22);
    x.dispose();
    dispose(g);
  });

  test('roundToGrid reaches the last entry of a tensor with more workgroups than one dimension takes', async () => {
    // 65,535 workgroups of 64 threads, and one entry more: the backend folds such a dispatch into two dimensions.
    const size = 65_535 * 64 + 1;
    const g = grid(0.5, 0, 0, 7);
    const x = tf.fill([size], 0.8);
    const y = roundToGrid(x, g);
    const wrong = tf.tidy(() => tf.sum(tf.cast(tf.notEqual(y, 1), 'float32')));
    expect(await valuesOf(wrong)).toEqual(new Float32Array([0]));
    const last = tf.slice(y, [size - 1], [1]);
    expect(await valuesOf(last)).toEqual(new Float32Array([1]));
    tf.dispose([x, y]);
    dispose(g);
  }, 60_000);

  test('roundToGrid takes halves to even, clips to the ends, and its kernel passes NaN on', async () => {
    const g = grid(1, 0, 0, 7);
    const x = tf.tensor1d([-3, 0.5, 1.5, 2.5, 9, Number.NaN]);
    const [nan, ...others] = [...(await valuesOf(roundToGrid(x, g)))].reverse();
    expect(others.reverse()).toEqual([0, 0, 2, 2, 7]);
    // Elsewhere NaN is what the backend's clip makes of it: 0 on wasm.
    if (tf.getBackend() === 'webgpu') expect(nan).toBeNaN();
    x.dispose();
    dispose(g);
  });
});

describe('fakeQuantize through roundToGrid', () => {
  test('fakeQuantize passes the gradient straight through, and leaves nothing', async () => {
    const w = tf.tensor2d(normals(60), [6, 10]);
    const dy = tf.tensor2d(normals(60), [6, 10]);
    const step = () => tf.grad((x) => fakeQuantize(x, { bits: 4 }))(w, dy);
    const dx = step();
    expect(await dx.data()).toEqual(await dy.data());
    expect(await leakOf(() => step().dispose())).toEqual({ tensors: 0, variables: 0 });
    tf.dispose([w, dy, dx]);
  });
});
