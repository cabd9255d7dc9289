import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { weightsOf } from '../../src/index.ts';
import { graphModel, graphOutput } from '../graph-models.ts';

const kernel = (values: number[]) => tf.tensor2d(values, [2, 3]);
// [1, 2; 3, 4] k + b by hand.
const BEFORE = [9.5, 12, 14.5, 19.5, 26, 32.5];
const ONES = [3.5, 3, 2.5, 7.5, 7, 6.5];

it('weightsOf(GraphModel) writes a weight: the model runs with it, and every list of its weights reads it', async () => {
  const model = await graphModel();
  expect(await graphOutput(model)).toEqual(BEFORE);
  const [earlier] = weightsOf(model, 'k');
  const ones = tf.ones([2, 3]);
  weightsOf(model, 'k')[0]!.write(ones);
  ones.dispose();
  expect(await graphOutput(model)).toEqual(ONES);
  const read = earlier!.read();
  expect(Array.from(await read.data())).toEqual([1, 1, 1, 1, 1, 1]);
  read.dispose();
  model.dispose();
});

it('write to a GraphModel keeps its weights alive through a tidy, runs with control flow, and its own values', async () => {
  const model = await graphModel();
  const [weight] = weightsOf(model, 'k');
  tf.tidy(() => weight!.write(kernel([1, 1, 1, 1, 1, 1])));
  const x = tf.tensor2d([[1, 2, 3, 4]]);
  // A run with control flow disposes what is not in the executor's list of weights.
  for (let i = 0; i < 2; i++) {
    const [y, w] = (await model.executeAsync(x, ['y', 'w'])) as tf.Tensor[];
    expect(Array.from(await y!.data())).toEqual(ONES);
    tf.dispose([y!, w!]);
  }
  tf.tidy(() => weight!.write(weight!.read()));
  expect(await graphOutput(model)).toEqual(ONES);
  x.dispose();
  model.dispose();
});

it('write to a GraphModel leaks nothing, copies the value, and disposing the model ends it', async () => {
  const { tensors } = await leakOf(async () => {
    const model = await graphModel();
    const [weight] = weightsOf(model, 'k');
    const value = tf.tidy(() => tf.variable(kernel([1, 1, 1, 1, 1, 1]), false));
    for (let i = 0; i < 3; i++) weight!.write(value);
    tf.tidy(() => value.assign(kernel([9, 9, 9, 9, 9, 9])));
    expect(await graphOutput(model)).toEqual(ONES);
    value.dispose();
    expect(await graphOutput(model)).toEqual(ONES);
    model.dispose();
  });
  expect(tensors).toBe(0);
});

it('write to a GraphModel takes integers, flags and text, and refuses another shape or type', async () => {
  const model = await graphModel();
  const of = (path: string) => weightsOf(model, path)[0]!;
  tf.tidy(() => {
    of('shape').write(tf.tensor1d([2, -1], 'int32'));
    of('flags').write(tf.tensor1d([false, true, true], 'bool'));
    of('words').write(tf.tensor1d(['a', 'b', 'c'], 'string'));
  });
  expect(await graphOutput(model)).toEqual(BEFORE);
  for (const [path, want] of [
    ['shape', [2, -1]],
    ['flags', [0, 1, 1]],
    ['words', ['a', 'b', 'c']],
  ] as const) {
    const read = of(path).read();
    expect(Array.from((await read.data()) as ArrayLike<number | string>)).toEqual(want);
    read.dispose();
  }
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    expect(() => of('k').write(tf.ones([3, 2]))).toThrow('write: k must get float32 of shape [2,3]');
    expect(() => of('k').write(tf.ones([2, 3], 'int32'))).toThrow('write: k must get float32 of shape [2,3]');
    expect(() => of('k').write(3 as never)).toThrow('write: the value of k must be a tensor, got 3');
  });
  expect(tf.memory().numTensors).toBe(before);
  expect(await graphOutput(model)).toEqual(BEFORE);
  model.dispose();
});
