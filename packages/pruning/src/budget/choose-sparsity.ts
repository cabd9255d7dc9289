import { checkListening } from '@weightkit/checkpoint';
import { checkModel, type ModelLike } from '@weightkit/core';
import {
  checkFunction,
  checkNumber,
  checkOptions,
  checkPlainObject,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { gzipLength, gzipSize } from './gzip-size.ts';
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
import { meetCost, meetValue, sparsitiesAt } from './search-front.ts';
import type { LayerSensitivity, Sensitivity, SensitivityPoint } from './sensitivity.ts';

/** What may be spent: bytes, or quality. */
export type SparsityBudget =
  | {
      /** The most bytes that the saved files may have, each compressed by gzip: model.json and the weights. */
      gzip: number;
      /** Not beside `gzip`. */
      drop?: never;
    }
  | {
      /** By how much `evaluate` may fall below what it says of the model as it is: 0 or more. */
      drop: number;
      /** Not beside `drop`. */
      gzip?: never;
    };

/** Options of {@link chooseSparsity}: the budget, and the rule that the sensitivity was found by. */
export type ChooseSparsityOptions<M extends ModelLike = ModelLike> = SparsityBudget &
  LayerRule & {
    /**
     * How good the model is, as for `sensitivity`. A budget of quality needs it; with one of bytes it is called once, for the result.
     * @defaultValue none
     */
    evaluate?: Evaluate<M>;
    /** Called after each measurement; a promise is waited for. @defaultValue nothing */
    onProgress?: (progress: ChooseSparsityProgress) => void | Promise<void>;
    /** Stops between measurements; the model is left as it was. @defaultValue none */
    signal?: AbortSignal;
  };

/** How far {@link chooseSparsity} is. */
export interface ChooseSparsityProgress {
  /** What was measured: a layer's bytes, or those or the quality of the whole model under settings that were tried. */
  measured: 'layer' | 'model';
  /** How many measurements are done. */
  done: number;
}

/** Settings, and what they are expected to give. */
export interface ParetoPoint {
  /** Sparsities by path, as `prune` takes them. */
  sparsity: Record<string, number>;
  /** Bytes by gzip, summed up from those of the layers. */
  gzip: number;
  /** The sum of the layers' drops. */
  drop: number;
}

/** Settings that keep to a budget, measured. */
export interface SparsityChoice {
  /** Sparsities by path, as `prune` takes them. */
  sparsity: Record<string, number>;
  /** Bytes by gzip of the files that were saved with these settings. */
  gzip: number;
  /** What `evaluate` said of the model with these settings; null where it was not given. */
  value: number | null;
  /** How much less that is than the sensitivity's baseline; null where it was not given. */
  drop: number | null;
  /** The settings that no others beat in both bytes and drop, as far as layers tell: by rising bytes and falling drop. */
  curve: ParetoPoint[];
}

const fn = 'chooseSparsity';
/** Settings between two sparsities that were tried. */
const STEPS = 4;

function checkBudget(options: ChooseSparsityOptions): void {
  const { gzip, drop, evaluate } = options;
  const given = [gzip, drop].filter((one) => one !== undefined);
  checkType(given.length === 1, `${fn}: budget must be exactly one of gzip and drop`, { gzip, drop });
  if (gzip !== undefined)
    checkNumber(`${fn}: gzip must be a number of bytes above 0`, gzip, (bytes) => Number.isFinite(bytes) && bytes > 0);
  else {
    checkNumber(`${fn}: drop must be a number, 0 or more`, drop, (most) => Number.isFinite(most) && most >= 0);
    checkType(evaluate !== undefined, `${fn}: evaluate must be given with a budget of quality`, evaluate);
  }
  if (evaluate !== undefined) checkFunction(fn, 'evaluate', evaluate);
}

const isPoint = (point: unknown): point is SensitivityPoint => {
  const { sparsity, drop } = Object(point) as Partial<SensitivityPoint>;
  return typeof sparsity === 'number' && sparsity >= 0 && sparsity < 1 && Number.isFinite(drop);
};

/** Throws unless it is what `sensitivity` returned for these layers. */
function checkSensitivity(given: unknown, layers: readonly PrunableLayer[]): asserts given is Sensitivity {
  const rule = `${fn}: sensitivity must be what sensitivity returned`;
  checkPlainObject(rule, given);
  const { baseline, layers: found } = given as Partial<Sensitivity>;
  checkType(Number.isFinite(baseline) && Array.isArray(found), rule, given);
  for (const one of found)
    checkType(Array.isArray(one?.points) && one.points.length > 0 && one.points.every(isPoint), rule, one);
  const same = found.length === layers.length && layers.every(({ name }, i) => found[i]!.name === name);
  checkRange(
    same,
    `${fn}: sensitivity must be of this model and rule, of ${layers.map(({ name }) => name).join(', ')}`,
    found.map(({ name }) => name),
  );
}

/** Sparsities and the drops that are expected of them: those that were tried, never less than of less sparsity, and some between. */
function expected({ points }: LayerSensitivity): { sparsity: number; loss: number }[] {
  const known = [{ sparsity: 0, loss: 0 }];
  for (const { sparsity, drop } of points) {
    const last = known[known.length - 1]!;
    if (sparsity > last.sparsity) known.push({ sparsity, loss: Math.max(last.loss, drop) });
  }
  return known.flatMap((to, i) => {
    if (i === 0) return [to];
    const from = known[i - 1]!;
    return Array.from({ length: STEPS }, (_, k) => {
      const share = (k + 1) / STEPS;
      return {
        sparsity: from.sparsity + (to.sparsity - from.sparsity) * share,
        loss: from.loss + (to.loss - from.loss) * share,
      };
    });
  });
}

/** The bytes that gzip makes of a layer's weights as they are now. */
async function layerBytes({ weights }: PrunableLayer): Promise<number> {
  let bytes = 0;
  for (const weight of weights) {
    const value = weight.read();
    const { buffer, byteOffset, byteLength } = (await value.data().finally(() => value.dispose())) as Float32Array;
    bytes += await gzipLength(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return bytes;
}

/** A setting of a layer: its cost is bytes by gzip. */
interface Setting extends Choice {
  sparsity: number;
}

/** Waits for a measurement and says that it is done. */
type Step = <T>(measured: ChooseSparsityProgress['measured'], value: Promise<T>) => Promise<T>;

/** The settings of each layer, with the bytes of its weights under them. */
async function settingsOf(
  model: ModelLike,
  rule: LayerRule,
  layers: readonly PrunableLayer[],
  found: Sensitivity,
  step: Step,
): Promise<Setting[][]> {
  const all: Setting[][] = [];
  for (const [i, layer] of layers.entries()) {
    const settings: Setting[] = [];
    for (const { sparsity, loss } of expected(found.layers[i]!)) {
      const masked = underMasks(fn, model, rule, patternsOf([layer], [sparsity]), () => layerBytes(layer));
      settings.push({ sparsity, loss, cost: await step('layer', masked) });
    }
    all.push(settings);
  }
  return all;
}

/**
 * Chooses how much of each layer to prune, for a budget of bytes or of quality. Layers that cost much and matter little lose more:
 * of all combinations of sparsities those that no other beats in bytes and drop together make the curve, and the budget is met on
 * it by pruning, saving, compressing and evaluating the model, not by the sums. With `{ gzip }` the saved files have at most so many
 * bytes, and at least 98 % of it unless the model is smaller as it is. With `{ drop }` the measured drop is at most this.
 *
 * The drops of layers are added up. Layers that make up for each other, or for a loss that all have, make the true drop another
 * one: that is why the result is measured. The sensitivity is of pruning without training; what training after it mends, it
 * cannot know.
 *
 * @example
 * const evaluate = (m) => -m.evaluate(x, y).dataSync()[0];
 * const found = await sensitivity(model, { evaluate });
 * const { sparsity, gzip } = await chooseSparsity(model, found, { gzip: 1200 });
 * console.log(gzip <= 1200); // -> true
 * const pruning = await prune(model, { sparsity });
 *
 * @param model - the built LayersModel that the sensitivity is of; it is as it was when this is over, or has failed
 * @param found - what `sensitivity` returned, with the same filter, score and structure
 * @param options - `gzip` or `drop`, and see {@link ChooseSparsityOptions}
 * @returns the settings for `prune`, what they were measured to give, and the curve
 * @throws RangeError for a budget that cannot be met, with the least that can; a sensitivity of another model or rule; as `prune`
 */
export async function chooseSparsity<M extends ModelLike>(
  model: M,
  found: Sensitivity,
  options: ChooseSparsityOptions<M>,
): Promise<SparsityChoice> {
  checkModel(fn, model);
  checkOptions(fn, options, ['gzip', 'drop', 'evaluate', ...LAYER_RULE_NAMES, 'onProgress', 'signal']);
  checkType(typeof options === 'object' && options !== null, `${fn}: options must be an object`, options);
  checkBudget(options as ChooseSparsityOptions);
  checkListening(fn, options);
  const { gzip: most, drop, evaluate, onProgress, signal } = options;
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

  const choices = await settingsOf(model, rule, layers, found, step);
  const whole = await gzipSize(model);
  const rest = whole - choices.reduce((sum, [first]) => sum + first!.cost, 0);
  const front = paretoFront(choices).map(({ cost, loss, picks }) => ({
    cost: cost + rest,
    loss,
    sparsities: picks.map((pick, i) => choices[i]![pick]!.sparsity),
  }));
  const under = <T>(sparsities: readonly number[], body: () => Promise<T>): Promise<T> =>
    step('model', underMasks(fn, model, rule, patternsOf(layers, sparsities), body));
  const judge = (): Promise<number> => evaluated(fn, evaluate as Evaluate, model);
  const sizeOf = (sparsities: readonly number[]): Promise<number> => under(sparsities, () => gzipSize(model));
  const at = (t: number): number[] => sparsitiesAt(front, t);
  const { t, value: measured } =
    most === undefined
      ? await meetValue(
          front.map(({ loss }) => -loss),
          -drop!,
          async (place) => (await under(at(place), judge)) - found.baseline,
        )
      : await meetCost(
          front.map(({ cost }) => cost),
          most,
          (place) => sizeOf(at(place)),
        );
  const settings = at(t);
  const missed = most === undefined ? measured < -drop! : measured > most;
  checkRange(
    !missed,
    most === undefined
      ? `${fn}: drop must be at least ${-measured}, that of the model without zeros`
      : `${fn}: gzip must be at least ${measured}, the bytes at the largest sparsities that were tried`,
    most ?? drop,
  );
  const gzip = most === undefined ? await sizeOf(settings) : measured;
  const value =
    most === undefined ? measured + found.baseline : evaluate === undefined ? null : await under(settings, judge);
  return {
    sparsity: patternsOf(layers, settings),
    gzip,
    value,
    drop: value === null ? null : found.baseline - value,
    curve: front.map(({ cost, loss, sparsities }) => ({
      sparsity: patternsOf(layers, sparsities),
      gzip: Math.round(cost),
      drop: loss,
    })),
  };
}
