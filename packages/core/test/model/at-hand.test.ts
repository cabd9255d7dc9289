import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { sameData, valuesAtHand } from '../../src/index.ts';

const inMainMemory = () => ['cpu', 'wasm', 'tensorflow'].includes(tf.getBackend());

describe('valuesAtHand', () => {
  it('valuesAtHand(x) has the values of what an operation made, where tensors lie in main memory, and is null elsewhere', () => {
    const values = tf.tidy(() => {
      const found = [
        valuesAtHand(tf.add(tf.tensor2d([[1, 2]]), 1)),
        valuesAtHand(tf.tensor1d([2 ** 24 + 1, -3], 'int32')),
        valuesAtHand(tf.tensor1d([true, false], 'bool')),
        valuesAtHand(tf.scalar(5)),
        valuesAtHand(tf.zeros([0, 3])),
      ];
      return found.map((one) => one && Array.from(one)) as unknown as tf.TensorContainer;
    });
    const expected = [[2, 3], [2 ** 24 + 1, -3], [1, 0], [5], []];
    expect(values).toEqual(inMainMemory() ? expected : expected.map(() => null));
  });

  it('valuesAtHand(x) of more than 2^14 entries is null on tfjs-node, whose reading takes fresh memory', () => {
    const [most, more] = [tf.zeros([2 ** 14]), tf.zeros([2 ** 14 + 1])];
    expect([valuesAtHand(most)?.length, valuesAtHand(more)?.length]).toEqual(
      inMainMemory() ? [2 ** 14, tf.getBackend() === 'tensorflow' ? undefined : 2 ** 14 + 1] : [undefined, undefined],
    );
    tf.dispose([most, more]);
  });

  it('valuesAtHand(x, { most }) reads more or fewer from tfjs-node, and the same elsewhere', () => {
    const x = tf.zeros([2 ** 14 + 1]);
    const lengths = [2 ** 15, 2 ** 14 + 1, 2 ** 14, 0].map((most) => valuesAtHand(x, { most })?.length);
    const all = [x.size, x.size, x.size, x.size];
    const few = [x.size, x.size, undefined, undefined];
    expect(lengths).toEqual(inMainMemory() ? (tf.getBackend() === 'tensorflow' ? few : all) : all.map(() => undefined));
    expect(() => valuesAtHand(x, { most: 0.5 })).toThrow('valuesAtHand: most must be an integer of 0 or more, got 0.5');
    expect(() => valuesAtHand(x, { many: 1 } as never)).toThrow('valuesAtHand: ');
    x.dispose();
  });

  it('valuesAtHand refuses what has no numbers', () => {
    expect(() => valuesAtHand([1] as never)).toThrow(
      'valuesAtHand: x must be a tensor of float32, int32 or bool, got [1]',
    );
    const text = tf.tensor1d(['a']);
    expect(() => valuesAtHand(text)).toThrow(
      'valuesAtHand: x must be a tensor of float32, int32 or bool, got "string"',
    );
    text.dispose();
    expect(() => valuesAtHand(text)).toThrow('valuesAtHand: x must be a tensor that is not disposed');
  });
});

describe('sameData', () => {
  it('sameData(variable) keeps the value when the variable gets another, and takes no memory of its own', async () => {
    const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
    const { numDataBuffers } = tf.memory();
    const held = sameData(variable);
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
    tf.tidy(() => variable.assign(tf.tensor1d([3, 4])));
    expect(Array.from(await held.data())).toEqual([1, 2]);
    expect(Array.from(await variable.data())).toEqual([3, 4]);
    variable.dispose();
    expect(Array.from(await held.data())).toEqual([1, 2]);
    held.dispose();
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers - 1);
  });

  it('sameData(x) passes any gradient on, to the second derivative', async () => {
    const x = tf.tensor1d([1, 2, 3]);
    const cube = (x: tf.Tensor) => tf.pow(sameData(x), 3);
    const second = tf.grad((x) => tf.sum(tf.grad((x) => tf.sum(cube(x)))(x)));
    const [first, then] = [tf.grad((x) => tf.sum(cube(x)))(x), second(x)];
    expect(Array.from(await first.data()).map(Math.round)).toEqual([3, 12, 27]);
    expect(Array.from(await then.data()).map(Math.round)).toEqual([6, 12, 18]);
    tf.dispose([x, first, then]);
  });

  it('sameData(x) takes every type, and leaves what a tensor leaves', async () => {
    for (const make of [
      () => tf.tensor1d([1, 2], 'int32'),
      () => tf.tensor1d([true, false], 'bool'),
      () => tf.tensor1d(['a', 'b']),
    ]) {
      const x = make();
      const same = sameData(x);
      expect([same.dtype, same.shape]).toEqual([x.dtype, x.shape]);
      expect(Array.from(await same.data())).toEqual(Array.from(await x.data()));
      tf.dispose([x, same]);
    }
    const x = tf.ones([3]);
    expect(await leakOf(() => sameData(x).dispose())).toEqual({ tensors: 0, variables: 0 });
    expect(await leakOf(() => tf.dispose(tf.grad((x) => sameData(x))(x)))).toEqual({ tensors: 0, variables: 0 });
    x.dispose();
    expect(() => sameData(x)).toThrow('sameData: x must be a tensor that is not disposed');
  });
});
