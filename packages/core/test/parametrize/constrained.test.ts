import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { markConstrained, parametrize, stockConstraint, weightsOf } from '../../src/index.ts';

const made = () =>
  tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'a', biasConstraint: 'nonNeg' })],
  });
const half = { forward: (w: tf.Tensor) => tf.mul(w, 0.5) };

describe('markConstrained', () => {
  it('markConstrained lets parametrizations of the named kinds pass and no others, and concerns one weight', () => {
    const m = made();
    const release = markConstrained('ask', weightsOf(m, 'a/kernel')[0]!, 'maxNorm', ['mask']);
    expect(() => parametrize(m.layers[0]!, 'kernel', { ...half, kind: 'other' })).toThrow('got a/kernel with maxNorm');
    parametrize(m.layers[0]!, 'kernel', { ...half, kind: 'mask' });
    parametrize(m.layers[0]!, 'bias', half);
    expect(() => parametrize(m.layers[0]!, 'kernel', half)).toThrow('got a/kernel with maxNorm');
    release();
    release();
    parametrize(m.layers[0]!, 'kernel', half);
  });

  it('markConstrained: releasing an old mark leaves a newer one', () => {
    const m = made();
    const [kernel] = weightsOf(m, 'a/kernel');
    const first = markConstrained('ask', kernel!, 'one', []);
    first();
    markConstrained('ask', kernel!, 'two', []);
    first();
    expect(() => markConstrained('ask', kernel!, 'three', [])).toThrow('got a/kernel with two');
  });
});

describe('stockConstraint', () => {
  it('stockConstraint finds the object under a parametrization too, and none for a variable', () => {
    const m = made();
    parametrize(m.layers[0]!, 'bias', half);
    const found = weightsOf(m).map((weight) => stockConstraint(weight)?.getClassName());
    expect(found).toEqual([undefined, 'NonNeg']);
    expect(stockConstraint(weightsOf([tf.variable(tf.ones([2]))])[0]!)).toBe(null);
  });
});
