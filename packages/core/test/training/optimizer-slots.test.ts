import * as tf from '@tensorflow/tfjs';
import { valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { optimizerSlots, tapOptimizer } from '../../src/index.ts';

/** Every optimizer of tf.train, what it keeps of a variable, and what that is at first. */
const KINDS: [string, () => tf.Optimizer, string[], number][] = [
  ['sgd', () => tf.train.sgd(0.1), [], 0],
  ['momentum', () => tf.train.momentum(0.1, 0.9), ['momentum'], 0],
  ['adagrad', () => tf.train.adagrad(0.1), ['accumulator'], 0.1],
  ['adadelta', () => tf.train.adadelta(0.1), ['accum_grad', 'accum_var'], 0],
  ['adam', () => tf.train.adam(0.1), ['m', 'v'], 0],
  ['adamax', () => tf.train.adamax(0.1), ['m', 'v'], 0],
  ['rmsprop', () => tf.train.rmsprop(0.1, 0.9, 0.5), ['rms', 'momentum'], 0],
  ['rmsprop, centered', () => tf.train.rmsprop(0.1, 0.9, 0.5, 1e-8, true), ['rms', 'momentum', 'mg'], 0],
];

describe('optimizerSlots', () => {
  it.each(KINDS)(
    'optimizerSlots(tf.train.%s) finds what it keeps of each variable',
    async (_, make, names, initial) => {
      const [a, b] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3, 4, 5]))];
      const optimizer = make();
      expect(optimizerSlots(optimizer, a)).toEqual([]);
      // The gradient by b alone is not 0.
      const loss = () => tf.add(tf.sum(tf.mul(a, 0)), tf.sum(tf.mul(b, 2))) as tf.Scalar;
      optimizer.minimize(loss, false, [a, b]);
      for (const [variable, moved] of [
        [a, false],
        [b, true],
      ] as const) {
        const slots = optimizerSlots(optimizer, variable);
        expect(slots.map(({ name }) => name)).toEqual(names);
        for (const slot of slots) {
          expect(slot.variable.shape).toEqual(variable.shape);
          expect(slot.initial).toBe(initial);
          // Of a gradient of 0 tfjs 4.22 makes NaN here.
          if (names.includes('mg')) continue;
          const unmoved = Array.from(await slot.variable.data()).every((v) => v === Math.fround(initial));
          expect(unmoved).toBe(!moved);
        }
      }
      tf.dispose([a, b]);
      optimizer.dispose();
    },
  );

  it('optimizerSlots of a tapped optimizer goes by the place in its list, whatever the names', async () => {
    const [a, b] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([3, 4]))];
    const optimizer = tf.train.momentum(0.1, 0.9);
    const state = [
      { name: 'iter', tensor: tf.scalar(3, 'int32') },
      { name: 'from/a/file/momentum', tensor: tf.tensor1d([0.5, 0.25]) },
      { name: 'from/b/file/momentum', tensor: tf.tensor1d([1, -1]) },
    ];
    await optimizer.setWeights(state);
    expect(optimizerSlots(optimizer, b)).toEqual([]);
    const untap = tapOptimizer(optimizer, { before: () => [] });
    optimizer.minimize(() => tf.add(tf.sum(a), tf.sum(b)) as tf.Scalar, false, [a, b]);
    const [slot] = optimizerSlots(optimizer, b);
    expect(await valuesOf(tf.clone(slot!.variable))).toEqual(Float32Array.of(1, -1));
    untap();
    expect(optimizerSlots(optimizer, b)).toEqual([]);
    tf.dispose([a, b, ...state.map(({ tensor }) => tensor)]);
    optimizer.dispose();
  });

  it('optimizerSlots leaves out what is disposed and refuses what is no optimizer and no variable', () => {
    const a = tf.variable(tf.tensor1d([1, 2]));
    const optimizer = tf.train.momentum(0.1, 0.9);
    optimizer.minimize(() => tf.sum(a) as tf.Scalar, false, [a]);
    expect(optimizerSlots(optimizer, a)).toHaveLength(1);
    optimizer.dispose();
    expect(optimizerSlots(optimizer, a)).toEqual([]);
    expect(() => optimizerSlots(3 as never, a)).toThrow('optimizerSlots: optimizer must be a tf.Optimizer');
    const plain = tf.tensor1d([1]);
    expect(() => optimizerSlots(optimizer, plain as never)).toThrow('optimizerSlots: variable must be a tf.Variable');
    tf.dispose([a, plain]);
  });
});
