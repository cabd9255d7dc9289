import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { fastKernels, fillMissingKernels, weightsOf } from '@weightkit/core';
import { freeze, replaceHead } from '@weightkit/transfer-freeze';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchPackage, openModel, ZOO } from '../src/index.ts';

// The slide's recipe as lesson 15 has it, on a network that somebody published: the lesson says so, with these numbers.
const page = readFileSync(new URL('../../../lessons/transfer-learning/lesson.mdx', import.meta.url), 'utf8');

beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.setBackend('cpu'));

test('MobileNetV2 keeps every bit of its base while a new last layer learns', async ({ skip }) => {
  const entry = ZOO.find(({ name }) => name === 'nsfwjs')!;
  const fetched = await fetchPackage(entry);
  if ('reason' in fetched) return skip(fetched.reason);
  const published = (await openModel(fetched.folder, entry.models[0]!)).source as tf.LayersModel;
  const [filled, fast] = [fillMissingKernels(), fastKernels()];

  const ten = tf.layers.dense({ units: 10, activation: 'softmax', name: 'ten' });
  const { model, shared } = replaceHead(published, [ten]);
  const frozen = await freeze(model, shared);
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
  expect(frozen.report().trainable).toEqual(['ten/kernel', 'ten/bias']);

  const [start] = ten.getWeights().map((weight) => weight.arraySync());
  const x = tf.randomUniform([4, 224, 224, 3], 0, 1, 'float32', 1);
  const y = tf.oneHot(tf.tensor1d([0, 3, 6, 9], 'int32'), 10);
  await model.fit(x, y, { epochs: 2, verbose: 0 });
  expect((await frozen.verify()).moved).toEqual([]);
  expect(ten.getWeights()[0]!.arraySync()).not.toEqual(start);

  const numbers = (filter?: string) =>
    weightsOf(model, filter).reduce((sum, { shape }) => sum + tf.util.sizeFromShape([...shape]), 0);
  const [learned, all] = [numbers('ten/*'), numbers()].map((count) => count.toLocaleString('en'));
  expect(page).toContain(`${published.layers.length} layers, where ${learned} of ${all} numbers learn`);

  frozen.unfreeze();
  fast.restore();
  filled.restore();
  tf.dispose([x, y]);
  model.dispose();
});
