// Makes what the page starts from, once: a network that has learned upright digits, and some digits to fine-tune it with. In a project of
// yours this is a model that somebody else has trained.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { saveFolded } from '@weightkit/core';
import { fileSystem } from '@weightkit/core/node';
import { heNormal, initialize } from '@weightkit/initializers';
import { digits } from './digits.mjs';

if (existsSync('public/base/model.json')) process.exit();
await tf.setBackend('wasm');
const { count, pixels, labels } = digits('train', 10_000);
const x = tf.tensor2d(pixels, [count, 784]);
const y = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 10), 'float32'));
const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 128, activation: 'relu', inputShape: [784], name: 'one' }),
    tf.layers.dense({ units: 64, activation: 'relu', name: 'two' }),
    tf.layers.dense({ units: 10, activation: 'softmax', name: 'out' }),
  ],
});
initialize(model, heNormal(), { seed: 1 });
model.compile({ optimizer: tf.train.adam(0.003), loss: 'categoricalCrossentropy' });
await model.fit(x, y, { epochs: 4, batchSize: 100, shuffle: false, verbose: 0 });
await saveFolded(model, fileSystem('public/base'));

// 1,000 test digits to fine-tune with and 1,000 to score: their labels, then their pixels, one byte each.
const some = digits('t10k', 2000);
mkdirSync('public', { recursive: true });
writeFileSync(
  'public/digits.bin',
  Uint8Array.from([...some.labels, ...some.pixels.map((pixel) => Math.round(255 * pixel))]),
);
