import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSystem } from '@weightkit/core/node';
import { type Digits, slice } from '@weightkit/datasets';
import { readMnist } from '@weightkit/datasets/node';
import { figureText, ProgressLine, prepareFolder, startBackend, writeWhole } from '@weightkit/lesson/node';
import { save } from '@weightkit/quantization';
import { judge, type Stage } from './measure.ts';
import type { TourOptions } from './options.ts';
import { sizesFigure } from './pictures.ts';
import { quantizeTrained, trainAndPrune } from './pipeline.ts';
import { reportOf, type Story } from './report.ts';
import { savedSize, sizeOf } from './sizes.ts';
import { loadWithStockTfjs } from './stock.ts';
import { printable } from './table.ts';
import { buildModel, type Work } from './train.ts';

export interface TourContext {
  /** Aborted when the person asks to stop. */
  signal: AbortSignal;
  /** Where progress goes. */
  stream: NodeJS.WritableStream;
  /** Other digits than all of MNIST. */
  digits?: { train: Digits; test: Digits };
  /** Gets what the report is made of. */
  onStory?: (story: Story) => void;
}

/** Saves to `out/model`, and scores what stock TensorFlow.js reads back from the files. */
async function saveAndReload(
  out: string,
  { quantized, stage }: Awaited<ReturnType<typeof quantizeTrained>>,
  { progress, test, signal }: Work,
): ReturnType<typeof judge> {
  signal.throwIfAborted(); // the last moment: from here on everything is written
  const folder = join(out, 'model');
  progress.say(`\n4 Saving to ${folder} and reloading the files in plain TensorFlow.js`);
  // Beside an earlier model the weights would get another name, and the same seed another number of bytes.
  await rm(join(folder, 'model.json'), { force: true });
  await save(quantized, fileSystem(folder));
  const fromFiles = await loadWithStockTfjs(folder);
  const judged = await judge('reloaded', fromFiles, test, await sizeOf(folder));
  const reloaded = judged.stage;
  fromFiles.dispose();
  if (reloaded.accuracy !== stage.accuracy || reloaded.zeros !== stage.zeros)
    throw new Error(
      `tour: the reloaded model must equal the saved one, got ${reloaded.accuracy} for ${stage.accuracy}`,
    );
  return judged;
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
  { signal, stream, digits, onStory }: TourContext,
): Promise<{ backend: string; stages: Stage[] }> {
  const begin = Date.now();
  const progress = new ProgressLine(stream);
  await prepareFolder('tour', options.out);
  const { train: all, test } = digits ?? (await readMnist(options.data));
  const train = slice(all, 0, Math.min(options.train, all.count));
  const backend = await startBackend('tour', options.backend);
  progress.say(
    `weightkit tour: ${train.count.toLocaleString('en-US')} training and ${test.count.toLocaleString('en-US')} test digits of MNIST, backend ${backend}, seed ${options.seed}`,
  );
  const work = { train, test, seed: options.seed, progress, signal };
  const model = buildModel(options.initializer, options.seed);
  const { stages: first, ...rest } = await trainAndPrune(options, model, work, savedSize);
  const quantized = await quantizeTrained(options, model, work, savedSize);
  const reloaded = await saveAndReload(options.out, quantized, work);
  const stages = [...first, quantized.stage, reloaded.stage];
  model.dispose();
  const story: Story = { options, backend, stages, ...rest, test, answers: reloaded.answers };
  onStory?.(story);
  await writeWhole(options.out, 'report.html', reportOf(story));
  await writeWhole(options.out, 'summary.json', `${JSON.stringify({ backend, stages }, null, 2)}\n`);
  progress.say(`\n${printable(stages)}\n\n${figureText(sizesFigure(stages), stream)}\n`);
  progress.say(
    `${join(options.out, 'report.html')}, ${join(options.out, 'summary.json')}, ${join(options.out, 'model')}   in ${((Date.now() - begin) / 1000).toFixed(0)} s`,
  );
  return { backend, stages };
}
