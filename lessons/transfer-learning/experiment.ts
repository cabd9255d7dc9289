import * as tf from '@tensorflow/tfjs';
import { fillMissingKernels, type Weight, weightsOf } from '@weightkit/core';
import { glorotNormal, initialize } from '@weightkit/initializers';
import type { Run } from '@weightkit/lesson';
import { permutation, randomKey } from '@weightkit/numerics';
import { checkBoolean, checkOptions, checkRange } from '@weightkit/numerics/check';
import { cacheFeatures, freeze, gradualUnfreeze, lora, replaceHead, transferWeights } from '@weightkit/transfer-freeze';
import {
  buildNet,
  changedBits,
  drawn,
  type Examples,
  examplesOf,
  headNamed,
  type LayerName,
  movedFrom,
  placesOf,
  valuesOf,
} from './network.ts';

/** How the new digits are learned, and the slide's way with the base in training mode. */
export const METHODS = ['frozen', 'fine-tuned', 'gradual', 'LoRA', 'from scratch', 'trainable = false'] as const;
export type Method = (typeof METHODS)[number];

export interface Params {
  /** Labelled examples of the digits 5 to 9. */
  examples: number;
  /** Whether to fine-tune as well. */
  tuned: boolean;
  /** Whether to unfreeze layer by layer as well. */
  gradual: boolean;
  /** Whether to train LoRA as well. */
  adapters: boolean;
  /** Whether the new digits are dark on white, as on paper; the old ones are white on black. */
  paper: boolean;
  /** Examples of the digits 0 to 4 that the base learns from. */
  old: number;
  /** Steps of each method. */
  steps: number;
  /** Step of Adam. */
  rate: number;
  /** Rank of LoRA. */
  rank: number;
  seed: number;
}

/** A network after so many steps. */
export interface Moment {
  step: number;
  /** Share of the new test digits that are right. */
  accuracy: number;
}

/** One way of learning the new digits. */
export interface MethodRun {
  method: Method;
  moments: Moment[];
  /** Numbers that its steps move. */
  trained: number;
  /** How far each layer of its base went, of its own size. */
  moved: Record<LayerName, number>;
  /** Share of the old test digits that are right with the old head on the base as it is now; of a base from scratch there is none. */
  old: number | null;
  /** Numbers of its base, and how many of them have other bits in the end; adapters are taken away before. */
  base: { numbers: number; changed: number };
}

/** Test accuracy in the end. */
export const endOf = ({ moments }: Pick<MethodRun, 'moments'>): number => moments.at(-1)!.accuracy;

export interface Result {
  /** Share of the old test digits that the base has right, before the new ones come. */
  base: number;
  /** Test digits of both kinds. */
  tested: { fresh: number; old: number };
  methods: MethodRun[];
}

const TEST = 1000;
const BATCH = 32;
const BASE = { batch: 50, epochs: 2, rate: 0.01 };
const LOOKS = 10;
const LOSS = 'categoricalCrossentropy';
const HEAD = 'fresh';

/** Steps in which the base learns the old digits. */
export const baseSteps = ({ old }: Pick<Params, 'old'>): number => BASE.epochs * Math.floor(old / BASE.batch);

/** The methods of a run. */
export const methodsOf = ({ tuned, gradual, adapters }: Pick<Params, 'tuned' | 'gradual' | 'adapters'>) => {
  const asked: Partial<Record<Method, boolean>> = { 'fine-tuned': tuned, gradual, LoRA: adapters };
  return METHODS.filter((method) => asked[method] ?? true);
};

const countOf = (weights: readonly Weight[]): number =>
  weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

// #region methods
/** What a method does to a network before it is trained, and what it does as it goes on. */
interface Plan {
  /** Before each quarter of the steps. */
  quarter?: () => Promise<void>;
  /** The layers up to which features are computed once; the rest trains on them. */
  cached?: string;
  /** Numbers that are trained; all weights where left out. */
  trained?: number;
  /** Gives the base back as it is for the old digits. */
  undo?: () => void;
}

