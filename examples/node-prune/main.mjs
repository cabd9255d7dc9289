// Trains a network for handwritten digits on tfjs-node, prunes it to 90 % zeros while it learns on, saves it with 8 bits for a weight,
// and loads that as any program with TensorFlow.js would.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-node';
import { saveFolded } from '@weightkit/core';
import { fileSystem } from '@weightkit/core/node';
import { initialize, recommend } from '@weightkit/initializers';
import { polynomialDecay, pruneDuring } from '@weightkit/pruning';
import { quantizeModel, save } from '@weightkit/quantization';
import { digits } from './digits.mjs';

const BATCH = 128;
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

const tensors = ({ count, pixels, labels }) => ({
  x: tf.tensor2d(pixels, [count, 784]),
  y: tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), 10)),
  labels,
});

/** The digit that a model takes each for. */
async function answers(model, x) {
  const best = tf.tidy(() => tf.argMax(model.predict(x), 1));
  const named = await best.data();
  best.dispose();
  return named;
}

const right = (named, labels) => named.filter((answer, i) => answer === labels[i]).length / labels.length;

/** What a saved model weighs, and gzipped, as servers send it. */
function size(folder) {
  const files = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`));
  const sum = (sizes) => sizes.reduce((a, b) => a + b, 0);
  return `${kB(sum(files.map((file) => file.length)))}, gzipped ${kB(sum(files.map((file) => gzipSync(file).length)))}`;
}

const before = tf.memory().numTensors;
const train = tensors(digits('train', 12_000));
const test = tensors(digits('t10k', 2000));

const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 128, activation: 'relu', inputShape: [784], name: 'one' }),
    tf.layers.dense({ units: 64, activation: 'relu', name: 'two' }),
    tf.layers.dense({ units: 10, activation: 'softmax', name: 'out' }),
  ],
});

// Each weight by the law that suits the activation behind it. A seed and a path make a weight's values, on every machine the same.
const laws = recommend(model);
initialize(model, Object.fromEntries(laws.map(({ path, initializer }) => [path, initializer])), { seed: 1 });
console.log(`initialized: ${laws.map(({ path, law }) => `${path} by ${law}`).join(', ')}`);

const optimizer = tf.train.adam(0.003);
model.compile({ optimizer, loss: 'categoricalCrossentropy' });
// MNIST is shuffled as it is; left in its order, every run gives the same network.
const fit = (epochs, callbacks) =>
  model.fit(train.x, train.y, { epochs, batchSize: BATCH, shuffle: false, verbose: 0, callbacks });
await fit(5);
console.log(`trained: ${percent(right(await answers(model, test.x), test.labels))} of the test digits`);
await saveFolded(model, fileSystem('out/dense'));

// From no zeros to 90 % in four epochs; two more let what is left settle under the mask.
const end = 4 * Math.ceil(train.x.shape[0] / BATCH);
const pruner = pruneDuring(model, polynomialDecay({ final: 0.9, end, frequency: 10 }), { scope: 'global' });
await fit(6, pruner);
const { pruned, nonzero } = await pruner.pruning.verify();
pruner.pruning.fold(); // the zeros are the layers' own now, and the masks are gone
const named = await answers(model, test.x);
console.log(`pruned: ${percent(right(named, test.labels))}; ${pruned} weights must be 0, ${nonzero} are not`);
await saveFolded(model, fileSystem('out/pruned'));

await save(await quantizeModel(model, { dtype: 'uint8' }), fileSystem('out/small'));
for (const name of ['dense', 'pruned', 'small']) console.log(`out/${name}: ${size(`out/${name}`)}`);

// From here on nothing is of weightkit: the files are those of TensorFlow.js.
const loaded = await tf.loadLayersModel('file://out/small/model.json');
const again = await answers(loaded, test.x);
console.log(
  `reloaded: ${percent(right(again, test.labels))}, ${percent(right(again, named))} named as before it was saved`,
);

for (const one of [loaded, model, optimizer]) one.dispose();
tf.dispose([train.x, train.y, test.x, test.y]);
console.log(`tensors left behind: ${tf.memory().numTensors - before}`);
