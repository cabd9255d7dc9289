import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { finiteValues, weightsOf } from '../../src/index.ts';

const one = (values: number[], dtype: 'float32' | 'int32' = 'float32') => {
  const variable = tf.variable(tf.tensor1d(values, dtype));
  return { variable, weight: weightsOf({ 'dense1/kernel': variable })[0]! };
};

it('finiteValues(fn, weight) downloads a copy that later changes of the weight and of the copy do not reach', async () => {
  const { variable, weight } = one([1.5, -2, 0]);
  const values = await finiteValues('f', weight);
  expect(values).toEqual(new Float32Array([1.5, -2, 0]));
  values[0] = 9;
  expect([...(await variable.data())]).toEqual([1.5, -2, 0]);
  variable.dispose();
});

it('finiteValues(fn, weight) gives int32 weights as floats', async () => {
  const { variable, weight } = one([3, -4], 'int32');
  expect(await finiteValues('f', weight)).toEqual(new Float32Array([3, -4]));
  variable.dispose();
});

it('finiteValues(fn, weight) throws at the first NaN or infinity by path and index and leaks nothing', async () => {
  for (const [values, text] of [
    [[0, Number.NaN, 1], 'NaN at dense1/kernel[1]'],
    [[1, 2, Number.NEGATIVE_INFINITY, Number.NaN], '-Infinity at dense1/kernel[2]'],
  ] as const) {
    const { variable, weight } = one([...values]);
    const attempt = () =>
      expect(finiteValues('prune', weight)).rejects.toThrow(`prune: weights must be finite, got ${text}`);
    expect((await leakOf(attempt)).tensors).toBe(0);
    variable.dispose();
  }
});
