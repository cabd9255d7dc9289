import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { freeze } from '../../src/index.ts';

it('freeze holds at once, and twice at the same time holds twice', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'a' })] });
  const kernel = model.layers[0]!.weights[0]!.read() as tf.Variable;
  const both = [freeze(model, 'a/kernel'), freeze(model, 'a/kernel')];
  expect(kernel.trainable).toBe(false);
  const [first, second] = await Promise.all(both);
  first!.unfreeze();
  expect([kernel.trainable, (await second!.verify()).moved]).toEqual([false, []]);
  second!.unfreeze();
  expect(kernel.trainable).toBe(true);
});
