import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FilledKernels, fillMissingKernels } from '../../src/index.ts';
import { faultsOf, KERNEL_CASES } from './kernel-cases.ts';
import { isKnown } from './known-faults.ts';

/** Of the cases those whose kernels were wrong somewhere, and one of each other kind; deep/kernels.deep.ts takes them all. */
const SMALL = [
  /^(max|avg)Pool (3\/2 same|2,3\/3,1 same|3,1\/1,2 valid) (negative|ties)/,
  /^(max|avg)Pool3d (1,2,3\/1,2,1|3\/2) same negative/,
  /^conv3d(Transpose)? \/(1|2|1,2,1) /,
  /^conv2d(Transpose)? \/2 same/,
  /^depthwiseConv2d \/2 same/,
  /^dilation2d/,
  /^resize(Bilinear|NearestNeighbor) 5x4 to (7,9|2,3)/,
  /^prelu/,
  /^cumsum [01] true (true|false)/,
  /^(batchNorm 4d|localResponseNormalization 2|softmax -1|elu|selu|gather axis 1|unsortedSegmentSum)/,
];
const cases = KERNEL_CASES.filter(({ name }) => SMALL.some((pattern) => pattern.test(name)));

describe('stock kernels after fillMissingKernels()', () => {
  let filled: FilledKernels;
  beforeAll(() => {
    filled = fillMissingKernels();
  });
  afterAll(() => filled.restore());

  test('every pattern of the selection names a case', () => {
    for (const pattern of SMALL) expect(KERNEL_CASES.some(({ name }) => pattern.test(name))).toBe(true);
  });

  test.each(cases.map((one) => [one.name, one] as const))(
    '%s: the output of the cpu backend, the gradient of finite differences',
    async (name, one) => {
      const faults = await faultsOf(one, 12);
      expect(faults.filter((fault) => !isKnown(tf.getBackend(), name, fault))).toEqual([]);
    },
  );
});
