// What was written without TensorFlow.js, in stock TensorFlow.js: read plainly, and through a handler of a checkpoint.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { openCheckpoint } from '@weightkit/checkpoint';
import { handlerOf } from '@weightkit/core';

const out = process.argv[2];
const { inputs, predictions } = JSON.parse(readFileSync(`${out}/expected.json`, 'utf8'));
const predict = async (model) => Array.from(await model.predict(tf.tensor2d(inputs)).data());
const largest = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

async function plainly(name) {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(`${out}/${name}/model.json`, 'utf8'));
  const files = weightsManifest.flatMap(({ paths }) => paths).map((path) => readFileSync(`${out}/${name}/${path}`));
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const weightData = new Uint8Array(Buffer.concat(files)).buffer;
  return predict(await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData })));
}

const [pruned, small] = [await plainly('pruned'), await plainly('model')];
for (const [name, want] of [
  ['pruned', pruned],
  ['model', small],
]) {
  const checkpoint = await openCheckpoint(`${out}/${name}`);
  assert.deepEqual(await predict(await tf.loadLayersModel(handlerOf(checkpoint))), want);
  await checkpoint.close();
}
const weights = await openCheckpoint(`${out}/model.safetensors`);
const { extras } = await openCheckpoint(`${out}/pruned`);
assert.deepEqual(await predict(await tf.loadLayersModel(handlerOf({ ...weights, extras }))), predictions);
// Half of each kernel's entries are gone, then codes of 8 bits: other predictions, and near each other.
const scale = Math.max(...pruned.map(Math.abs));
assert.ok(largest(pruned, predictions) > 0 && largest(small, pruned) < 0.05 * scale);
console.log(
  `uint8: ${((100 * largest(small, pruned)) / scale).toFixed(2)} % of the largest prediction off the pruned model's`,
);
