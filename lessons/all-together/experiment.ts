import * as tf from '@tensorflow/tfjs';
import { openCheckpoint } from '@weightkit/checkpoint';
import { checkpointOf } from '@weightkit/core';
import { through } from '@weightkit/datasets';
import type { Run } from '@weightkit/lesson';
import { packCodes } from '@weightkit/numerics';
import { checkBoolean, checkOptions, checkRange } from '@weightkit/numerics/check';
import { type Pruning, planShrink, shrink } from '@weightkit/pruning';
import { type IntegerDtype, type QuantizedTraining, trainQuantized } from '@weightkit/quantization';
import {
  accuracyOf,
  BATCH,
  buildNet,
  type Examples,
  examplesOf,
  LAYERS,
  type Net,
  netOf,
  readNet,
  trainNet,
} from '../pruning/network.ts';
import { pruneNow } from '../pruning/prune-net.ts';
import { BITS, type Bits, LEAST_BITS, MOST_BITS } from './bits.ts';
import { type Bytes, bytesOf, type PackedFile, pack, unpackAndLoad } from './files.ts';

export interface Params {
  /** What the packed files may have, in thousands of bytes. */
  budget: number;
  /** Percent of the hidden units that go. */
  units: number;
  /** Percent of the weights of the smaller network that go. */
  zeros: number;
  /** Bits of a weight. */
  bits: Bits;
  /** Images to train on. */
  images: number;
  /** Training steps before anything is taken away, and after each of the three times that something is. */
  steps: number;
  tune: number;
  /** Whether the network that keeps everything is trained for as many steps more. */
  compare: boolean;
  seed: number;
}

/** Images that no training sees, by which accuracy is measured. */
export const UNSEEN = 2000;
/** Rates of Adam at the first step of a training, of the whole network and of what is left of it; they fall to 0 along a cosine. */
const RATES = { first: 0.02, more: 0.005 };

/** Times that something is taken away: units, weights, bits. */
const PARTS = 3;

/** What is done, in its order. */
export const NAMES = ['trained', 'units pruned', 'shrunk', 'weights pruned', 'quantized'] as const;

/** The network after one of these. */
export interface Stage extends Bytes {
  name: (typeof NAMES)[number];
  /** Share of the unseen digits right, before anything is trained on, and then. The last is that of the files, unpacked. */
  before: number | null;
  accuracy: number;
}

/** Codes of one kind, all kernels together. */
export interface Codes {
  /** How often each code is there, from the least. */
  counts: number[];
  least: number;
  /** Bytes of all codes: one byte for each, as the file has them, and packed as tightly as their bits allow. */
  whole: Bytes;
  tight: Bytes;
}

export interface Result {
  stages: Stage[];
  /** Bits that were tried untrained, and bytes by gzip that they would take. */
  tried: { bits: number; gzip: number }[];
  bits: number;
  /** The files that were counted and scored. */
  files: PackedFile[];
  /** Hidden units that are left, of each layer. */
  units: number[][];
  /** The network that is left, before its weights are rounded. */
  left: Net;
  codes: Codes;
  /** Test accuracy of the network that keeps everything after as many steps more, where it was trained. */
  longer: number | null;
}

const FN = 'allTogether';

function check(params: Params): void {
  checkOptions(FN, params, ['budget', 'units', 'zeros', 'bits', 'images', 'steps', 'tune', 'compare', 'seed']);
  const whole = (name: 'units' | 'zeros' | 'images' | 'steps' | 'tune', least: number, last: number) =>
    checkRange(
      Number.isInteger(params[name]) && params[name] >= least && params[name] <= last,
      `${FN}: ${name} must be an integer in [${least}, ${last}]`,
      params[name],
    );
  checkRange(params.budget >= 1 && params.budget <= 200, `${FN}: budget must be a number in [1, 200]`, params.budget);
  whole('units', 0, 95);
  whole('zeros', 0, 95);
  checkRange(BITS.includes(params.bits), `${FN}: bits must be one of ${BITS.join(', ')}`, params.bits);
  whole('images', BATCH, 20_000);
  whole('steps', 1, 5000);
  whole('tune', 1, 5000);
  checkBoolean(FN, 'compare', params.compare);
  checkRange(Number.isSafeInteger(params.seed), `${FN}: seed must be a safe integer`, params.seed);
}

