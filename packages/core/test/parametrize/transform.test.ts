import * as tf from '@tensorflow/tfjs';
import { leakOf, valuesOf } from '@weightkit/testing';
import { expect, it } from 'vitest';
import { weightsOf } from '../../src/index.ts';
import { checkTransform, startOf, type Transform } from '../../src/parametrize/transform.ts';

it('startOf(weight, transform) runs each function once and hands out tensors of its own', async () => {
  const variable = tf.variable(tf.tensor1d([2, 4]));
  const [weight] = weightsOf({ w: variable });
  const calls: string[] = [];
  const note = <T>(name: string, value: T): T => {
    calls.push(name);
    return value;
  };
  const start = startOf(weight!, {
    forward: (v, { g }) => note('forward', tf.mul(v, g!)),
    rightInverse: (v) => note('rightInverse', tf.div(v, 2)),
    variables: { g: (v) => note('g', tf.max(v)) },
  });
  expect(calls.sort()).toEqual(['forward', 'g', 'rightInverse']);
  expect([...(await valuesOf(start.raw)), ...(await valuesOf(start.variables.g!))]).toEqual([1, 2, 4]);
  const own = startOf(weight!, { forward: (v) => v, variables: { same: () => variable } });
  tf.dispose([own.raw, own.variables.same!]);
  expect(variable.isDisposed).toBe(false);
  variable.dispose();
});

it('startOf(weight, transform) leaks nothing when a function throws', async () => {
  const variable = tf.variable(tf.ones([2]));
  const [weight] = weightsOf({ w: variable });
  const bad: Transform = { forward: (v) => tf.sum(v), variables: { g: (v) => tf.max(v) } };
  const attempt = () =>
    expect(() => startOf(weight!, bad)).toThrow('parametrize: forward of w must return float32 [2]');
  expect((await leakOf(attempt)).tensors).toBe(0);
  variable.dispose();
});

it('checkTransform(transform) accepts names of letters, digits, _, - and .', () => {
  const variables = {
    g: tf.ones,
    'g-1': tf.ones,
    g_2: tf.ones,
    'g.3': tf.ones,
  } as unknown as Required<Transform>['variables'];
  expect(() => checkTransform({ forward: (v) => v, variables })).not.toThrow();
});
