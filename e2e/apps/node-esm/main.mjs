// Every package at work in plain Node: initialize, watch, normalize, freeze, prune, save, quantize, save, draw.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { saveFolded, weightsOf } from '@weightkit/core';
import { fileSystem } from '@weightkit/core/node';
import { heNormal, initialize, orthogonal } from '@weightkit/initializers';
import { layerInitializer } from '@weightkit/initializers/layers';
import { moments, singularValues } from '@weightkit/numerics';
import { polynomialDecay, prune } from '@weightkit/pruning';
import { pruneDuring } from '@weightkit/pruning/layers';
import { quantizeModel, save } from '@weightkit/quantization';
import { freeze } from '@weightkit/transfer-freeze';
import { histogramChart, lineChart, report } from '@weightkit/viz';
import { histograms, summarize, watch } from '@weightkit/weight-metrics';
import { watch as watchInstance } from '@weightkit/weight-metrics/layers';
import { weightNormModel } from '@weightkit/weightnorm';

const out = process.argv[2];
mkdirSync(out, { recursive: true });
const x = tf.randomUniform([256, 8], -1, 1, 'float32', 1);
const y = tf.sum(tf.square(x), 1, true);
const compile = (model) => model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });

const kernelInitializer = layerInitializer(orthogonal(), { seed: 3 });
const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 32, inputShape: [8], activation: 'relu', name: 'hidden' }),
    tf.layers.dense({ units: 16, activation: 'relu', name: 'middle', kernelInitializer }),
    tf.layers.dense({ units: 1, name: 'out' }),
  ],
});
const initialized = initialize(model, { 'hidden/kernel': heNormal(), 'out/kernel': orthogonal() }, { seed: 7 });
assert.equal(initialized.initialized.length, 2);
assert.equal(weightsOf(model).length, 6);

const normed = await weightNormModel(model);
compile(model);
const watcher = watch(model);
const { history } = await model.fit(x, y, { epochs: 10, verbose: 0, callbacks: watcher });
assert.ok(history.loss.at(-1) < history.loss[0] / 2, 'it learns');
assert.equal(watcher.history.records.length, 11);
normed.fold();

const frozen = await freeze(model, 'hidden/**');
compile(model);
const pruning = pruneDuring(model, polynomialDecay({ final: 0.5, end: 16, frequency: 4 }), { filter: 'middle/kernel' });
const second = watchInstance(model);
const stop = tf.callbacks.earlyStopping({ monitor: 'loss', patience: 9 });
await model.fit(x, y, { epochs: 4, verbose: 0, callbacks: [pruning, second, stop] });
assert.equal(second.history.records.length, 5);
assert.deepEqual((await frozen.verify()).moved, []);
assert.deepEqual(await pruning.pruning.verify(), { pruned: 256, nonzero: 0, first: null });
frozen.unfreeze();
pruning.pruning.fold();
const masks = await prune(model, { sparsity: 0.75 }); // left in place: saveFolded writes the masked weights

const [hidden] = await summarize(model, { filter: 'hidden/kernel' });
assert.equal(hidden.sparsity, 0.75);
const values = await weightsOf(model, 'hidden/kernel')[0].read().data();
assert.ok(Math.abs(moments(values).std - hidden.std) < 1e-12);
assert.ok(Math.abs(singularValues(values, { rows: 8, cols: 32 })[0] - hidden.spectralNorm) < 1e-9);

await saveFolded(model, fileSystem(`${out}/pruned`));
const quantized = await quantizeModel(model, { dtype: 'uint8' });
assert.ok(quantized.report.certificate <= 1);
await save(quantized, fileSystem(`${out}/quantized`));

const [first] = await histograms(model, { bins: 20 });
const figures = [
  lineChart({ series: [{ name: 'training', y: history.loss }] }, { title: 'Loss', xLabel: 'epoch' }),
  histogramChart({ edges: first.edges, curves: [{ name: first.path, counts: first.counts }] }),
];
writeFileSync(`${out}/report.html`, report(figures, { title: 'A run' }));
const png = await figures[0].png();
assert.deepEqual([...png.subarray(1, 4)], [...Buffer.from('PNG')]);

const predictions = Array.from(await model.predict(x).data());
writeFileSync(`${out}/expected.json`, JSON.stringify({ inputs: await x.array(), predictions }));
masks.dispose();
console.log(`sparsity ${masks.sparsity}, ${quantized.report.bytesBefore} to ${quantized.report.bytesAfter} bytes`);
