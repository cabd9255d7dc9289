import * as tf from '@tensorflow/tfjs';
import { foldedArtifacts, weightsOf } from '@weightkit/core';
import { describe, expect, it } from 'vitest';
import { nOfMSteps } from '../../src/schedules/n-of-m-steps.ts';
import { polynomialDecay } from '../../src/schedules/polynomial-decay.ts';
import { type PruneDuringOptions, pruneDuring } from '../../src/schedules/prune-during.ts';
import type { Schedule } from '../../src/schedules/schedule.ts';
import type { TrainingState } from '../../src/schedules/training-state.ts';
import { rigl } from '../../src/training/rigl.ts';
import { sparseEvolution } from '../../src/training/sparse-evolution.ts';
import { batch, mlp, readWeight } from '../models.ts';

interface Run {
  pruning: { toJSON(): unknown; dispose(): void };
  toJSON(): TrainingState;
}
type Make = (model: tf.LayersModel, resume?: TrainingState) => Run | Promise<Run>;

const during =
  (schedule: Schedule, options: PruneDuringOptions = {}): Make =>
  (model, resume) =>
    pruneDuring(model, schedule, { ...options, ...(resume && { resume }) });
const cubic = polynomialDecay({ final: 0.8, end: 9, frequency: 2 });

const METHODS: Record<string, Make> = {
  'pruneDuring, cubic': during(cubic),
  'pruneDuring, global': during(cubic, { scope: 'global' }),
  'pruneDuring, units': during(cubic, { structure: 'unit' }),
  'pruneDuring, n of m': during(nOfMSteps({ n: [3, 2], m: 4, begin: 2, frequency: 5 }), { structure: { n: 2, m: 4 } }),
  'pruneDuring with regrowth': during((step) => 0.3 + 0.05 * (step % 3), { regrow: true }),
  rigl: (model, resume) =>
    rigl(model, { sparsity: 0.5, fraction: 0.9, frequency: 2, end: 11, seed: 2, ...(resume && { resume }) }),
  sparseEvolution: (model, resume) =>
    sparseEvolution(model, { sparsity: 0.5, frequency: 3, seed: 2, ...(resume && { resume }) }),
};

const compile = (model: tf.LayersModel) =>
  model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: 'meanSquaredError' });

async function fit(model: tf.LayersModel, callback: Run, epochs: number): Promise<void> {
  const { x, y } = batch(8);
  const callbacks = callback as unknown as tf.CustomCallbackArgs;
  await model.fit(x, y, { epochs, batchSize: 8, shuffle: false, verbose: 0, callbacks });
  tf.dispose([x, y]);
}

const values = (model: tf.LayersModel) => Promise.all(weightsOf(model).map(({ path }) => readWeight(model, path)));

describe.each(Object.entries(METHODS))('%s', (_, make) => {
  it('resume: a run that is saved, loaded and goes on has the masks and weights of one that was not interrupted, bit for bit', async () => {
    const whole = mlp();
    compile(whole);
    const uninterrupted = await make(whole);
    await fit(whole, uninterrupted, 12);

    const first = mlp();
    compile(first);
    const begun = await make(first);
    await fit(first, begun, 5);
    const text = JSON.stringify(begun);
    let saved: tf.io.ModelArtifacts | undefined;
    // Stock saving writes the raw weights, which is what an update with regrowth looks at.
    await first.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
      { includeOptimizer: true },
    );
    begun.pruning.dispose();
    first.dispose();

    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
    const resumed = await make(loaded, JSON.parse(text));
    expect(resumed.toJSON()).toEqual(JSON.parse(text));
    await fit(loaded, resumed, 7);
    expect(JSON.parse(JSON.stringify(resumed))).toEqual(JSON.parse(JSON.stringify(uninterrupted)));
    expect(await values(loaded)).toEqual(await values(whole));
    for (const { pruning } of [uninterrupted, resumed]) pruning.dispose();
    loaded.dispose();
    whole.dispose();
  });
});

describe('resume', () => {
  it('resume: weights saved by saveFolded do for all that never lets an entry return, whatever else bears their names', async () => {
    const model = mlp();
    compile(model);
    const begun = pruneDuring(model, cubic);
    await fit(model, begun, 5);
    const state = begun.toJSON();
    const artifacts = await foldedArtifacts(model, { includeOptimizer: true });
    const { registeredVariables } = tf.engine();
    const owners = artifacts.weightSpecs!.flatMap(({ name, group }) =>
      group === 'optimizer' ? [name.slice(0, Math.max(0, name.lastIndexOf('/')))] : [],
    );
    const others = [...new Set(owners)].flatMap((name) =>
      name === '' || name in registeredVariables ? [] : [tf.variable(tf.scalar(0), false, name)],
    );
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
    await fit(model, begun, 7);
    const resumed = pruneDuring(loaded, cubic, { resume: state });
    await fit(loaded, resumed, 7);
    expect(await values(loaded)).toEqual(await values(model));
    expect(resumed.toJSON()).toEqual(begun.toJSON());
    tf.dispose(others);
    begun.pruning.dispose();
    resumed.pruning.dispose();
    loaded.dispose();
    model.dispose();
  });

  it('toJSON() of rigl between the step of a turn and the next is refused', async () => {
    const model = mlp();
    compile(model);
    const { x, y } = batch(8);
    const callback = await rigl(model, { sparsity: 0.5, begin: 0, frequency: 2, end: 5, seed: 2 });
    await callback.onBatchBegin();
    await model.trainOnBatch(x, y);
    expect(() => callback.toJSON()).toThrow('toJSON: state must be taken where no rewiring waits, got step 0, a turn');
    await callback.onBatchBegin();
    expect(callback.toJSON().step).toBe(2);
    callback.pruning.dispose();
    tf.dispose([x, y]);
    model.dispose();
  });

  it('resume refuses what is no state, and states of other rules or models', async () => {
    const model = mlp();
    const { pruning, toJSON } = pruneDuring(model, cubic);
    const state = toJSON();
    pruning.dispose();
    const refused = (resume: object, message: string, options: PruneDuringOptions = {}) =>
      expect(() => pruneDuring(model, cubic, { ...options, resume } as PruneDuringOptions)).toThrow(message);
    refused({}, 'pruneDuring: step of resume must be an integer');
    refused({ ...state, step: -1 }, 'pruneDuring: step of resume must be an integer of 0 or more, got -1');
    refused({ ...state, more: 1 }, 'pruneDuring: resume must be among step, rewired, masks, got "more"');
    refused({ step: 1 }, 'pruneDuring: masks must be what toJSON gave');
    refused(state, 'pruneDuring: masks must have the structure of the options, got "entry"', { structure: 'unit' });
    refused(state, 'pruneDuring: masks must have the scope of the options, got "layer"', { scope: 'global' });
    refused(state, 'pruneDuring: masks must be of weights that their structure has a place for, got "b/kernel"', {
      filter: 'a/kernel',
    });
    const { 'a/kernel': only } = state.masks.masks;
    const half = { ...state, masks: { ...state.masks, masks: { 'a/kernel': only! } } };
    refused(half, 'pruneDuring: masks must have one for each weight of their structure, got none for b/kernel');
    model.dispose();
  });
});
