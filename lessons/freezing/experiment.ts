import * as tf from '@tensorflow/tfjs';
import type { Run } from '@weightkit/lesson';
import { permutation, randomKey } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { type Frozen, freeze } from '@weightkit/transfer-freeze';
import { buildNet, type Examples, examplesOf, LAYERS, movedBits, type Net, nudge, valuesOf } from './network.ts';

/** How layers are frozen, and a network in which none is. */
export const WAYS = ['freeze()', 'trainable = false', 'nothing frozen'] as const;
export type Way = (typeof WAYS)[number];

export interface Params {
  /** Whether layer 1 is frozen, with its batch normalization. */
  first: boolean;
  /** The same for layer 2. */
  second: boolean;
  /** Digits of the first task. */
  old: number;
  /** Contrast of the new digits; 1 is that of the old ones. */
  contrast: number;
  /** Passes over the new digits. */
  epochs: number;
  /** Step of Adam. */
  rate: number;
  /** New digits to learn from. */
  examples: number;
  /** Units of a hidden layer. */
  units: number;
  seed: number;
}

/** A network after so many epochs. */
export interface Moment {
  epoch: number;
  /** For each weight, by its path: how far each entry is from where it was before the new digits. Empty where nothing is frozen. */
  changes: Record<string, number[]>;
  /** For each weight, how many entries have other bits than before. */
  moved: Record<string, number>;
  /** Share of the new test digits that are right. */
  fresh: number;
  /** Share of the old test digits that are right with the output layer of before on what lies below it now. */
  old: number;
}

/** One network. */
export interface NetRun {
  way: Way;
  moments: Moment[];
}

/** What verify() said of a frozen weight that was moved by one unit in the last place. */
export interface Caught {
  path: string;
  was: number;
  is: number;
  /** How many entries it named, in all weights. */
  entries: number;
}

export interface Result {
  nets: NetRun[];
  /** What verify() compared after training, and how many weights it found moved; nothing where none is frozen. */
  verified?: { entries: number; moved: number };
  caught?: Caught;
}

const BATCH = { least: 10, most: 100 };
/** Digits of a step: a tenth of them, within limits. */
export const batchOf = (count: number): number => Math.max(BATCH.least, Math.min(BATCH.most, Math.floor(count / 10)));
const TEST = 1000;
/** Passes over the old digits, before the new ones come. */
const OLD_EPOCHS = 4;
const LOSS = 'categoricalCrossentropy';

/** The layers that are to stand still. */
export const frozenLayers = ({ first, second }: Pick<Params, 'first' | 'second'>): string[] =>
  LAYERS.flatMap((names, i) => ([first, second][i] ? names : []));

// #region ways
/** Freezes layers of a network, and makes it ready to be trained. */
async function freezeLayers(way: Way, model: tf.LayersModel, names: string[], optimizer: tf.Optimizer) {
  let frozen: Frozen | undefined;
  if (way === 'freeze()' && names.length > 0)
    frozen = await freeze(
      model,
      names.map((name) => `${name}/*`),
    );
  if (way === 'trainable = false') for (const name of names) model.getLayer(name).trainable = false;
  model.compile({ optimizer, loss: LOSS });
  return frozen;
}
// #endregion

/** Steps over the examples in a new order each epoch. */
async function* batches({ x, y }: Examples, epochs: number, key: (epoch: number) => ReturnType<typeof randomKey>) {
  const count = x.shape[0];
  const size = batchOf(count);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = permutation(count, key(epoch));
    for (let at = 0; at + size <= count; at += size) {
      const chosen = tf.tensor1d(Int32Array.from(order.subarray(at, at + size)), 'int32');
      const batch: [tf.Tensor, tf.Tensor] = [tf.gather(x, chosen), tf.gather(y, chosen)];
      chosen.dispose();
      try {
        yield { batch, epoch, isLast: at + 2 * size > count };
      } finally {
        tf.dispose(batch);
      }
    }
  }
}

const shareRight = async (answers: () => tf.Tensor, y: tf.Tensor): Promise<number> => {
  const share = tf.tidy(() => tf.mean(tf.cast(tf.equal(tf.argMax(answers(), 1), tf.argMax(y, 1)), 'float32')));
  const [value] = await share.data();
  share.dispose();
  return value!;
};

function check(params: Params): void {
  const fn = 'freezing';
  checkOptions(fn, params, ['first', 'second', 'old', 'contrast', 'epochs', 'rate', 'examples', 'units', 'seed']);
  const within = (name: 'old' | 'contrast' | 'epochs' | 'rate' | 'examples' | 'units', least: number, most: number) => {
    const value = params[name];
    const ok = typeof value === 'number' && value >= least && value <= most;
    checkRange(ok, `${fn}: ${name} must be in [${least}, ${most}]`, value);
  };
  within('old', 10, 10_000);
  within('contrast', 0.01, 1);
  within('epochs', 1, 100);
  within('rate', 0, 10);
  within('examples', 10, 10_000);
  within('units', 2, 100);
  for (const name of ['old', 'epochs', 'examples', 'units'] as const)
    checkRange(Number.isInteger(params[name]), `${fn}: ${name} must be an integer`, params[name]);
  checkRange(Number.isSafeInteger(params.seed), `${fn}: seed must be a safe integer`, params.seed);
}

