import * as tf from '@tensorflow/tfjs';
import type { Run } from '@weightkit/lesson';
import { checkBoolean, checkOptions, checkRange } from '@weightkit/numerics/check';
import { planShrink, shrink } from '@weightkit/pruning';
import { type FileSizes, fileSizesOf, timesOf } from './files.ts';
import {
  accuracyOf,
  BATCH,
  buildNet,
  type Examples,
  examplesOf,
  type Net,
  netOf,
  readNet,
  trainNet,
} from './network.ts';
import {
  type Choice,
  type Pruned,
  pruneGradually,
  pruneNet,
  pruneNow,
  RULES,
  SCOPES,
  WHATS,
  type Work,
} from './prune-net.ts';
import { drawTickets, ROUNDS, type Ticket } from './tickets.ts';

export interface Params extends Choice {
  /** Whether the dense network is trained on as well, and one is pruned little by little. */
  compare: boolean;
  /** Whether predictions are timed. */
  timed: boolean;
  /** Whether lottery tickets are drawn as well. */
  tickets: boolean;
  /** Images to train on. */
  images: number;
  /** Training steps before pruning. */
  steps: number;
}

/** Images that no training sees, by which accuracy is measured. */
export const UNSEEN = 2000;
/** Shares of zeros at which the trained network is looked at, in percent. */
export const SHARES = [0, 20, 30, 40, 50, 60, 70, 80, 85, 90, 95, 98] as const;

/** Test accuracy at each of the shares, when nothing is trained after pruning. */
export interface Curve {
  network: number[];
  layer: number[];
  random: number[];
}

/** The networks that are compared. */
const NAMES = ['dense', 'with zeros', 'units taken out'] as const;

/** One of the networks that are compared. */
export interface Saved extends FileSizes {
  name: (typeof NAMES)[number];
  /** Test accuracy: trained on, where it was. */
  accuracy: number;
  /** Milliseconds of a prediction, where it was timed. */
  ms: number | null;
}

/** The network whose units are pruned and taken out. */
export interface Smaller {
  /** Hidden units that are left of each layer. */
  units: number[];
  /** The share of unseen digits that it calls what the network with zeros calls them, and the largest difference of a probability. */
  same: number;
  largest: number;
}

export interface Result {
  /** The trained network. */
  net: Net;
  /** Its test accuracy; and that after as many steps more as the pruned network trains on, where it was compared. */
  dense: number;
  longer: number | null;
  curve: Curve;
  pruned: Pruned;
  saved: Saved[];
  smaller: Smaller;
  tickets: Ticket[];
}

const FN = 'pruning';

function check(params: Params): void {
  const names = ['sparsity', 'what', 'by', 'scope', 'tune', 'compare', 'timed', 'tickets', 'images', 'steps', 'seed'];
  checkOptions(FN, params, names);
  const whole = (name: 'sparsity' | 'tune' | 'images' | 'steps', least: number, last: number) =>
    checkRange(
      Number.isInteger(params[name]) && params[name] >= least && params[name] <= last,
      `${FN}: ${name} must be an integer in [${least}, ${last}]`,
      params[name],
    );
  whole('sparsity', 0, 99);
  whole('tune', 0, 2000);
  whole('images', BATCH, 20_000);
  whole('steps', 1, 5000);
  const one = (name: 'what' | 'by' | 'scope', of: readonly string[]) =>
    checkRange(of.includes(params[name]), `${FN}: ${name} must be one of ${of.join(', ')}`, params[name]);
  one('what', WHATS);
  one('by', RULES);
  one('scope', SCOPES);
  checkBoolean(FN, 'compare', params.compare);
  checkBoolean(FN, 'timed', params.timed);
  checkBoolean(FN, 'tickets', params.tickets);
  checkRange(Number.isSafeInteger(params.seed), `${FN}: seed must be a safe integer`, params.seed);
}

/** The accuracy of the trained network at each share of zeros, by three rules. */
async function curveOf(net: Net, seed: number, unseen: Examples): Promise<Curve> {
  const along = async (by: Choice['by'], scope: Choice['scope']): Promise<number[]> => {
    const model = netOf(net);
    try {
      const pruning = await pruneNow(model, { sparsity: 0, what: 'weights', by, scope, tune: 0, seed });
      const accuracies: number[] = [];
      for (const share of SHARES) {
        await pruning.update({ sparsity: share / 100 });
        accuracies.push(await accuracyOf(model, unseen));
      }
      pruning.dispose();
      return accuracies;
    } finally {
      model.dispose();
    }
  };
  return {
    network: await along('smallest first', 'the whole network'),
    layer: await along('smallest first', 'each layer'),
    random: await along('at random', 'the whole network'),
  };
}

// #region shrink
/** The network without the units that are 0 everywhere, or nothing where all have to stay. The caller disposes it. */
async function takenOut(model: tf.LayersModel): Promise<tf.LayersModel | undefined> {
  const { before, after } = await planShrink(model);
  if (after.units === before.units) return undefined;
  const { model: small } = await shrink(model);
  return small;
}
// #endregion