async function prepare(method: Method, model: tf.Sequential, shared: string[], { rank, seed }: Params): Promise<Plan> {
  switch (method) {
    case 'frozen': {
      const frozen = await freeze(model, shared);
      return { cached: 'features', trained: frozen.report().trainableParameters, undo: () => frozen.unfreeze() };
    }
    case 'gradual': {
      const stages = await gradualUnfreeze(model, [
        { filter: ['conv2/*', 'norm2/*'], epoch: 1 },
        { filter: ['conv1/*', 'norm1/*'], epoch: 2 },
      ]);
      return { quarter: () => stages.onEpochBegin(), undo: () => stages.unfreeze() };
    }
    case 'LoRA': {
      const adapters = lora(model, { rank, filter: 'conv*/kernel', train: `${HEAD}/*`, seed });
      return { trained: adapters.report().trainableParameters, undo: () => adapters.remove() };
    }
    case 'trainable = false':
      for (const layer of model.layers.slice(0, -1)) layer.trainable = false;
      return { trained: countOf(weightsOf(model, `${HEAD}/*`)) };
    default:
      return {}; // everything learns
  }
}
// #endregion

async function shareRight(model: tf.LayersModel, { x, y }: Examples | { x: tf.Tensor; y: tf.Tensor }): Promise<number> {
  const share = tf.tidy(() =>
    tf.mean(tf.cast(tf.equal(tf.argMax(model.predict(x) as tf.Tensor, 1), tf.argMax(y, 1)), 'float32')),
  );
  const [value] = await share.data();
  share.dispose();
  return value!;
}

/** Batches in a new order each time all have had their turn. */
function* batchesOf(count: number, size: number, steps: number, key: (epoch: number) => ReturnType<typeof randomKey>) {
  let order = new Uint32Array(0);
  let epoch = 0;
  for (let step = 0; step < steps; step++) {
    if (order.length < size) order = permutation(count, key(epoch++)).slice() as typeof order;
    yield order.slice(0, size);
    order = order.slice(size);
  }
}

async function trainOn(model: tf.LayersModel, x: tf.Tensor, y: tf.Tensor, places: ArrayLike<number>): Promise<void> {
  const chosen = tf.tensor1d(Int32Array.from(places), 'int32');
  const batch: [tf.Tensor, tf.Tensor] = [tf.gather(x, chosen), tf.gather(y, chosen)];
  try {
    await model.trainOnBatch(...batch);
  } finally {
    tf.dispose([chosen, batch]);
  }
}

function check(params: Params): void {
  const fn = 'transferLearning';
  const flags = ['tuned', 'gradual', 'adapters', 'paper'] as const;
  checkOptions(fn, params, ['examples', ...flags, 'old', 'steps', 'rate', 'rank', 'seed']);
  for (const flag of flags) checkBoolean(fn, flag, params[flag]);
  const within = (name: 'examples' | 'old' | 'steps' | 'rank' | 'rate', least: number, most: number) => {
    const value = params[name];
    const ok = typeof value === 'number' && value >= least && value <= most;
    checkRange(ok, `${fn}: ${name} must be in [${least}, ${most}]`, value);
    if (name !== 'rate') checkRange(Number.isInteger(value), `${fn}: ${name} must be an integer`, value);
  };
  within('examples', 5, 2000);
  within('old', 50, 5000);
  within('steps', 4, 1000);
  within('rank', 1, 8);
  within('rate', 0, 1);
  checkRange(Number.isSafeInteger(params.seed), `${fn}: seed must be a safe integer`, params.seed);
}

/**
 * Trains a convnet on the digits 0 to 4, then teaches the digits 5 to 9 from a few examples in several ways: to networks that begin with
 * what the first one has learned, and to one that begins with nothing.
 *
 * @param params - examples, methods and training
 * @param run - the digits, progress with the result so far, and a way to stop
 */
