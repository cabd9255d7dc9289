import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { type StepGauge, stepGauge } from '../src/step-gauge.ts';

/** One step to `value` with a gradient, inside a tidy as the optimizer's are. */
function step(gauge: StepGauge, variable: tf.Variable, value: number[], gradient: number[]): void {
  tf.tidy(() => {
    gauge.before();
    variable.assign(tf.tensor1d(value));
    gauge.after(tf.tensor1d(gradient));
  });
}

describe('stepGauge', () => {
  it('stepGauge(variable, true) reads the last update, the last gradient and the mean norm', async () => {
    const variable = tf.variable(tf.tensor1d([0, 0]));
    const gauge = stepGauge(variable, true);
    step(gauge, variable, [3, 4], [0, 8]);
    step(gauge, variable, [3, 16], [-3, 4]);
    expect(await gauge.read()).toEqual({
      update: { l2: 12, relative: 12 / 5 },
      gradient: { steps: 2, meanNorm: 6.5, norm: 5, mean: 0.5, std: 3.5, min: -3, max: 4, nonFinite: 0 },
    });
    expect(await gauge.read()).toEqual({ update: null, gradient: null });
    variable.dispose();
  });

  it('stepGauge has update relative Infinity from a weight of zeros, 0 when nothing moved', async () => {
    const variable = tf.variable(tf.tensor1d([0, 0]));
    const gauge = stepGauge(variable, false);
    step(gauge, variable, [0, 0], [0, 0]);
    expect(await gauge.read()).toEqual({ update: { l2: 0, relative: 0 }, gradient: null });
    step(gauge, variable, [1, 0], [0, 0]);
    expect((await gauge.read()).update).toEqual({ l2: 1, relative: 'Infinity' });
    variable.dispose();
  });

  it('stepGauge counts non-finite gradients', async () => {
    const variable = tf.variable(tf.tensor1d([1, 1]));
    const gauge = stepGauge(variable, true);
    step(gauge, variable, [1, 1], [Number.NaN, 2]);
    expect((await gauge.read()).gradient).toMatchObject({ meanNorm: 'NaN', norm: 2, mean: 2, nonFinite: 1 });
    variable.dispose();
  });

  it('stepGauge holds three tensors between steps and none after read or clear', async () => {
    const variable = tf.variable(tf.tensor1d([1, 1]));
    const gauge = stepGauge(variable, true);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) step(gauge, variable, [i, 1], [1, 2]);
    expect(tf.memory().numTensors - before).toBe(3);
    gauge.clear();
    expect(tf.memory().numTensors).toBe(before);
    const body = async () => {
      step(gauge, variable, [1, 2], [1, 2]);
      await gauge.read();
    };
    expect(await leakOf(body)).toEqual({ tensors: 0, variables: 0 });
    variable.dispose();
  });
});
