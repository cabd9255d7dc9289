import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, saveFolded } from '@weightkit/core';
import { dataDependent, lsuv, signalReport } from '@weightkit/initializers';
import { planShrink, prune, shrink } from '@weightkit/pruning';
import { quantizeModel } from '@weightkit/quantization';
import {
  compare,
  forwardByHand,
  histograms,
  importance,
  layerSimilarity,
  snapshot,
  spectra,
  summarize,
  describe as told,
  unitActivity,
} from '@weightkit/weight-metrics';
import { weightNorm, weightNormModel } from '@weightkit/weightnorm';
import { describe, expect, it } from 'vitest';

const made = () =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 5, inputShape: [4], activation: 'relu', name: 'a' }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.dense({ units: 3, name: 'b' }),
    ],
  });

const batch = () => tf.randomNormal([16, 4], 0, 1, 'float32', 7);
const withBatch = async (work: (x: tf.Tensor) => Promise<unknown>) => {
  const x = batch();
  await work(x).finally(() => x.dispose());
};
const withExample = async (work: (x: tf.Tensor) => Promise<unknown>) => {
  const x = tf.ones([1, 4]);
  await work(x).finally(() => x.dispose());
};
const memory = () => tf.io.withSaveHandler(async () => ({ modelArtifactsInfo: {} as tf.io.ModelArtifactsInfo }));

/** A unit of 0 goes. */
const shrinkWithout = async (model: Model) => {
  const norm = model.layers[1]!;
  norm.setWeights(
    ['gamma', 'beta', 'mean', 'variance'].map((name) =>
      name === 'beta' ? tf.zeros([5]) : tf.tensor1d([0, 1, 1, 1, 1]),
    ),
  );
  (await shrink(model)).model.dispose();
};

type Model = ReturnType<typeof made>;
const CALLS: Record<string, (model: Model) => Promise<unknown>> = {
  compare: async (model) => compare(model, model),
  dataDependent: (model) => withBatch((x) => dataDependent(model, x)),
  describe: (model) => told(model),
  foldedArtifacts: (model) => foldedArtifacts(model),
  forwardByHand: (model) => withExample((x) => forwardByHand(model, x)),
  histograms: (model) => histograms(model),
  importance: (model) => withBatch((x) => importance(model, { x, output: 1, steps: 2 })),
  layerSimilarity: (model) => withBatch((x) => layerSimilarity(model, x, { batchSize: 4 })),
  lsuv: (model) => withBatch((x) => lsuv(model, x)),
  planShrink: (model) => planShrink(model),
  prune: (model) => prune(model, { sparsity: 0.5 }),
  quantizeModel: (model) => quantizeModel(model),
  saveFolded: (model) => saveFolded(model, memory()),
  shrink: (model) => shrinkWithout(model),
  signalReport: (model) => withBatch((x) => signalReport(model, x)),
  snapshot: (model) => snapshot(model),
  spectra: (model) => spectra(model),
  summarize: (model) => summarize(model),
  unitActivity: (model) => withBatch((x) => unitActivity(model, x, { batchSize: 4 })),
  weightNormModel: (model) => weightNormModel(model),
};

/** The error where there is one, after so many turns in which the call goes on. */
async function errorOf(call: (model: Model) => Promise<unknown>, turns: number): Promise<Error | undefined> {
  const model = made();
  const done = call(model).then(
    () => undefined,
    (error: Error) => error,
  );
  for (let i = 0; i < turns; i++) await (i % 8 === 7 ? new Promise((next) => setTimeout(next, 0)) : Promise.resolve());
  model.dispose();
  return done;
}

describe('a model that is disposed', () => {
  it.each(Object.entries(CALLS))('while %s waits is an error in its name, or none', async (name, call) => {
    const rule = new RegExp(`^${name}: (weights|model|layer) must not be disposed, got `);
    for (const turns of [0, 1, 2, 3, 5, 8, 13, 21, 34, 55]) {
      const error = await errorOf(call, turns);
      if (error) expect(error.message).toMatch(rule);
    }
  });

  it('is told by the handles of what was done to it', async () => {
    const model = made();
    const pruning = await prune(model, { sparsity: 0.5 });
    model.dispose();
    const gone = 'weights must not be disposed, got a/kernel, which is';
    await expect(pruning.verify()).rejects.toThrow(`verify: ${gone}`);
    await expect(pruning.update({ sparsity: 0.6 })).rejects.toThrow(`update: ${gone}`);
    expect(() => pruning.fold()).toThrow(`fold: ${gone}`);
    expect(() => pruning.restore()).toThrow(`restore: ${gone}`);
    pruning.dispose();
    const normed = made();
    const handle = await weightNormModel(normed);
    const single = made();
    const one = weightNorm(single.layers[0]!);
    normed.dispose();
    single.dispose();
    expect(() => handle.fold()).toThrow(`fold: ${gone}`);
    expect(() => handle.restore()).toThrow(`restore: ${gone}`);
    expect(() => one.fold()).toThrow('fold: weights must not be disposed, got a/kernel, which is');
  });
});
