import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillMissingKernels } from '../../src/kernels/fill-missing-kernels.ts';
import { segmentSum } from '../../src/kernels/segment-sum.ts';

describe('segmentSum', () => {
  test('segmentSum adds rows of the same segment up, leaves out those of none, and has 0 where there are none', () => {
    expect([...segmentSum([1, 2, 3, 4, 5, 6, 7, 8], [2, 0, 2, -1], 4, 2, 2)]).toEqual([3, 4, 0, 0, 6, 8, 0, 0]);
    expect([...segmentSum([1, 2], [4, 3], 4, 1, 1)]).toEqual([0, 0, 0, 2]);
    // A segment for each value: columns stay what they are.
    expect([...segmentSum([1, 2, 3, 4], [0, 1, 0, 0], 2, 2, 1)]).toEqual([4, 4, 0, 2]);
  });

  test.runIf(tf.getBackend() === 'wasm')(
    'segmentSum fills wasm, and tf.unsortedSegmentSum gives there what one-hot rows times x give',
    async () => {
      const { restore } = fillMissingKernels('wasm', { kernels: ['UnsortedSegmentSum'] });
      const small = fc.integer({ min: 1, max: 6 });
      try {
        await fc.assert(
          fc.asyncProperty(small, small, small, fc.integer(), async (rows, width, more, seed) => {
            const segments = more + 1;
            // Whole numbers: sums of them are exact.
            const ids = Int32Array.from({ length: rows }, (_, i) => (Math.abs(seed) + 3 * i * i) % segments);
            const x = tf.tensor3d(
              Float32Array.from({ length: rows * width * 2 }, (_, i) => (7 * i) % 11),
              [rows, width, 2],
            );
            const id = tf.tensor1d(ids, 'int32');
            const sums = tf.unsortedSegmentSum(x, id, segments);
            expect(sums.shape).toEqual([segments, width, 2]);
            const product = tf.tidy(() =>
              tf.matMul(tf.cast(tf.oneHot(id, segments), 'float32'), tf.reshape(x, [rows, width * 2]), true),
            );
            const [ours, theirs] = [await valuesOf(sums), await valuesOf(product)];
            tf.dispose([x, id]);
            expect(ours).toEqual(theirs);
          }),
          { numRuns: 30 },
        );
      } finally {
        restore();
      }
    },
  );
});
