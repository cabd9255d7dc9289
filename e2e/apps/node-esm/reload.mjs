// The saved models in stock TensorFlow.js, in a process that never sees weightkit.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';

const out = process.argv[2];
const { inputs, predictions } = JSON.parse(readFileSync(`${out}/expected.json`, 'utf8'));
const scale = Math.max(...predictions.map(Math.abs));

async function largestDifference(name) {
  const { modelTopology, weightsManifest } = JSON.parse(readFileSync(`${out}/${name}/model.json`, 'utf8'));
  const files = weightsManifest.flatMap(({ paths }) => paths).map((path) => readFileSync(`${out}/${name}/${path}`));
  const weightData = new Uint8Array(Buffer.concat(files)).buffer;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const got = await model.predict(tf.tensor2d(inputs)).data();
  return Math.max(...predictions.map((value, i) => Math.abs(value - got[i])));
}

assert.equal(await largestDifference('pruned'), 0);
// Codes of 8 bits: three layers, each weight off by at most half of 1/255 of its range.
const quantized = await largestDifference('quantized');
assert.ok(quantized > 0 && quantized < 0.05 * scale, `quantized predictions differ by ${quantized} of ${scale}`);
console.log(`pruned: no difference; uint8: ${((100 * quantized) / scale).toFixed(2)} % of the largest prediction`);
