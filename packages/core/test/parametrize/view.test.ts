import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { assign, isExtra, markExtra, rawOf } from '../../src/model/raw-variable.ts';
import { isView, type Stage, WeightView } from '../../src/parametrize/view.ts';

const holderOf = (values: number[]) => {
  const layer = tf.layers.dense({ units: values.length, useBias: false });
  layer.build([null, 1]);
  const holder = (layer as unknown as { kernel: tf.LayerVariable }).kernel;
  const value = tf.tensor2d([values]);
  holder.write(value);
  value.dispose();
  return holder;
};
const times = (factor: number): Stage =>
  ({
    forward: (v: tf.Tensor) => tf.mul(v, factor),
    rightInverse: (v: tf.Tensor) => tf.div(v, factor),
    variables: {},
  }) as unknown as Stage;

it('WeightView computes any number of its stages, and reads its cache while there is one', async () => {
  const view = new WeightView(holderOf([1, 2]), 'l/kernel');
  view.stages.push(times(2), times(4));
  const read = async (count?: number) => [...(await valuesOf(view.compute(count)))];
  expect([await read(0), await read(1), await read()]).toEqual([
    [1, 2],
    [2, 4],
    [8, 16],
  ]);
  expect((await leakOf(() => view.read().dispose())).tensors).toBe(0);
  const cached = tf.ones([1, 2]);
  view.cached = cached;
  expect(view.read()).toBe(cached);
  const value = tf.tensor2d([[16, 24]]);
  view.write(value);
  expect([...(await valuesOf(view.read()))]).toEqual([16, 24]);
  expect([...(await valuesOf(tf.clone(view.raw.read())))]).toEqual([2, 3]);
  view.dispose();
  expect((view.raw.read() as tf.Variable).isDisposed).toBe(false);
  tf.dispose([cached, value]);
});

it('isView, rawOf and isExtra tell views, raw variables and extra variables apart', () => {
  const holder = holderOf([1]);
  const view = new WeightView(holder, 'l/kernel');
  expect([isView(view), isView(holder), isView(null), isView(3)]).toEqual([true, false, false, false]);
  expect([rawOf(view), rawOf(holder)]).toEqual([holder, holder]);
  expect(isExtra(holder)).toBe(false);
  markExtra(holder);
  expect([isExtra(holder), Object.keys(holder).length]).toEqual([true, Object.keys(holderOf([1])).length]);
});

it('assign(variable, value) copies the value, the variable itself included', async () => {
  const variable = tf.variable(tf.ones([2]));
  assign(variable, variable);
  expect([...(await variable.data())]).toEqual([1, 1]);
  const twos = tf.fill([2], 2);
  expect((await leakOf(() => assign(variable, twos))).tensors).toBe(0);
  twos.dispose();
  expect([...(await variable.data())]).toEqual([2, 2]);
  variable.dispose();
});