/** How far two networks are apart on the unseen digits. */
async function apart(a: tf.LayersModel, b: tf.LayersModel, { x, count }: Examples): Promise<Omit<Smaller, 'units'>> {
  const [same, largest] = tf.tidy(() => {
    const [one, other] = [a, b].map((model) => model.predict(x, { batchSize: count }) as tf.Tensor);
    const alike = tf.equal(tf.argMax(one!, 1), tf.argMax(other!, 1));
    return [tf.mean(tf.cast(alike, 'float32')), tf.max(tf.abs(tf.sub(one!, other!)))];
  });
  const [[share], [most]] = await Promise.all([same!.data(), largest!.data()]);
  tf.dispose([same, largest]);
  return { same: share!, largest: most! };
}

/** What the choice makes of the trained network: accuracies, files and times; trained on if `tunes`. */
async function prunedOf(
  { net, dense }: Pick<Result, 'net' | 'dense'>,
  params: Params,
  work: Work,
  tunes: boolean,
): Promise<Pick<Result, 'pruned' | 'saved' | 'smaller'>> {
  const owned: { dispose(): unknown }[] = [];
  const make = async (choice: Choice) => {
    const made = await pruneNet(net, choice, work, tunes);
    owned.push(made.model, made.pruning);
    return made;
  };
  const { sparsity, what, by, scope, tune, seed } = params;
  const choice: Choice = { sparsity, what, by, scope, tune, seed };
  try {
    const whole = netOf(net);
    owned.push(whole);
    const zeros = await make(choice);
    const units = what === 'units' ? zeros : await make({ ...choice, what: 'units', scope: 'each layer' });
    const taken = await takenOut(units.model);
    if (taken) owned.push(taken);
    const small = taken ?? units.model;
    const difference = await apart(units.model, small, work.unseen);
    const gradual = tunes && params.compare ? await pruneGradually(net, choice, work) : null;
    const models = [whole, zeros.model, small];
    // Zeros are written into the weights, so that no mask takes time.
    for (const { pruning } of new Set([zeros, units])) pruning.fold();
    const ms = params.timed ? await timesOf(models, work.unseen) : models.map(() => null);
    const accuracies = [dense, ...[zeros, units].map(({ pruned }) => pruned.tuned ?? pruned.atOnce)];
    const saved: Saved[] = [];
    for (const [i, name] of NAMES.entries())
      saved.push({ name, accuracy: accuracies[i]!, ms: ms[i]!, ...(await fileSizesOf(models[i]!)) });
    const left = small.layers.slice(0, 2).map(({ outputShape }) => outputShape[1] as number);
    return { pruned: { ...zeros.pruned, gradual }, saved, smaller: { units: left, ...difference } };
  } finally {
    for (const one of owned.reverse()) one.dispose();
  }
}

/** The dense network, trained for as many steps more. */
async function longerOf(net: Net, { tune, seed }: Params, { train, unseen, tick }: Work): Promise<number> {
  const model = netOf(net);
  try {
    await trainNet(model, train, tune, seed + 1, () => tick('training the dense network on'));
    return await accuracyOf(model, unseen);
  } finally {
    model.dispose();
  }
}

/** The digits of a run, as tensors, for as long as `use` takes. */
async function withDigits<T>(
  params: Params,
  { data, onProgress, signal }: Run<Result>,
  use: (work: Work, shows: (result: Result | undefined) => void) => Promise<T>,
): Promise<T> {
  const { images, steps, tune, what, compare, tickets } = params;
  const { train: seen, test } = await data.digits({ train: images, test: UNSEEN });
  const [train, unseen] = [examplesOf(seen), examplesOf(test)];
  const all = steps * (tickets ? 2 + 3 * ROUNDS : 1) + tune * ((what === 'units' ? 1 : 2) + (compare ? 2 : 0));
  let done = 0;
  let result: Result | undefined;
  const tick = async (label: string) => {
    signal?.throwIfAborted();
    await onProgress?.({ done: Math.min(1, done++ / all), label, ...(result && { result }) });
  };
  try {
    return await use({ train, unseen, tick }, (now) => {
      result = now;
    });
  } finally {
    for (const { x, labels } of [train, unseen]) tf.dispose([x, labels]);
  }
}

/** Another choice for a trained network, at once: nothing is trained. */
export function pruneAgain(result: Result, params: Params, run: Run<Result>): Promise<Result> {
  check(params);
  return withDigits(params, run, async (work) => ({ ...result, ...(await prunedOf(result, params, work, false)) }));
}

/**
 * Trains a network on digits, prunes it, trains it on, and measures what that does to its accuracy, its file and its time.
 *
 * @param params - training, and what is pruned by what rule
 * @param run - the digits, progress with the result so far, and a way to stop
 */
export async function pruning(params: Params, run: Run<Result>): Promise<Result> {
  check(params);
  const { steps, seed, tickets } = params;
  return withDigits(params, run, async (work, shows) => {
    const { train, unseen, tick } = work;
    const model = buildNet(seed);
    let net: Net;
    let dense: number;
    try {
      await trainNet(model, train, steps, seed, () => tick('training the dense network'));
      net = await readNet(model);
      dense = await accuracyOf(model, unseen);
    } finally {
      model.dispose();
    }
    const curve = await curveOf(net, seed, unseen);
    const longer = params.compare ? await longerOf(net, params, work) : null;
    const result: Result = {
      net,
      dense,
      longer,
      curve,
      ...(await prunedOf({ net, dense }, params, work, true)),
      tickets: [],
    };
    shows(result);
    await tick('done');
    if (!tickets) return result;
    const drawn = await drawTickets({ steps, seed }, work, (so) => shows({ ...result, tickets: so }));
    return { ...result, tickets: drawn };
  });
}