/**
 * Trains a network on digits, then goes on with paler digits in three ways: with layers frozen by `freeze()`, with the same layers
 * frozen as stock TensorFlow.js does it, and with nothing frozen.
 *
 * @param params - what is frozen, how pale the new digits are, and training
 * @param run - the digits, progress with the result so far, and a way to stop
 */
export async function freezing(params: Params, { data, onProgress, signal }: Run<Result>): Promise<Result> {
  check(params);
  const { old, contrast, epochs, rate, examples, units, seed } = params;
  const digits = await data.digits({ train: old + examples, test: TEST });
  const part = (from: number, to: number) => ({
    count: to - from,
    pixels: digits.train.pixels.subarray(from * 784, to * 784),
    labels: digits.train.labels.subarray(from, to),
  });
  const sets = {
    old: examplesOf(part(0, old), 1),
    fresh: examplesOf(part(old, old + examples), contrast),
    oldTest: examplesOf(digits.test, 1),
    freshTest: examplesOf(digits.test, contrast),
  };
  const optimizers = [0.03, rate, rate, rate].map((step) => tf.train.adam(step));
  const nets: Net[] = WAYS.map(() => buildNet(units, seed));
  let frozen: Frozen | undefined;
  const oldSteps = OLD_EPOCHS * Math.floor(old / batchOf(old));
  const steps = epochs * Math.floor(examples / batchOf(examples));
  const price = oldSteps + WAYS.length * steps;
  const result: Result = { nets: WAYS.map((way) => ({ way, moments: [] })) };
  const [{ model: learned }] = nets as [Net, ...Net[]];
  let head: tf.Tensor[] = [];
  try {
    // The first task, with all layers.
    learned.compile({ optimizer: optimizers[0]!, loss: LOSS });
    let done = 0;
    for await (const { batch } of batches(sets.old, OLD_EPOCHS, (epoch) => randomKey(seed, `old/${epoch}`))) {
      signal?.throwIfAborted();
      await learned.trainOnBatch(...batch);
      await onProgress?.({ done: ++done / price, label: 'the old digits' });
    }
    for (const { model } of nets.slice(1)) model.setWeights(learned.getWeights());
    head = (learned.getLayer('output').getWeights() as tf.Tensor[]).map((tensor) => tensor.clone());
    const start = await valuesOf(learned);
    const names = frozenLayers(params);
    for (const [i, way] of WAYS.entries())
      frozen = (await freezeLayers(way, nets[i]!.model, names, optimizers[i + 1]!)) ?? frozen;

    const look = async (way: Way, { model, features }: Net, epoch: number): Promise<Moment> => {
      const [changes, moved]: [Moment['changes'], Moment['moved']] = [{}, {}];
      for (const [path, now] of await valuesOf(model)) {
        const before = start.get(path)!;
        if (way !== 'nothing frozen') changes[path] = Array.from(now, (value, i) => value - before[i]!);
        moved[path] = movedBits(before, now);
      }
      const { freshTest, oldTest } = sets;
      const byOldHead = () => tf.add(tf.matMul(features.predict(oldTest.x) as tf.Tensor, head[0]!), head[1]!);
      return {
        epoch,
        changes,
        moved,
        fresh: await shareRight(() => model.predict(freshTest.x) as tf.Tensor, freshTest.y),
        old: await shareRight(byOldHead, oldTest.y),
      };
    };
    const lookAll = async (epoch: number) => {
      for (const [i, net] of nets.entries()) result.nets[i]!.moments.push(await look(WAYS[i]!, net, epoch));
    };
    await lookAll(0);
    await onProgress?.({ done: done / price, label: 'before the new digits', result });
    for await (const { batch, epoch, isLast } of batches(sets.fresh, epochs, (at) => randomKey(seed, `new/${at}`))) {
      for (const { model } of nets) {
        signal?.throwIfAborted();
        await model.trainOnBatch(...batch);
        done++;
      }
      if (isLast) await lookAll(epoch + 1);
      await onProgress?.({ done: done / price, label: `epoch ${epoch + 1} of ${epochs}`, result });
    }
    if (frozen) {
      const { entries, moved } = await frozen.verify();
      result.verified = { entries, moved: moved.length };
      const [path] = frozen.paths as [string];
      const putBack = await nudge(learned, path);
      const all = (await frozen.verify()).moved;
      putBack();
      const [one] = all;
      const named = all.reduce((sum, { entries }) => sum + entries, 0);
      if (one) result.caught = { path: one.path, was: one.was, is: one.is, entries: named };
    }
    return result;
  } finally {
    frozen?.unfreeze();
    for (const { model } of nets) model.dispose();
    for (const optimizer of optimizers) optimizer.dispose();
    tf.dispose([sets, head]);
  }
}