/** What the parts of a run share. */
interface Work {
  train: Examples;
  unseen: Examples;
  params: Params;
  /** Awaited before each step. */
  tick: (label: string) => Promise<void>;
  /** Tells how far the run is, with the result so far. */
  tell: (label: string) => Promise<void>;
}

/** The name of all networks: it is in their files. */
const NAME = 'digits';

/** A network of these weights, its layers as wide as they are. The caller disposes it. */
function smallNet({ kernels, biases }: Net): tf.Sequential {
  const model = tf.sequential({
    name: NAME,
    layers: kernels.map((kernel, i) =>
      tf.layers.dense({
        name: LAYERS[i]!,
        units: biases[i]!.length,
        activation: i < LAYERS.length - 1 ? 'relu' : 'softmax',
        ...(i === 0 ? { inputShape: [kernel.length / biases[i]!.length] } : {}),
      }),
    ),
  });
  tf.tidy(() =>
    model.setWeights(
      model.getWeights().map(({ shape }, i) => tf.tensor((i % 2 === 0 ? kernels : biases)[i >> 1]!, shape)),
    ),
  );
  return model;
}

/**
 * Trains for some steps, at a rate that falls to 0; zeros under masks stay. Part 0 is that of the whole network, 1 to 3 are those after
 * the cuts: each has the images in another order.
 */
async function learn(
  model: tf.LayersModel,
  { train, params, tick }: Work,
  part: number,
  label: string,
  masks?: Pruning,
): Promise<void> {
  const [steps, rate] = part === 0 ? [params.steps, RATES.first] : [params.tune, RATES.more];
  let step = 0;
  let release: (() => void) | undefined;
  await trainNet(model, train, steps, params.seed + 1000 * part, async (optimizer) => {
    // Adam reads its rate at each step.
    Object.assign(optimizer, { learningRate: (rate * (1 + Math.cos((Math.PI * step) / steps))) / 2 });
    step++;
    release ??= masks?.hold(optimizer);
    await tick(label);
  });
  release?.();
}

/** A model as a stage: its bytes and what it has right. */
async function stageOf(
  name: Stage['name'],
  model: tf.LayersModel,
  unseen: Examples,
  before: number | null,
): Promise<Stage> {
  const files = await pack(checkpointOf(model));
  return { name, before, accuracy: await accuracyOf(model, unseen), ...bytesOf(files) };
}

// #region quantize
/** The files of a model whose weights are on a grid: codes of one byte, as stock TensorFlow.js reads them. */
async function filesOf(training: QuantizedTraining): Promise<PackedFile[]> {
  const { artifacts } = await training.quantized();
  return pack(await openCheckpoint(artifacts));
}

const onGrid = (model: tf.LayersModel, bits: number): Promise<QuantizedTraining> =>
  trainQuantized(model, { grid: { dtype: `int${bits}` as IntegerDtype }, learned: true });

/** The most bits with which the packed files are within the budget, or the fewest there are. */
async function bitsFor(model: tf.LayersModel, { budget, bits }: Params): Promise<Pick<Result, 'bits' | 'tried'>> {
  const tried: Result['tried'] = [];
  const fixed = bits !== 'as many as fit';
  for (let now = fixed ? Number(bits) : MOST_BITS; ; now--) {
    const training = await onGrid(model, now);
    const { gzip } = bytesOf(await filesOf(training));
    training.restore();
    tried.push({ bits: now, gzip });
    if (fixed || gzip <= 1000 * budget || now === LEAST_BITS) return { bits: now, tried };
  }
}
// #endregion