export async function transferLearning(params: Params, { data, onProgress, signal }: Run<Result>): Promise<Result> {
  check(params);
  const { examples, paper, old, steps, seed } = params;
  // About half of the digits are of each kind.
  const enough = Math.max(10_000, Math.ceil(2.3 * Math.max(old, examples)));
  const digits = await data.digits({ train: enough, test: TEST });
  const { train, test } = digits;
  const pick = (first: number, count: number, what: string, onPaper = false) =>
    examplesOf(train, drawn(train, placesOf(train, first), count, randomKey(seed, what)), first, onPaper);
  const sets = {
    old: pick(0, old, 'old'),
    fresh: pick(5, examples, 'new', paper),
    oldTest: examplesOf(test, placesOf(test, 0), 0),
    freshTest: examplesOf(test, placesOf(test, 5), 5, paper),
  };
  const filled =
    tf.getBackend() === 'wasm' ? fillMissingKernels('wasm', { kernels: ['Conv2DBackpropFilter'] }) : undefined;
  const methods = methodsOf(params);
  const oldSteps = baseSteps(params);
  const price = oldSteps + methods.length * steps;
  let done = 0;
  const tick = async (label: string, result?: Result) => {
    signal?.throwIfAborted();
    await onProgress?.({ done: ++done / price, label, ...(result ? { result } : {}) });
  };
  const base = buildNet('old', seed);
  const owned: { dispose(): unknown }[] = [base];
  try {
    const optimizer = tf.train.adam(BASE.rate);
    owned.push(optimizer);
    base.compile({ optimizer, loss: LOSS });
    for (const places of batchesOf(old, BASE.batch, oldSteps, (epoch) => randomKey(seed, `old/${epoch}`))) {
      await trainOn(base, sets.old.x, sets.old.y, places);
      await tick('the digits 0 to 4');
    }
    const result: Result = {
      base: await shareRight(base, sets.oldTest),
      tested: { fresh: sets.freshTest.x.shape[0], old: sets.oldTest.x.shape[0] },
      methods: [],
    };
    for (const method of methods) result.methods.push(await learn(method, base, result, { params, sets, tick, owned }));
    return result;
  } finally {
    filled?.restore();
    for (const one of owned.reverse()) one.dispose();
    tf.dispose(Object.values(sets).flatMap(({ x, y }) => [x, y]));
  }
}

interface Task {
  params: Params;
  sets: Record<'old' | 'fresh' | 'oldTest' | 'freshTest', Examples>;
  tick: (label: string, result?: Result) => Promise<void>;
  owned: { dispose(): unknown }[];
}

async function learn(method: Method, base: tf.Sequential, so: Result, { params, sets, tick, owned }: Task) {
  const { steps, rate, seed } = params;
  // A network of its own: the base as it has learned, or a new one, with a new head.
  const copy = buildNet('old', seed + 0x10000);
  owned.push(copy);
  if (method !== 'from scratch') await transferWeights(base, copy);
  const { model, shared } = replaceHead(copy, [headNamed(HEAD)]);
  owned.push(model);
  initialize(model, { [`${HEAD}/kernel`]: glorotNormal() }, { seed });
  const before = await valuesOf(model);
  const all = countOf(weightsOf(model).filter(({ trainable }) => trainable));
  const plan = await prepare(method, model, shared, params);
  let isUndone = false;
  const undo = () => {
    if (!isUndone) plan.undo?.();
    isUndone = true;
  };
  owned.push({ dispose: undo });
  const optimizer = tf.train.adam(rate);
  owned.push(optimizer);
  const run: MethodRun = {
    method,
    moments: [],
    trained: plan.trained ?? all,
    moved: movedFrom(before, before),
    old: null,
    base: changedBits(before, before),
  };

  let net: tf.LayersModel = model;
  let { x, y }: { x: tf.Tensor; y: tf.Tensor } = sets.fresh;
  let test: { x: tf.Tensor; y: tf.Tensor } = sets.freshTest;
  if (plan.cached) {
    const featuresOf = async (images: tf.Tensor4D) => {
      const cache = await cacheFeatures(model, plan.cached!, images);
      owned.push(cache);
      const { xs } = await cache.tensors();
      owned.push(xs);
      return { head: cache.head, xs };
    };
    const learned = await featuresOf(sets.fresh.x);
    net = learned.head;
    x = learned.xs;
    test = { x: (await featuresOf(sets.freshTest.x)).xs, y: test.y };
  }
  net.compile({ optimizer, loss: LOSS });
  const look = async (step: number) => {
    run.moments.push({ step, accuracy: await shareRight(net, test) });
  };
  const result = { ...so, methods: [...so.methods, run] };
  await look(0);
  const size = Math.min(BATCH, params.examples);
  const quarter = Math.ceil(steps / 4);
  let step = 0;
  for (const places of batchesOf(params.examples, size, steps, (epoch) => randomKey(seed, `new/${epoch}`))) {
    if (step % quarter === 0) await plan.quarter?.();
    await trainOn(net, x, y, places);
    step++;
    if (Math.floor((step * LOOKS) / steps) > Math.floor(((step - 1) * LOOKS) / steps)) await look(step);
    await tick(method, result);
  }
  run.moved = movedFrom(before, await valuesOf(model));
  undo();
  run.base = changedBits(before, await valuesOf(model));
  if (method !== 'from scratch') run.old = await shareRight(copy, sets.oldTest);
  return run;
}
