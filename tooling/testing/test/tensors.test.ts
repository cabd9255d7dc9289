import * as tf from '@tensorflow/tfjs';
import { hasKernel, leakOf, maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../src/setup/use.ts';

describe('testing helpers', () => {
  it('leakOf(body) counts a planted leak of tensors and of variables', async () => {
    const kept: tf.Tensor[] = [];
    const leak = await leakOf(() => {
      kept.push(tf.ones([2]), tf.variable(tf.scalar(1)));
    });
    // A variable holds one tensor, and the scalar that it copied is the second.
    expect(leak).toEqual({ tensors: 3, variables: 1 });
    expect(await leakOf(() => tf.ones([2]).dispose())).toEqual({ tensors: 0, variables: 0 });
    for (const tensor of kept) tensor.dispose();
  });

  it('useBackend(name) fails where the backend is not there, so no test runs on another one', async () => {
    await useBackend('cpu');
    await expect(useBackend('webgl-of-tomorrow')).rejects.toThrow(/backend/i);
  });

  it('hasKernel(kernel) knows the kernels of the backend in use', () => {
    expect(hasKernel('Conv2DBackpropFilter')).toBe(true);
    expect(hasKernel('NoSuchKernel')).toBe(false);
  });

  it('maxAbsDifference(a, b) gives NaN for NaN and refuses other lengths', async () => {
    expect(maxAbsDifference([1, 2, 3], await valuesOf(tf.tensor1d([1, 2.5, 3])))).toBe(0.5);
    expect(maxAbsDifference([1, Number.NaN], [1, 2])).toBeNaN();
    expect(() => maxAbsDifference([1], [1, 2])).toThrow('maxAbsDifference: lengths must be equal, got 1, 2');
  });
});
