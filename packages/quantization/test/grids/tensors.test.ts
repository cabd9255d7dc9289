import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { dequantizeTensor, dequantizeValues, quantizeTensor, quantizeValues } from '../../src/index.ts';
import { normals } from '../helpers.ts';

test('quantizeTensor and dequantizeTensor are quantizeValues and back, and leave no tensor behind', async () => {
  const values = normals(24);
  const before = tf.memory().numTensors;
  const w = tf.tensor(values, [2, 3, 4]);
  const grid = { dtype: 'int4', granularity: { group: 3 } } as const;
  const quantized = await quantizeTensor(w, grid);
  expect(quantized).toEqual(quantizeValues(values, [2, 3, 4], grid));
  const back = dequantizeTensor(quantized);
  expect(back.shape).toEqual([2, 3, 4]);
  expect(await back.data()).toEqual(dequantizeValues(quantized));
  tf.dispose([w, back]);
  expect(tf.memory().numTensors).toBe(before);
});

test('quantizeTensor speaks in its own name', async () => {
  const [integers, wrong] = [tf.tensor1d([1, 2], 'int32'), tf.tensor1d([1, Number.NaN])];
  await expect(quantizeTensor(integers, { dtype: 'int8' })).rejects.toThrow(/^quantizeTensor: w must/);
  await expect(quantizeTensor(wrong, { dtype: 'int8' })).rejects.toThrow(
    'quantizeTensor: values must be finite, got NaN at values[1]',
  );
  tf.dispose([integers, wrong]);
});
