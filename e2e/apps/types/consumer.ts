// What a TypeScript user writes; it is checked, never run.
import * as tf from '@tensorflow/tfjs';
import { parametrize, saveFolded, type Weight, weightsOf } from '@weightkit/core';
import { fileSystem } from '@weightkit/core/node';
import { heNormal, type Initializer, initialize, orthogonal } from '@weightkit/initializers';
import { layerInitializer } from '@weightkit/initializers/layers';
import { moments, randomKey } from '@weightkit/numerics';
import { checkRange } from '@weightkit/numerics/check';
import { polynomialDecay, prune, pruneDuring, type Schedule, type Score } from '@weightkit/pruning';
import { pruneDuring as pruneDuringInstance } from '@weightkit/pruning/layers';
import { type QuantizedModel, quantizeModel, save } from '@weightkit/quantization';
import { freeze } from '@weightkit/transfer-freeze';
import { type Figure, lineChart, report } from '@weightkit/viz';
import { summarize, type WeightSummary, watch } from '@weightkit/weight-metrics';
import { watch as watchInstance } from '@weightkit/weight-metrics/layers';
import { weightNormModel } from '@weightkit/weightnorm';

const model: tf.Sequential = tf.sequential({
  layers: [
    tf.layers.dense({ units: 8, inputShape: [4], kernelInitializer: layerInitializer(orthogonal(), { seed: 1 }) }),
    tf.layers.dense({ units: 1, name: 'out' }),
  ],
});

export async function use(x: tf.Tensor, y: tf.Tensor): Promise<string> {
  const he: Initializer = heNormal();
  const deviation: number = initialize(model, { '**/kernel': he }, { seed: 7 }).worstDeviation;
  checkRange(deviation < 4, 'use: the deviation must be below 4', deviation);

  const paths: string[] = weightsOf(model, '**/kernel').map((weight: Weight) => weight.path);
  const half = parametrize(model.layers[1]!, 'kernel', { forward: (w) => tf.mul(w, 0.5) });
  half.restore();

  const large: Score = (w) => tf.abs(w);
  const schedule: Schedule = polynomialDecay({ final: 0.5, end: 10 });
  const callback = pruneDuring(model, schedule, { score: large });
  const watcher = watch(model, { every: { batches: 2 } });
  await model.fit(x, y, { epochs: 2, callbacks: [callback, watcher] });
  await model.fit(x, y, { callbacks: [tf.callbacks.earlyStopping(), callback, watcher] });
  const first = [watchInstance(model), pruneDuringInstance(model, schedule), tf.callbacks.earlyStopping()];
  await model.fit(x, y, { callbacks: first });
  const pruning = await prune(model, { sparsity: 0.5, scope: 'global' });
  const frozen = await freeze(model, 'out/**');
  const moved: number = (await frozen.verify()).moved.length;
  const normed = await weightNormModel(model, { filter: /kernel$/ });
  normed.fold();

  const quantized: QuantizedModel = await quantizeModel(model, { dtype: { '**/kernel': 'uint8', '**': 'float16' } });
  await save(quantized, fileSystem('out/small'));
  await saveFolded(model, 'downloads://model');
  const summaries: WeightSummary[] = await summarize(model);
  const figure: Figure = lineChart({ series: [{ name: 'loss', y: [2, 1] }] });
  return [
    report([figure]),
    ...paths,
    moved,
    summaries.length,
    pruning.sparsity,
    moments(new Float32Array(2)).std,
    randomKey(1),
  ].join();
}

// @ts-expect-error an option that does not exist
void prune(model, { sparsityy: 0.5 });
// @ts-expect-error a dtype that stock tfjs cannot load
void quantizeModel(model, { dtype: 'int4' });
