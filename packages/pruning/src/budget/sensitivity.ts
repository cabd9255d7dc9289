import { checkListening } from '@weightkit/checkpoint';
import { checkModel, type ModelLike } from '@weightkit/core';
import { checkFunction, checkNumbers, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import {
  type Evaluate,
  evaluated,
  LAYER_RULE_NAMES,
  type LayerRule,
  layersToPrune,
  patternsOf,
  ruleOf,
  underMasks,
} from './layer-choices.ts';

/** How far {@link sensitivity} is. */
export interface SensitivityProgress {
  /** The layer that was pruned. */
  layer: string;
  /** By how much. */
  sparsity: number;
  /** How many evaluations are done. */
  done: number;
  /** Of how many. */
  total: number;
}

/** Options of {@link sensitivity}: what the model is judged by, and the rule it is pruned by. */
export interface SensitivityOptions<M extends ModelLike = ModelLike> extends LayerRule {
  /** How good the model is: larger is better. Called once for the model as it is and once for each sparsity of each layer. */
  evaluate: Evaluate<M>;
  /**
   * The fractions of each layer that are tried: in [0, 1), rising.
   * @defaultValue `[0.5, 0.7, 0.8, 0.9, 0.95]`
   */
  sparsities?: readonly number[];
  /** Called after each evaluation; a promise is waited for. @defaultValue nothing */
  onProgress?: (progress: SensitivityProgress) => void | Promise<void>;
  /** Stops between evaluations; the model is left as it was. @defaultValue none */
  signal?: AbortSignal;
}

/** What one sparsity of one layer does to the model. */
export interface SensitivityPoint {
  /** The fraction of the layer that was pruned. */
  sparsity: number;
  /** What `evaluate` said. */
  value: number;
  /** How much less that is than without any pruning; negative where it is more. */
  drop: number;
}

/** What pruning one layer alone does to the model. */
export interface LayerSensitivity {
  /** The layer's path where several of its weights go together, else the weight's. */
  name: string;
  /** The paths that a sparsity is given for. */
  paths: string[];
  /** Entries, or groups where the structure makes some. */
  groups: number;
  /** One for each sparsity, rising. */
  points: SensitivityPoint[];
}

/** How sensitive a model's layers are to pruning; plain data. */
export interface Sensitivity {
  /** What `evaluate` said of the model as it is. */
  baseline: number;
  /** The layers, in the model's order. */
  layers: LayerSensitivity[];
}

const fn = 'sensitivity';
const SPARSITIES = [0.5, 0.7, 0.8, 0.9, 0.95];

function checkSparsities(sparsities: readonly number[]): void {
  checkNumbers(`${fn}: sparsities must be numbers in [0, 1)`, sparsities, (s) => s >= 0 && s < 1);
  checkRange(sparsities.length > 0, `${fn}: sparsities must hold a number`, sparsities);
  const rises = sparsities.every((s, i) => i === 0 || s > sparsities[i - 1]!);
  checkRange(rises, `${fn}: sparsities must rise`, sparsities);
}

/**
 * Prunes each layer by itself to several sparsities, evaluates the model each time and takes the masks away again: which layers a
 * model can do without, and which it cannot. Nothing is trained between, so that the drops are those of one-shot pruning.
 *
 * Li, Kadav, Durdanovic, Samet and Graf 2017, section 3.2, https://arxiv.org/abs/1608.08710
 *
 * @example
 * const { layers } = await sensitivity(model, { evaluate: (m) => -m.evaluate(x, y).dataSync()[0], sparsities: [0.5, 0.9] });
 * console.log(layers[0].points.length); // -> 2
 *
 * @param model - a built LayersModel; it is as it was when this is over, or has failed
 * @param options - `evaluate`, and see {@link SensitivityOptions}
 * @returns the value of the whole model and the drops by layer; what {@link chooseSparsity} takes
 * @throws RangeError for sparsities out of range, a value that is not finite, a structure without an amount for each layer, and as
 * `prune`; whatever `evaluate` throws
 */
export async function sensitivity<M extends ModelLike>(model: M, options: SensitivityOptions<M>): Promise<Sensitivity> {
  checkModel(fn, model);
  checkOptions(fn, options, ['evaluate', 'sparsities', ...LAYER_RULE_NAMES, 'onProgress', 'signal']);
  checkType(typeof options === 'object' && options !== null, `${fn}: options must be an object`, options);
  const { evaluate, sparsities = SPARSITIES, onProgress, signal } = options;
  checkFunction(fn, 'evaluate', evaluate);
  checkSparsities(sparsities);
  checkListening(fn, options);
  const rule = ruleOf(options);
  const layers = layersToPrune(fn, model, rule);
  const judge = (): Promise<number> => evaluated(fn, evaluate as Evaluate, model);
  signal?.throwIfAborted();
  const baseline = await judge();
  const total = layers.length * sparsities.length + 1;
  let done = 1;
  const found: LayerSensitivity[] = [];
  for (const layer of layers) {
    const points: SensitivityPoint[] = [];
    for (const sparsity of sparsities) {
      signal?.throwIfAborted();
      const value = await underMasks(fn, model, rule, patternsOf([layer], [sparsity]), judge);
      points.push({ sparsity, value, drop: baseline - value });
      await onProgress?.({ layer: layer.name, sparsity, done: ++done, total });
    }
    const { name, paths, groups } = layer;
    found.push({ name, paths, groups, points });
  }
  return { baseline, layers: found };
}
