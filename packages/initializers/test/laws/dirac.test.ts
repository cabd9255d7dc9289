import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dirac } from '../../src/index.ts';
import { golden } from '../support.ts';

interface Case {
  groups: number;
  shape: number[];
  ones: number[];
}

it.each(golden<Case>('torch-dirac'))(
  'dirac({ groups: $groups })($shape) is that of PyTorch',
  async ({ groups, shape, ones }) => {
    const values = await valuesOf(dirac({ groups })(shape));
    expect([...values.keys()].filter((i) => values[i] !== 0)).toEqual(ones);
    for (const i of ones) expect(values[i]).toBe(1);
  },
);

it('dirac()([k, k, c, c]) of an odd window hands every image on as it is', async () => {
  const sizes = fc.record({ half: fc.integer({ min: 0, max: 2 }), channels: fc.integer({ min: 1, max: 4 }) });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ half, channels }) => {
      const size = 2 * half + 1;
      const image = tf.range(0, 25 * channels).reshape([1, 5, 5, channels]) as tf.Tensor4D;
      const kernel = dirac()([size, size, channels, channels]) as tf.Tensor4D;
      const out = tf.conv2d(image, kernel, 1, 'same');
      expect(await valuesOf(out)).toEqual(await valuesOf(image));
      tf.dispose([image, kernel, out]);
    }),
    { numRuns: 10 },
  );
});

it('dirac refuses groups that do not divide, and kernels that are no convolution', () => {
  expect(() => dirac({ groups: 0 })).toThrow('dirac: groups must be an integer of 1 or more, got 0');
  expect(() => dirac({ groups: 2 })([3, 2, 5])).toThrow(
    'dirac: outputs (the last axis) must be a multiple of groups, got [3, 2, 5]',
  );
  expect(() => dirac()([3, 3])).toThrow("dirac: shape must be a convolution's [...window, in, out] of rank 3, 4 or 5");
});
