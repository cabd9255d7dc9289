import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, isKernel, type Weight, weightsOf } from '@weightkit/core';
import { fileSystem } from '@weightkit/core/node';
import type { Digits } from '@weightkit/datasets';
import { readMnist } from '@weightkit/datasets/node';
import { ProgressLine, prepareFolder, startBackend, writeWhole } from '@weightkit/lesson/node';
import { checkRange } from '@weightkit/numerics/check';
import { polynomialDecay, pruneDuring } from '@weightkit/pruning';
import { quantizeModel, save } from '@weightkit/quantization';
import { watch } from '@weightkit/weight-metrics';
import { accuracyOf } from './data.ts';
import { countZeros, type Stage, savedSize, sizeOf } from './measure.ts';
import type { TourOptions } from './options.ts';
import { reportOf, type Story } from './report.ts';
import { loadWithStockTfjs } from './stock.ts';
import { printable } from './table.ts';
import { BATCH, buildModel, fit, gainedLessThan, type Work } from './train.ts';

export interface TourContext {
  /** Aborted when the person asks to stop. */
  signal: AbortSignal;
  /** Where progress goes. */
  stream: NodeJS.WritableStream;
  /** Other digits than all of MNIST. */
  digits?: { train: Digits; test: Digits };
}

const TUNING_EPOCHS = 5;
const RAMP_EPOCHS = 3;

async function stageOf(
  name: Stage['name'],
  model: tf.LayersModel,
  test: Digits,
  size: Awaited<ReturnType<typeof sizeOf>>,
): Promise<Stage> {
  return { name, accuracy: await accuracyOf(model, test), ...(await countZeros(model)), ...size };
}

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

/** Trains until an epoch gains less than 0.2 points, then prunes on a schedule while training goes on. */
async function trainAndPrune(
  options: TourOptions,
  final: number,
  model: tf.LayersModel,
  work: Work,
): Promise<Omit<Story, 'options' | 'backend'>> {
  const { progress, train, test } = work;
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
  return { stages, dense, tuned, history: watcher.history };
}

/** Quantizes, saves to `out/model`, and scores what stock TensorFlow.js reads back from the files. */
async function quantizeAndReload(
  options: TourOptions,
  model: tf.LayersModel,
  { progress, test, signal }: Work,
): Promise<Stage[]> {
  progress.say(`\n3 Quantizing to ${options.bits} bits per weight`);
  const quantized = await quantizeModel(model, { dtype: options.bits === 8 ? 'uint8' : 'uint16' });
  const inMemory = await tf.loadLayersModel(tf.io.fromMemory(quantized.artifacts));
  const stage = await stageOf('quantized', inMemory, test, await savedSize(quantized.artifacts));
  inMemory.dispose();
  signal.throwIfAborted(); // the last moment: from here on everything is written
  const folder = join(options.out, 'model');
  progress.say(`\n4 Saving to ${folder} and reloading the files in plain TensorFlow.js`);
  // Beside an earlier model the weights would get another name, and the same seed another number of bytes.
  await rm(join(folder, 'model.json'), { force: true });
  await save(quantized, fileSystem(folder));
  const fromFiles = await loadWithStockTfjs(folder);
  const reloaded = await stageOf('reloaded', fromFiles, test, await sizeOf(folder));
  fromFiles.dispose();
  if (reloaded.accuracy !== stage.accuracy || reloaded.zeros !== stage.zeros)
    throw new Error(
      `tour: the reloaded model must equal the saved one, got ${reloaded.accuracy} for ${stage.accuracy}`,
    );
  return [stage, reloaded];
}

/**
 * Trains, prunes, quantizes, saves and reloads, and writes `report.html`, `summary.json` and `model/`.
 *
 * @param options - as on the command line
 * @param context - how to stop it and where progress goes
 * @returns what `summary.json` holds
 */
export async function tour(
  options: TourOptions,
  { signal, stream, digits }: TourContext,
): Promise<{ backend: string; stages: Stage[] }> {
  const begin = Date.now();
  const progress = new ProgressLine(stream);
  await prepareFolder('tour', options.out);
  const { train, test } = digits ?? (await readMnist(options.data));
  const backend = await startBackend('tour', options.backend);
  progress.say(
    `weightkit tour: ${train.count.toLocaleString('en-US')} training and ${test.count.toLocaleString('en-US')} test digits of MNIST, back end ${backend}, seed ${options.seed}`,
  );
  const work = { train, test, seed: options.seed, progress, signal };
  const model = buildModel(options.initializer, options.seed);
  const sparsity = kernelSparsity(model, options.sparsity);
  const { stages: first, ...rest } = await trainAndPrune(options, sparsity, model, work);
  const stages = [...first, ...(await quantizeAndReload(options, model, work))];
  model.dispose();
  await writeWhole(options.out, 'report.html', reportOf({ options, backend, stages, ...rest }));
  await writeWhole(options.out, 'summary.json', `${JSON.stringify({ backend, stages }, null, 2)}\n`);
  progress.say(`\n${printable(stages)}\n`);
  progress.say(
    `${join(options.out, 'report.html')}, ${join(options.out, 'summary.json')}, ${join(options.out, 'model')}   in ${((Date.now() - begin) / 1000).toFixed(0)} s`,
  );
  return { backend, stages };
}