/** What the codes of all kernels are, and what gzip makes of them with a byte for each and packed as tightly as they can be. */
async function codesOf(training: QuantizedTraining, bits: number): Promise<Codes> {
  const all = Object.values(await training.codes()).map(({ codes }) => Int8Array.from(codes));
  const least = -(2 ** (bits - 1));
  const counts = new Array<number>(2 ** bits).fill(0);
  for (const codes of all) for (const code of codes) counts[code - least]!++;
  const measure = async (parts: Uint8Array[]): Promise<Bytes> => {
    const bytes = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    return { bytes: bytes.length, gzip: (await through(bytes, new CompressionStream('gzip'))).length };
  };
  return {
    counts,
    least,
    whole: await measure(all.map((codes) => Uint8Array.from(codes, (code) => code - least))),
    tight: await measure(all.map((codes) => packCodes(codes, bits))),
  };
}

/** Something that a run owns: it gives it back in the end, in whatever state it is then. */
type Owned = (() => unknown)[];

/** Rounds the weights that are left to codes, trains on with them, writes the files, and scores what is in the files. */
async function quantizeInto(result: Result, work: Work): Promise<void> {
  const { params, unseen } = work;
  const most = 1000 * params.budget;
  const owned: Owned = [];
  try {
    const model = smallNet(result.left);
    owned.push(() => model.dispose());
    await cut(model, 'weights', params, owned);
    const chosen = await bitsFor(model, params);
    result.tried = chosen.tried;
    for (let { bits } = chosen; ; bits--) {
      const training = await onGrid(model, bits);
      const restore = () => training.restore();
      owned.push(restore);
      const before = await accuracyOf(model, unseen);
      await learn(model, work, PARTS, `training with ${bits} bits`);
      const files = await filesOf(training);
      const sizes = bytesOf(files);
      // Training moves codes, and other codes may take more room.
      if (params.bits === 'as many as fit' && sizes.gzip > most && bits > LEAST_BITS) {
        owned.pop()!();
        continue;
      }
      const codes = await codesOf(training, bits);
      const loaded = await unpackAndLoad(files);
      owned.push(() => loaded.dispose());
      const accuracy = await accuracyOf(loaded, unseen);
      Object.assign(result, { bits, files, codes });
      result.stages.push({ name: 'quantized', before, accuracy, ...sizes });
      return;
    }
  } finally {
    for (const dispose of owned.reverse()) dispose();
  }
}

/**
 * Masks the smallest weights of the whole network, or the hidden units of each layer with the smallest kernels. Weights that are 0
 * already are the smallest there are: the same share again masks the same.
 */
async function cut(
  model: tf.LayersModel,
  what: 'units' | 'weights',
  { units, zeros, seed }: Params,
  owned: Owned,
): Promise<Pruning> {
  const choice = { what, by: 'smallest first', tune: 0, seed } as const;
  const pruning = await pruneNow(
    model,
    what === 'units'
      ? { ...choice, scope: 'each layer', sparsity: units }
      : { ...choice, scope: 'the whole network', sparsity: zeros },
  );
  owned.push(() => pruning.dispose());
  return pruning;
}

// #region shrink
/** Takes out the units that are 0, and says which are left; nothing where all are. */
async function takeOut(model: tf.LayersModel, result: Result): Promise<tf.LayersModel | undefined> {
  const { layers, before, after } = await planShrink(model);
  result.units = layers.slice(0, -1).map(({ units, removed }) => {
    const gone = new Set(removed);
    return Array.from({ length: units }, (_, unit) => unit).filter((unit) => !gone.has(unit));
  });
  return after.units < before.units ? (await shrink(model)).model : undefined;
}
// #endregion

