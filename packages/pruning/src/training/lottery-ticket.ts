import * as tf from '@tensorflow/tfjs-core';
import { type LayerLike, type Weight, type WeightFilter, weightsOf } from '@weightkit/core';
import { fillUniform, largestMask, randomKey } from '@weightkit/numerics';
import {
  checkFunction,
  checkInteger,
  checkNumber,
  checkOptions,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { denseSelection } from '../masks/dense-selection.ts';
import type { MaskedWeight } from '../masks/masked-weight.ts';
import type { MasksJSON } from '../masks/masks-json.ts';
import { type Plan, planOf } from '../masks/plan.ts';
import { installMasks } from '../masks/pruning.ts';
import type { Score } from '../scores/score.ts';
import { checkPlain } from './check-plain.ts';

/**
 * What a ticket is compared with, at the same sparsity of each layer:
 *
 * - `'reinitialized'`: the ticket's masks with new random weights. A ticket that is no better owes nothing to its weights.
 * - `'randomMask'`: the ticket's weights under masks of the same counts at random. A ticket that is no better owes nothing to its masks.
 * - `'shuffled'`: the ticket's masks, and the weights that they keep exchanged at random within each layer. A ticket that is no better
 *   owes nothing but the distribution of its weights.
 */
export type LotteryControl = 'reinitialized' | 'randomMask' | 'shuffled';

const CONTROLS: readonly LotteryControl[] = ['reinitialized', 'randomMask', 'shuffled'];

/** What a training of the lottery is told. */
export interface LotteryTraining {
  /** 0 for the dense model, then how often it was pruned. */
  round: number;
  /** The fraction of zeros over all weights under masks. */
  sparsity: number;
  /** Which control it is; null for the ticket, and for the dense model. */
  control: LotteryControl | null;
}

/** Options of {@link lotteryTicket}. */
export interface LotteryOptions<T> {
  /**
   * Trains the model from where it stands and says how well it did. Compile it there, so that every training begins with a new optimizer.
   */
  train: (model: LayerLike, training: LotteryTraining) => T | Promise<T>;
  /** How often the model is pruned: an integer, 0 or more. Round 0 is the dense model. */
  rounds: number;
  /**
   * The share of the entries that are left which each round prunes: a number in (0, 1).
   * @defaultValue 0.2
   */
  fraction?: number;
  /**
   * Trains the model for the first k steps: tickets are rewound to there (Frankle et al. 2019), as large models need.
   * @defaultValue tickets are rewound to the weights that the model has
   */
  warmUp?: (model: LayerLike) => void | Promise<void>;
  /**
   * Controls that are trained in each round from 1 on.
   * @defaultValue none
   */
  controls?: readonly LotteryControl[];
  /**
   * Gives the model new random weights, others in each round; as `initialize` of `@weightkit/initializers` does. Needed for
   * `'reinitialized'`, and for that alone.
   */
  reinitialize?: (model: LayerLike, round: number) => void | Promise<void>;
  /** What `'randomMask'` and `'shuffled'` come from: a safe integer. Needed for these. */
  seed?: number;
  /**
   * `'global'`: one threshold over all weights. `'layer'`: each weight by itself.
   * @defaultValue 'global'
   */
  scope?: 'global' | 'layer';
  /**
   * Which weights are pruned.
   * @defaultValue `isKernel`: kernels, recurrent kernels and embeddings
   */
  filter?: WeightFilter;
  /**
   * What trained weights are kept by.
   * @defaultValue {@link magnitude}
   */
  score?: Score;
}

/** A round of the lottery. */
export interface LotteryRound<T> {
  /** 0 for the dense model, then how often it was pruned. */
  round: number;
  /** The fraction of zeros over all weights under masks. */
  sparsity: number;
  /** The masks; with the weights of the rewinding point they are the ticket: `applyMasks`, then train. */
  masks: MasksJSON;
  /** What `train` returned for the ticket. */
  result: T;
  /** What it returned for each control. */
  controls: Partial<Record<LotteryControl, T>>;
}

const fn = 'lotteryTicket';

interface Checked<T> extends LotteryOptions<T> {
  fraction: number;
  controls: readonly LotteryControl[];
}

function checkLottery<T>(options: LotteryOptions<T>): Checked<T> {
  checkOptions(fn, options, [
    'train',
    'rounds',
    'fraction',
    'warmUp',
    'controls',
    'reinitialize',
    'seed',
    'scope',
    'filter',
    'score',
  ]);
  const { train, rounds, fraction = 0.2, warmUp, controls = [], reinitialize, seed, scope = 'global' } = options ?? {};
  checkFunction(fn, 'train', train);
  checkInteger(fn, 'rounds', rounds, 0);
  checkNumber(`${fn}: fraction must be in (0, 1)`, fraction, (f) => f > 0 && f < 1);
  if (warmUp !== undefined) checkFunction(fn, 'warmUp', warmUp);
  checkType(Array.isArray(controls), `${fn}: controls must be a list`, controls);
  for (const control of controls)
    checkRange(CONTROLS.includes(control), `${fn}: controls must be of ${CONTROLS.join(', ')}`, control);
  checkRange(new Set(controls).size === controls.length, `${fn}: controls must be named once`, controls);
  if (reinitialize !== undefined) checkFunction(fn, 'reinitialize', reinitialize);
  checkType(
    reinitialize !== undefined || !controls.includes('reinitialized'),
    `${fn}: reinitialize must be a function where a control is 'reinitialized'`,
    reinitialize,
  );
  const seeded = controls.some((control) => control !== 'reinitialized');
  if (seeded || seed !== undefined) checkRange(Number.isSafeInteger(seed), `${fn}: seed must be a safe integer`, seed);
  checkRange(scope === 'global' || scope === 'layer', `${fn}: scope must be 'global' or 'layer'`, scope);
  return { ...options, fraction, scope, controls };
}

/** The weights of the rewinding point. */
interface Rewinding {
  /** Gives all weights the values that they had. */
  rewind(): void;
  /** The values of one. Borrowed. */
  of(weight: Weight): tf.Tensor;
  dispose(): void;
}

function rewinding(model: LayerLike): Rewinding {
  const kept = weightsOf(model, ({ variable }) => variable !== null, fn).map(({ variable }) => ({
    variable: variable!,
    value: tf.keep(tf.clone(variable!)),
  }));
  return {
    rewind() {
      for (const { variable, value } of kept) tf.tidy(() => variable.assign(tf.clone(value)));
    },
    of: (weight) => kept.find(({ variable }) => variable === weight.variable)!.value,
    dispose: () => tf.dispose(kept.map(({ value }) => value)),
  };
}

const uniform = (seed: number, what: string, size: number): Float32Array =>
  fillUniform(new Float32Array(size), randomKey(seed, what));

/** As many ones, elsewhere. */
function randomBits({ weight, bits, zeros }: MaskedWeight, seed: number, round: number): Uint8Array {
  const scores = uniform(seed, `${weight.stablePath} mask of round ${round}`, bits.length);
  return largestMask(scores, bits.length - zeros);
}

/** The values under ones in another order, the others where they are. */
function shuffled(values: Float32Array, { weight, bits }: MaskedWeight, seed: number, round: number): Float32Array {
  const scores = uniform(seed, `${weight.stablePath} order of round ${round}`, bits.length);
  const places = Array.from(bits.keys()).filter((i) => bits[i] === 1);
  const order = [...places].sort((i, j) => scores[i]! - scores[j]! || i - j);
  const result = values.slice();
  for (const [k, place] of places.entries()) result[place] = values[order[k]!]!;
  return result;
}

async function shuffle(entries: readonly MaskedWeight[], start: Rewinding, seed: number, round: number): Promise<void> {
  for (const entry of entries) {
    const values = (await start.of(entry.weight).data()) as Float32Array;
    const other = tf.tensor(shuffled(values, entry, seed, round), [...entry.weight.shape]);
    entry.parametrization.raw.assign(other);
    other.dispose();
  }
}

/**
 * The lottery ticket hypothesis, round by round: trains the dense model, prunes the smallest of the trained weights, sets what is left
 * back to where it began, trains it, prunes on. A ticket that trains as well as the dense model, and better than its controls, has won.
 * After r rounds the sparsity is 1 - (1 - fraction)^r, counts rounded half to even.
 *
 * While the loop stands in a round, the model is the trained ticket of that round with its masks in place. When it ends, by itself, by
 * `break` or by an error, the masks are gone and the weights are those of the rewinding point.
 *
 * Frankle and Carbin 2019, https://arxiv.org/abs/1803.03635; rewinding: Frankle, Dziugaite, Roy and Carbin 2020,
 * https://arxiv.org/abs/1912.05671; controls: Frankle, Dziugaite, Roy and Carbin 2021, https://arxiv.org/abs/2009.08576
 *
 * @example
 * const train = async (net) => {
 *   net.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
 *   const { history } = await net.fit(x, y, { epochs: 2 });
 *   return history.loss.at(-1);
 * };
 * const rounds = lotteryTicket(model, { train, rounds: 2, fraction: 0.5, controls: ['randomMask'], seed: 1 });
 * for await (const { sparsity } of rounds) console.log(sparsity.toFixed(1)); // -> 0.0
 * // -> 0.5
 * // -> 0.8
 *
 * @param model - a built LayersModel or layer without parametrizations
 * @param options - how it is trained, how often and how much is pruned, and what with the tickets are compared
 * @returns the rounds, made as they are asked for
 * @throws TypeError and RangeError for bad options at once; what `train` and the other functions throw, and what
 * {@link Pruning} throws of weights that are not finite, in the loop
 */
export function lotteryTicket<T>(
  model: LayerLike,
  options: LotteryOptions<T>,
): AsyncGenerator<LotteryRound<T>, void, undefined> {
  const checked = checkLottery(options);
  const { scope, filter, score } = checked;
  const rule = { scope: scope!, ...(filter !== undefined && { filter }), ...(score !== undefined && { score }) };
  const plan = planOf(fn, model, rule);
  checkPlain(fn, model);
  return play(model, plan, checked);
}

async function* play<T>(
  model: LayerLike,
  plan: Plan,
  { train, rounds, fraction, warmUp, controls, reinitialize, seed = 0 }: Checked<T>,
): AsyncGenerator<LotteryRound<T>, void, undefined> {
  await warmUp?.(model);
  const start = rewinding(model);
  const { entries, pruning } = installMasks(fn, plan, denseSelection(plan));
  const control = async (kind: LotteryControl, round: number): Promise<T> => {
    const ticket = entries.map(({ bits }) => bits);
    start.rewind();
    if (kind === 'reinitialized') await reinitialize!(model, round);
    else if (kind === 'shuffled') await shuffle(entries, start, seed, round);
    else for (const entry of entries) entry.set(randomBits(entry, seed, round));
    try {
      return await train(model, { round, sparsity: pruning.sparsity, control: kind });
    } finally {
      for (const [i, entry] of entries.entries()) entry.set(ticket[i]!);
    }
  };
  try {
    for (let round = 0; round <= rounds; round++) {
      if (round > 0) await pruning.update({ sparsity: 1 - (1 - fraction) ** round });
      const masks = pruning.toJSON();
      const { sparsity } = pruning;
      const compared: Partial<Record<LotteryControl, T>> = {};
      if (round > 0) for (const kind of controls) compared[kind] = await control(kind, round);
      start.rewind();
      const result = await train(model, { round, sparsity, control: null });
      yield { round, sparsity, masks, result, controls: compared };
    }
  } finally {
    pruning.dispose();
    start.rewind();
    start.dispose();
  }
}
