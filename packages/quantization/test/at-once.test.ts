import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '@weightkit/core';
import { expect, it } from 'vitest';
import { quantizeModel } from '../src/index.ts';

it('quantizeModel twice at once gives the same twice, and afterwards nobody is at work', async () => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], name: 'a' })] });
  const [first, second] = await Promise.all([quantizeModel(model), quantizeModel(model)]);
  expect(first.report).toEqual(second.report);
  const bytes = ({ artifacts }: typeof first) => new Uint8Array(artifacts.weightData as ArrayBuffer);
  expect(bytes(first)).toEqual(bytes(second));
  expect(weightsOf(model)).toHaveLength(2);
});
