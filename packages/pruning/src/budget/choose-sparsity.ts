import type * as tf from '@tensorflow/tfjs-core';
import { checkListening } from '@weightkit/checkpoint';
import { checkModel, checkModelAndBatch, type ModelLike } from '@weightkit/core';
import { roundHalfEven } from '@weightkit/numerics';
import {
  checkFunction,
  checkNumber,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { COSTS, type CostName, costOf } from './costs.ts';
import { fillUp } from './fill-up.ts';
import {
  type Evaluate,
  evaluated,
  LAYER_RULE_NAMES,
  type LayerRule,
  layersToPrune,
  type PrunableLayer,
  patternsOf,
  ruleOf,
  underMasks,
} from './layer-choices.ts';
import { type Choice, paretoFront } from './pareto-front.ts';
import { firstPossible, meetCost, meetValue, sparsitiesAt } from './search-front.ts';
import type { LayerSensitivity, Sensitivity, SensitivityPoint } from './sensitivity.ts';

/** What may be spent: exactly one of the four. */
export type SparsityBudget =
  | {
      /** The most bytes that the saved files may have, each compressed by gzip: model.json and the weights. */
      gzip: number;
      /** Not beside `gzip`. */
      bytes?: never;
      /** Not beside `gzip`. */
      milliseconds?: never;
      /** Not beside `gzip`. */
      drop?: never;
    }
  | {
      /** The most bytes that the saved files may have after `shrink`. For structure `'unit'`. */
      bytes: number;
      /** Not beside `bytes`. */
      gzip?: never;
      /** Not beside `bytes`. */
      milliseconds?: never;
      /** Not beside `bytes`. */
      drop?: never;
    }
  | {
      /** The longest that a prediction of `x` may take after `shrink`, by the clock, here and now. For structure `'unit'`. */
      milliseconds: number;
      /** Not beside `milliseconds`. */
      gzip?: never;
      /** Not beside `milliseconds`. */
      bytes?: never;
      /** Not beside `milliseconds`. */
      drop?: never;
    }
  | {
      /** By how much `evaluate` may fall below what it says of the model as it is: 0 or more. Then the least of `cost` is looked for. */
      drop: number;
      /** Not beside `drop`. */
      gzip?: never;
      /** Not beside `drop`. */
      bytes?: never;
      /** Not beside `drop`. */
      milliseconds?: never;
    };

/** Options of {@link chooseSparsity}: the budget, and the rule that the sensitivity was found by. */
export type ChooseSparsityOptions<M extends ModelLike = ModelLike> = SparsityBudget &
  LayerRule & {
    /**
     * How good the model is, as for `sensitivity`. A budget of quality needs it; with others it is called once, for the result.
     * @defaultValue none
     */
    evaluate?: Evaluate<M>;
    /**
     * What is to be saved within a `drop`.
     * @defaultValue what the budget is of, and `'gzip'` with `drop`
     */
    cost?: CostName;
    /** Inputs whose prediction is timed, for milliseconds: a tensor, or one for each input of the model. Borrowed. @defaultValue none */
    x?: tf.Tensor | tf.Tensor[];
    /** Called after each measurement; a promise is waited for. @defaultValue nothing */
    onProgress?: (progress: ChooseSparsityProgress) => void | Promise<void>;
    /** Stops between measurements; the model is left as it was. @defaultValue none */
    signal?: AbortSignal;
  };

/** How far {@link chooseSparsity} is. */
export interface ChooseSparsityProgress {
  /** What was measured: the model with one layer pruned, or with settings for all. */
  measured: 'layer' | 'model';
  /** How many measurements are done. */
  done: number;
}

/** Settings, and what they are expected to give. */
export interface ParetoPoint {
  /** Sparsities by path, as `prune` takes them. */
  sparsity: Record<string, number>;
  /** The model's cost less what the layers save one by one. */
  cost: number;
  /** The sum of the layers' drops. */
  drop: number;
}

/** Settings that keep to a budget, measured. */
export interface SparsityChoice {
  /** Sparsities by path, as `prune` takes them. */
  sparsity: Record<string, number>;
  /** What `cost` is in. */
  costIn: CostName;
  /** What was measured with these settings: bytes or milliseconds. */
  cost: number;
  /** What `evaluate` said of the model with these settings; null where it was not given. */
  value: number | null;
  /** How much less that is than the sensitivity's baseline; null where it was not given. */
  drop: number | null;
  /** The settings that no others beat in both cost and drop, as far as layers tell: by rising cost and falling drop. */
  curve: ParetoPoint[];
}

const fn = 'chooseSparsity';
/** Settings between two sparsities that were tried. */
const STEPS = 4;

const BUDGETS = [...COSTS, 'drop'] as const;

/** The budget: what is counted, how much of it there may be, and whether that is of quality. */
interface Checked {
  costIn: CostName;
  most: number;
  ofQuality: boolean;
}

function checkBudget(options: ChooseSparsityOptions): Checked {
  const given = BUDGETS.filter((name) => options[name] !== undefined);
  checkType(given.length === 1, `${fn}: budget must be exactly one of ${BUDGETS.join(', ')}`, given);
  const name = given[0]!;
  const { evaluate, cost, structure, x } = options;
  const most: unknown = options[name];
  const ofQuality = name === 'drop';
  if (ofQuality) checkNumber(`${fn}: drop must be a number, 0 or more`, most, (n) => Number.isFinite(n) && n >= 0);
  else checkNumber(`${fn}: ${name} must be a number above 0`, most, (n) => Number.isFinite(n) && n > 0);
  if (evaluate !== undefined) checkFunction(fn, 'evaluate', evaluate);
  else checkType(!ofQuality, `${fn}: evaluate must be given with a budget of quality`, evaluate);
  if (cost !== undefined) checkRange(COSTS.includes(cost), `${fn}: cost must be one of ${COSTS.join(', ')}`, cost);
  checkRange(
    ofQuality || cost === undefined || cost === name,
    `${fn}: cost must be what the budget is of, ${name}`,
    cost,
  );
  const costIn = ofQuality ? (cost ?? 'gzip') : name;
  if (costIn !== 'gzip')
    checkRange(
      structure === 'unit',
      `${fn}: structure must be 'unit' for ${costIn}, of a model that is shrunk (zeros alone save none)`,
      structure ?? 'entry',
    );
  if (costIn === 'milliseconds') checkType(x !== undefined, `${fn}: x must be given for milliseconds`, x);
  else checkType(x === undefined, `${fn}: x must be left out unless milliseconds count`, x);
  return { costIn, most: most as number, ofQuality };
}

const isPoint = (point: unknown): point is SensitivityPoint => {
  const { sparsity, drop } = Object(point) as Partial<SensitivityPoint>;
  return typeof sparsity === 'number' && sparsity >= 0 && sparsity < 1 && Number.isFinite(drop);
};

const named = ({ name, groups }: Pick<PrunableLayer, 'name' | 'groups'>): string => `${name} (${groups})`;

/** Throws unless it is what `sensitivity` returned for these layers. */
function checkSensitivity(given: unknown, layers: readonly PrunableLayer[]): asserts given is Sensitivity {
  const rule = `${fn}: sensitivity must be what sensitivity returned`;
  checkPlainObject(rule, given);
  const { baseline, layers: found } = given as Partial<Sensitivity>;
  checkType(Number.isFinite(baseline) && Array.isArray(found), rule, given);
  for (const one of found)
    checkType(Array.isArray(one?.points) && one.points.length > 0 && one.points.every(isPoint), rule, one);
  // Entries of a weight and blocks of it have one name.
  const isSame = ({ name, groups }: PrunableLayer, i: number): boolean =>
    found[i]!.name === name && found[i]!.groups === groups;
  const same = found.length === layers.length && layers.every(isSame);
  checkRange(
    same,
    `${fn}: sensitivity must be of this model and rule, of ${layers.map(named).join(', ')}`,
    found.map(named),
  );
}

/** A setting of a layer: what it loses, and what it costs less than none, as a number below 0. */
interface Setting extends Choice {
  sparsity: number;
}

/** Waits for a measurement and says that it is done. */
type Step = <T>(measured: ChooseSparsityProgress['measured'], value: Promise<T>) => Promise<T>;

/** Settings between those that were measured, on straight lines. */
const between = (known: readonly Setting[]): Setting[] =>
  known.flatMap((to, i) => {
    if (i === 0) return [to];
    const from = known[i - 1]!;
    const at = (a: number, b: number, share: number): number => a + (b - a) * share;
    return Array.from({ length: STEPS }, (_, k) => ({
      sparsity: at(from.sparsity, to.sparsity, (k + 1) / STEPS),
      loss: at(from.loss, to.loss, (k + 1) / STEPS),
      cost: at(from.cost, to.cost, (k + 1) / STEPS),
    }));
  });

/** The settings of a layer; more sparsity is never taken to lose less, or to cost more. */
async function settingsOf(
  { points }: LayerSensitivity,
  measure: (sparsity: number) => Promise<number>,
): Promise<Setting[]> {
  const known: Setting[] = [{ sparsity: 0, loss: 0, cost: 0 }];
  const whole = await measure(0);
  for (const { sparsity, drop } of points) {
    const last = known[known.length - 1]!;
    if (sparsity <= last.sparsity) continue;
    const measured = await measure(sparsity);
    if (Number.isNaN(measured)) break;
    const cost = Math.min(last.cost, measured - whole);
    known.push({ sparsity, loss: Math.max(last.loss, drop), cost });
  }
  return between(known);
}

/**
 * Chooses how much of each layer to prune, for a budget of bytes, of time or of quality. Layers that cost much and matter little
 * lose more: of all combinations of sparsities those that no other beats in cost and drop together make the curve, and the budget is
 * met on it by what is measured of the model, pruned, shrunk, saved, compressed or timed, not by the sums. With `{ gzip }` the saved
 * files have at most so many bytes, and at least 98 % of them unless the model is smaller as it is; `{ bytes }` comes as near to that
 * as the units that are given back to layers let it, `{ milliseconds }` as the clock does. With `{ drop }` the measured drop is at most
 * this. Settings that would leave a layer no unit are neither tried nor on the curve.
 *
 * The drops of layers are added up. Layers that make up for each other, or for a loss that all have, make the true drop another
 * one: that is why the result is measured. The sensitivity is of pruning without training; what training after it mends, it
 * cannot know.
 *
 * @example
 * const evaluate = (m) => -m.evaluate(x, y).dataSync()[0];
 * const found = await sensitivity(model, { evaluate });
 * const { sparsity, cost } = await chooseSparsity(model, found, { gzip: 1200 });
 * console.log(cost <= 1200); // -> true
 * const pruning = await prune(model, { sparsity });
 *
 * @param model - the built LayersModel that the sensitivity is of; it is as it was when this is over, or has failed
 * @param found - what `sensitivity` returned, with the same filter, score and structure
 * @param options - the budget, and see {@link ChooseSparsityOptions}
 * @returns the settings for `prune`, what they were measured to give, and the curve
 * @throws RangeError for a budget that cannot be met, with the least that can; a sensitivity of another model or rule; as `prune`
 */
export async function chooseSparsity<M extends ModelLike>(
  model: M,
  found: Sensitivity,
  options: ChooseSparsityOptions<M>,
): Promise<SparsityChoice> {
  checkModel(fn, model);
  checkOptions(fn, options, [...BUDGETS, 'evaluate', 'cost', 'x', ...LAYER_RULE_NAMES, 'onProgress', 'signal']);
  checkType(typeof options === 'object' && options !== null, `${fn}: options must be an object`, options);
  const { costIn, most, ofQuality } = checkBudget(options as ChooseSparsityOptions);
  checkListening(fn, options);
  const { evaluate, onProgress, signal, x } = options;
  if (x !== undefined) checkModelAndBatch(fn, model, x, 'x');
  const rule = ruleOf(options);
  const layers = layersToPrune(fn, model, rule);
  checkSensitivity(found, layers);
  let done = 0;
  const step: Step = async (measured, value) => {
    const result = await value;
    await onProgress?.({ measured, done: ++done });
    signal?.throwIfAborted();
    return result;
  };
  signal?.throwIfAborted();

  const cost = costOf(fn, costIn, model, x);
  const whole = await cost.ofModel();
  if (Number.isNaN(whole))
    throw new RangeError(`${fn}: model must be one that shrink leaves a unit of each layer, got ${model.name}`);
  const choices: Setting[][] = [];
  for (const [i, layer] of layers.entries())
    choices.push(
      await settingsOf(found.layers[i]!, (sparsity) =>
        step(
          'layer',
          underMasks(fn, model, rule, patternsOf([layer], [sparsity]), () => cost.ofLayer(layer)),
        ),
      ),
    );
  const all = paretoFront(choices).map(({ cost: saved, loss, picks }) => ({
    cost: whole + saved,
    loss,
    sparsities: picks.map((pick, i) => choices[i]![pick]!.sparsity),
  }));

  const masked = <T>(sparsities: readonly number[], body: () => Promise<T>): Promise<T> =>
    step('model', underMasks(fn, model, rule, patternsOf(layers, sparsities), body));
  // A filter and the channel of a depthwise convolution behind it go together: of both layers more may go than there is.
  const first = await firstPossible(all.length, (point) => masked(all[point]!.sparsities, cost.isPossible));
  const front = all.slice(first);

  const at = (t: number): number[] => sparsitiesAt(front, t);
  const under = (t: number, body: () => Promise<number>): Promise<number> => masked(at(t), body);
  const costAt = (t: number): Promise<number> => under(t, cost.ofModel);
  const valueAt = (t: number): Promise<number> =>
    under(t, async () =>
      (await cost.isPossible()) ? evaluated(fn, evaluate as Evaluate, model) : Number.NEGATIVE_INFINITY,
    );
  const { t, value: measured } = ofQuality
    ? await meetValue(
        front.map(({ loss }) => -loss),
        -most,
        async (place) => (await valueAt(place)) - found.baseline,
      )
    : await meetCost(
        front.map(({ cost: expected }) => expected),
        most,
        costAt,
      );
  if (ofQuality) checkRange(measured >= -most, `${fn}: drop must be at least ${-measured}, that of no zeros`, most);
  else checkRange(measured <= most, `${fn}: ${costIn} must be at least ${measured}, that of the most zeros`, most);
  let sparsities = at(t);
  let spent = ofQuality ? await costAt(t) : measured;
  if (costIn === 'bytes' && !ofQuality) {
    const shares = (zeros: readonly number[]): number[] => zeros.map((n, i) => n / layers[i]!.groups);
    const zeros = sparsities.map((sparsity, i) => roundHalfEven(sparsity * layers[i]!.groups));
    const filled = await fillUp({ zeros, cost: measured }, most, rule.multipleOf ?? 1, (fewer) =>
      masked(shares(fewer), cost.ofModel),
    );
    if (filled.cost > measured) [sparsities, spent] = [shares(filled.zeros), filled.cost];
  }
  const judged = (): Promise<number> => masked(sparsities, () => evaluated(fn, evaluate as Evaluate, model));
  const value = ofQuality ? measured + found.baseline : evaluate === undefined ? null : await judged();
  return {
    sparsity: patternsOf(layers, sparsities),
    costIn,
    cost: spent,
    value,
    drop: value === null ? null : found.baseline - value,
    curve: front.map(({ cost: expected, loss, sparsities }) => ({
      sparsity: patternsOf(layers, sparsities),
      cost: expected,
      drop: loss,
    })),
  };
}
