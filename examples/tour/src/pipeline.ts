import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, isKernel, type Weight, weightsOf } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { polynomialDecay, pruneDuring } from '@weightkit/pruning';
import { type QuantizedModel, quantizeModel } from '@weightkit/quantization';
import { watch } from '@weightkit/weight-metrics';
import { type Size, type Stage, stageOf } from './measure.ts';
import type { TourOptions } from './options.ts';
import { FIRST } from './pictures.ts';
import type { Story } from './report.ts';
import { BATCH, fit, gainedLessThan, type Work } from './train.ts';

const TUNING_EPOCHS = 5;
const RAMP_EPOCHS = 3;

/** The sparsity of the kernels at which this share of all parameters is zero: biases are not pruned. */
function kernelSparsity(model: tf.LayersModel, share: number): number {
  const size = (weights: Weight[]) => weights.reduce((sum, { shape }) => sum + tf.util.sizeFromShape([...shape]), 0);
  const kernels = size(weightsOf(model, isKernel));
  const all = size(weightsOf(model));
  checkRange(
    share * all < kernels,
    `tour: --sparsity must be below ${(kernels / all).toFixed(4)}, the share of the kernels`,
    share,
  );
  return (share * all) / kernels;
}

/** The values of the first layer's kernel, rows of inputs. */
async function firstKernel(model: tf.LayersModel): Promise<Float32Array> {
  const kernel = weightsOf(model)
    .find(({ path }) => path === FIRST)!
    .read();
  const values = await kernel.data<'float32'>();
  kernel.dispose();
  return values;
}

/** Trains until an epoch gains less than 0.2 points, then prunes on a schedule while training goes on. */
export async function trainAndPrune(
  options: Pick<TourOptions, 'initializer' | 'epochs' | 'sparsity'>,
  model: tf.LayersModel,
  work: Work,
  savedSize: (artifacts: tf.io.ModelArtifacts) => Promise<Size>,
): Promise<Omit<Story, 'options' | 'backend' | 'test' | 'answers'>> {
  const { progress, train, test } = work;
  const final = kernelSparsity(model, options.sparsity);
  const watcher = watch(model, { histogram: { bins: 80, range: [-0.4, 0.4] } });
  progress.say(`\n1 Training 784-64-32-32-10 from ${options.initializer}, at most ${options.epochs} epochs`);
  const dense = await fit(model, work, {
    name: 'dense',
    epochs: options.epochs,
    learningRate: 3e-3,
    decay: 0.6,
    callbacks: [watcher],
    done: (results) => gainedLessThan(0.2, results),
  });
  const stages = [await stageOf('dense', model, test, await savedSize(await foldedArtifacts(model)))];
  const firstDense = await firstKernel(model);

  progress.say(`\n2 Pruning to ${(100 * options.sparsity).toFixed(1)} % zeros while training goes on`);
  const end = RAMP_EPOCHS * Math.floor(train.count / BATCH);
  const schedule = polynomialDecay({ final, end, frequency: Math.max(1, Math.floor(end / 20)) });
  const pruner = pruneDuring(model, schedule, { scope: 'global' });
  const tuned = await fit(model, work, {
    name: 'pruning',
    epochs: TUNING_EPOCHS,
    learningRate: 2e-3,
    decay: 0.7,
    callbacks: [pruner, watcher],
  });
  watcher.dispose();
  pruner.pruning.fold();
  stages.push(await stageOf('pruned', model, test, await savedSize(await foldedArtifacts(model))));
  const filters = { dense: firstDense, pruned: await firstKernel(model) };
  return { stages, dense, tuned, history: watcher.history, filters };
}

/** Quantizes, and scores what stock TensorFlow.js makes of the result. */
export async function quantizeTrained(
  options: Pick<TourOptions, 'bits'>,
  model: tf.LayersModel,
  { progress, test }: Pick<Work, 'progress' | 'test'>,
  savedSize: (artifacts: tf.io.ModelArtifacts) => Promise<Size>,
): Promise<{ quantized: QuantizedModel; stage: Stage }> {
  progress.say(`\n3 Quantizing to ${options.bits} bits per weight`);
  const quantized = await quantizeModel(model, { dtype: options.bits === 8 ? 'uint8' : 'uint16' });
  const inMemory = await tf.loadLayersModel(tf.io.fromMemory(quantized.artifacts));
  const stage = await stageOf('quantized', inMemory, test, await savedSize(quantized.artifacts));
  inMemory.dispose();
  return { quantized, stage };
}
