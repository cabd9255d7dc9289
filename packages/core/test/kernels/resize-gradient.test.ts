import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Resize, resizeGradient } from '../../src/kernels/resize-gradient.ts';

const METHODS = ['bilinear', 'nearest'] as const;
const MODES = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
];

describe('resizeGradient', () => {
  test('resizeGradient of twice the rows adds each pair up, image by image', () => {
    const how: Resize = { method: 'nearest', alignCorners: false, halfPixelCenters: false };
    expect([...resizeGradient([1, 2, 3, 4, 5, 6, 7, 8], [4, 1], [2, 2, 1, 1], how)]).toEqual([3, 7, 11, 15]);
  });

  test('resizeGradient: Σ dx x = Σ dy y for every size, where y is what stock resizes', async () => {
    // Resizing is linear. Sums of up to 150 products below 3 in float32.
    const size = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(size, size, size, size),
        fc.constantFrom(...METHODS),
        fc.constantFrom(...MODES),
        async ([h, w, outHeight, outWidth], method, mode) => {
          const x = Float32Array.from({ length: 6 * h * w }, (_, i) => Math.sin(1 + 1.7 * i) + 2);
          const images = tf.tensor4d(x, [2, h, w, 3]);
          const op = method === 'bilinear' ? tf.image.resizeBilinear : tf.image.resizeNearestNeighbor;
          const y = await valuesOf(op(images, [outHeight, outWidth], mode.alignCorners, mode.halfPixelCenters));
          images.dispose();
          const dy = y.map((_, i) => Math.cos(i));
          const dx = resizeGradient(dy, [outHeight, outWidth], [2, h, w, 3], { method, ...mode });
          const left = dx.reduce((sum, g, i) => sum + g * x[i]!, 0);
          const right = dy.reduce((sum, g, i) => sum + g * y[i]!, 0);
          expect(Math.abs(left - right)).toBeLessThan(1e-3);
        },
      ),
      { numRuns: 50 },
    );
  });
});