/** Prunes a trained network, takes units out, and prunes the weights of what is left. */
async function cutInto(result: Result, whole: tf.LayersModel, work: Work): Promise<void> {
  const { params, unseen } = work;
  const owned: Owned = [];
  const trainOn = async (name: Stage['name'], part: number, model: tf.LayersModel, masks: Pruning) => {
    const before = await accuracyOf(model, unseen);
    await learn(model, work, part, `training on, ${name}`, masks);
    result.stages.push(await stageOf(name, model, unseen, before));
    await work.tell(name);
  };
  try {
    const units = await cut(whole, 'units', params, owned);
    await trainOn('units pruned', 1, whole, units);
    units.fold();
    const taken = await takeOut(whole, result);
    if (taken) owned.push(() => taken.dispose());
    const small = taken ?? whole;
    small.name = NAME;
    result.stages.push(await stageOf('shrunk', small, unseen, null));
    await work.tell('shrunk');
    await trainOn('weights pruned', 2, small, await cut(small, 'weights', params, owned));
    result.left = await readNet(small);
  } finally {
    for (const dispose of owned.reverse()) dispose();
  }
}

/** What the network that keeps everything has right after as many steps more. */
async function longerOf(net: Net, work: Work): Promise<number> {
  const model = netOf(net);
  try {
    for (let part = 1; part <= PARTS; part++) await learn(model, work, part, 'training the whole network on');
    return await accuracyOf(model, work.unseen);
  } finally {
    model.dispose();
  }
}

/** The digits of a run as tensors, for as long as `use` takes. */
async function withDigits(
  result: Result,
  params: Params,
  steps: number,
  { data, onProgress, signal }: Run<Result>,
  use: (work: Work) => Promise<void>,
): Promise<Result> {
  const { train: seen, test } = await data.digits({ train: params.images, test: UNSEEN });
  const [train, unseen] = [examplesOf(seen), examplesOf(test)];
  let done = 0;
  const tell = async (label: string) => {
    signal?.throwIfAborted();
    const so = result.stages.length > 0 ? { result: { ...result, stages: [...result.stages] } } : {};
    await onProgress?.({ done: Math.min(1, done / steps), label, ...so });
  };
  const tick = (label: string) => {
    done++;
    return tell(label);
  };
  try {
    await use({ train, unseen, params, tick, tell });
    return result;
  } finally {
    for (const { x, labels } of [train, unseen]) tf.dispose([x, labels]);
  }
}

/** Another budget, or other bits, for what is left of a network: it is quantized anew. */
export function quantizeAgain(result: Result, params: Params, run: Run<Result>): Promise<Result> {
  check(params);
  const again = { ...result, stages: result.stages.slice(0, -1) };
  return withDigits(again, params, params.tune, run, (work) => quantizeInto(again, work));
}

/**
 * Trains a network on digits and makes it small enough for a budget of bytes: prunes units and takes them out, prunes weights, quantizes,
 * trains on after each; writes it in the files of TensorFlow.js, packs them by gzip, and measures what stock TensorFlow.js makes of them.
 *
 * @param params - the budget, and what is to go
 * @param run - the digits, progress with the result so far, and a way to stop
 */
export async function allTogether(params: Params, run: Run<Result>): Promise<Result> {
  check(params);
  const { steps, tune, compare, seed } = params;
  const result: Result = {
    stages: [],
    tried: [],
    bits: 0,
    files: [],
    units: [],
    left: { kernels: [], biases: [] },
    codes: { counts: [], least: 0, whole: { bytes: 0, gzip: 0 }, tight: { bytes: 0, gzip: 0 } },
    longer: null,
  };
  const all = steps + tune * (compare ? 2 * PARTS : PARTS);
  return withDigits(result, params, all, run, async (work) => {
    const model = buildNet(seed);
    model.name = NAME;
    try {
      await learn(model, work, 0, 'training the whole network');
      result.stages.push(await stageOf('trained', model, work.unseen, null));
      await work.tell('trained');
      if (compare) result.longer = await longerOf(await readNet(model), work);
      await cutInto(result, model, work);
    } finally {
      model.dispose();
    }
    await quantizeInto(result, work);
  });
}
