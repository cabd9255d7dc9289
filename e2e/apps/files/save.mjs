// A model of stock TensorFlow.js on disk, as safetensors too, and what it predicts.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { writeCheckpoint } from '@weightkit/checkpoint';
import { checkpointOf } from '@weightkit/core';
import { fileSystem } from '@weightkit/core/node';

const out = process.argv[2];
mkdirSync(out, { recursive: true });
const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 24, inputShape: [8], activation: 'relu', name: 'hidden' }),
    tf.layers.dense({ units: 2, name: 'out' }),
  ],
});
await model.save(fileSystem(`${out}/model`));
const { files } = await writeCheckpoint(checkpointOf(model), `${out}/model.safetensors`);
assert.equal(files.length, 1);
const x = tf.randomUniform([16, 8], -1, 1, 'float32', 1);
const predictions = Array.from(await model.predict(x).data());
writeFileSync(`${out}/expected.json`, JSON.stringify({ inputs: await x.array(), predictions }));
