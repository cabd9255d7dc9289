import * as tf from '@tensorflow/tfjs';
import { hasKernel } from '@weightkit/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesWithStrings, storedBytes } from '../../src/save/stored-bytes.ts';

const spec = (shape: unknown, rest: object = {}) =>
  ({ name: 'w', dtype: 'float32', shape, ...rest }) as tf.io.WeightsManifestEntry;

it('storedBytes(weights) counts what tf.io.encodeWeights writes', async () => {
  const tensors = [
    tf.ones([2, 3]),
    tf.ones([3], 'bool'),
    tf.ones([], 'int32'),
    tf.zeros([0, 4]),
    ...(hasKernel('Complex') ? [tf.complex([1, 2], [3, 4])] : []),
  ];
  const { data, specs } = await tf.io.encodeWeights(tensors.map((tensor, i) => ({ name: `w${i}`, tensor })));
  expect(storedBytes(specs)).toBe((data as ArrayBuffer).byteLength);
  tf.dispose(tensors);
});

it('storedBytes(quantized weights) counts the stored type', () => {
  for (const [dtype, bytes] of [
    ['uint8', 6],
    ['uint16', 12],
    ['float16', 12],
  ] as const)
    expect(storedBytes([spec([2, 3], { quantization: { dtype, scale: 1, min: 0 } })])).toBe(bytes);
});

it('storedBytes refuses shapes and types that cannot be, before anything of their size is made', () => {
  for (const shape of [
    [-1],
    [2, -2],
    [1.5],
    [Number.NaN],
    ['3'],
    '3',
    undefined,
    null,
    [2 ** 53],
    [2 ** 30, 2 ** 30],
    [1e300, 1e300],
  ])
    expect(() => storedBytes([spec(shape)])).toThrow('fileSystem: shape of w must be a list of integers of 0 or more');
  for (const dtype of ['float64', 'toString', undefined])
    expect(() => storedBytes([spec([1], { dtype })])).toThrow(
      'fileSystem: dtype of w must be one that TensorFlow.js reads',
    );
  expect(() => storedBytes([spec([1], { name: 3 })])).toThrow('fileSystem: a weight must have a name, got 3');
});

it('bytesWithStrings(weights, bytes) walks the lengths of strings and says more than there is when they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), async (words) => {
      const tensors = [tf.ones([2]), tf.tensor1d(words, 'string'), tf.ones([3], 'bool')];
      const { data, specs } = await tf.io.encodeWeights(tensors.map((tensor, i) => ({ name: `w${i}`, tensor })));
      tf.dispose(tensors);
      const bytes = new Uint8Array(data as ArrayBuffer);
      expect(bytesWithStrings(specs, bytes)).toBe(bytes.byteLength);
      expect(storedBytes(specs)).toBeLessThanOrEqual(bytes.byteLength);
      const cut = bytes.subarray(0, bytes.byteLength - 1);
      expect(bytesWithStrings(specs, cut)).toBeGreaterThan(cut.byteLength);
    }),
    { numRuns: 40 },
  );
});
