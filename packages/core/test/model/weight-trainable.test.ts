import * as tf from '@tensorflow/tfjs';
import { maxAbsDifference, valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { weightsOf } from '../../src/index.ts';

describe('weightsOf', () => {
  it('weightsOf(model) says not trainable where only the variable’s own flag is off, and fit agrees', async () => {
    const input = tf.input({ shape: [3] });
    const output = tf.layers.dense({ units: 2, name: 'out' }).apply(input) as tf.SymbolicTensor;
    const m = tf.model({ inputs: input, outputs: output });
    m.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    weightsOf(m, 'out/kernel')[0]!.variable!.trainable = false;
    expect(weightsOf(m).map(({ path, trainable }) => [path, trainable])).toEqual([
      ['out/kernel', false],
      ['out/bias', true],
    ]);
    const values = () => Promise.all(weightsOf(m).map((weight) => valuesOf(weight.read())));
    const before = await values();
    await m.fit(tf.ones([2, 3]), tf.ones([2, 2]), { verbose: 0 });
    const after = await values();
    expect(after.map((now, i) => maxAbsDifference(now, before[i]!) > 0)).toEqual([false, true]);
  });
});
