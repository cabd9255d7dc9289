import * as tf from '@tensorflow/tfjs-core';
import {
  checkLayer,
  type LayerLike,
  type ModelLike,
  type NamedGradient,
  parametrizationsOf,
  tapOptimizer,
  type WeightFilter,
  weightsOf,
} from '@weightkit/core';
import { checkNumber, checkOptions, checkPlainObject, checkRange, checkType } from '@weightkit/numerics/check';
import { clipTogether } from './clip-together.ts';

/** Weights that an optimizer moves in a way of their own; see {@link parameterGroups}. */
export interface ParameterGroup {
  /** Which weights: path, glob, RegExp, function or a list of these. A weight belongs to the first group that takes it. */
  filter: WeightFilter;
  /**
   * The learning rate as a multiple of the optimizer's: 0 or more, or a function that gives it for a step, counted from 0, such as
   * {@link oneCycleRate}.
   *
   * @defaultValue 1
   */
  rate?: number | ((step: number) => number);
  /**
   * Decoupled weight decay λ as in AdamW: beside its step w loses η · rate · λ · w, η being the optimizer's learning rate. 0 or more.
   *
   * @defaultValue 0
   */
  weightDecay?: number;
  /**
   * The largest norm of the group's gradients together: g · clipNorm / max(‖g‖, clipNorm). Above 0.
   *
   * @defaultValue gradients are as they are
   */
  clipNorm?: number;
}

/** Groups in force; see {@link parameterGroups}. */
export interface ParameterGroups {
  /** The paths of each group, in the order given. */
  readonly paths: readonly (readonly string[])[];
  /** Paths of the weights that train in no group. */
  readonly others: readonly string[];
  /** Steps done with the groups. */
  readonly step: number;
  /** Has the optimizer move all weights as before. Calling it again does nothing. */
  restore(): void;
}

const fn = 'parameterGroups';

interface Group {
  paths: string[];
  variables: Map<string, tf.Variable>;
  rate: (step: number) => number;
  weightDecay: number;
  clipNorm: number;
}

function checkGroup(group: unknown): asserts group is ParameterGroup {
  checkPlainObject(`${fn}: each of groups must be { filter, rate, weightDecay, clipNorm }`, group);
  checkOptions(fn, group, ['filter', 'rate', 'weightDecay', 'clipNorm'], 'groups');
  const { filter, rate, weightDecay, clipNorm } = group as unknown as ParameterGroup;
  checkType(filter !== undefined, `${fn}: filter of a group must be given`, filter);
  if (rate !== undefined && typeof rate !== 'function') checkRate(rate);
  if (weightDecay !== undefined)
    checkNumber(`${fn}: weightDecay must be 0 or more, and finite`, weightDecay, (x) => x >= 0 && Number.isFinite(x));
  if (clipNorm !== undefined)
    checkNumber(`${fn}: clipNorm must be above 0, and finite`, clipNorm, (x) => x > 0 && Number.isFinite(x));
}

const checkRate = (rate: unknown): void =>
  checkNumber(
    `${fn}: rate must be 0 or more and finite, or a function that gives it`,
    rate,
    (x) => x >= 0 && x < Infinity,
  );

function groupsOf(model: LayerLike, list: readonly ParameterGroup[]): { groups: Group[]; others: string[] } {
  const left = new Map(weightsOf(model, undefined, fn).map((weight) => [weight.path, weight]));
  const extras = parametrizationsOf(model, fn);
  const groups = list.map(({ filter, rate = 1, weightDecay = 0, clipNorm = Infinity }): Group => {
    const own = weightsOf(model, filter, fn).filter(({ path, trainable }) => trainable && left.delete(path));
    checkRange(
      own.length > 0,
      `${fn}: each of groups must have a weight that trains and is in no group before it`,
      filter,
    );
    const raw = own.map(({ variable }) => variable!);
    const more = extras.filter((p) => raw.includes(p.raw)).flatMap(({ variables }) => Object.values(variables));
    return {
      paths: own.map(({ path }) => path),
      variables: new Map([...raw, ...more].map((variable) => [variable.name, variable])),
      rate: typeof rate === 'function' ? rate : () => rate,
      weightDecay,
      clipNorm,
    };
  });
  return { groups, others: [...left.values()].flatMap(({ path, trainable }) => (trainable ? [path] : [])) };
}

/** The optimizer's learning rate as it is now. */
function rateOf(optimizer: tf.Optimizer): number {
  const { learningRate } = optimizer.getConfig() as { learningRate?: unknown };
  checkNumber(`${fn}: optimizer must have a learning rate for weightDecay`, learningRate, Number.isFinite);
  return learningRate as number;
}

/** What a step is corrected by. */
interface Correction {
  variable: tf.Variable;
  /** The weight before the step. */
  old: tf.Tensor;
  rate: number;
  /** What of the old weight is taken away. */
  decay: number;
}

/**
 * Parameter groups: one optimizer moves parts of a model with rates, weight decay and clipping of their own, as
 * `torch.optim` does with its `param_groups`. TensorFlow.js has one learning rate for all weights and no weight decay.
 *
 * It holds in `fit`, `fitDataset`, `trainOnBatch` and loops with `minimize`, and for every optimizer of `tf.train`: a step is w + Δ, and
 * with a group it is w + rate · Δ − η · rate · weightDecay · w, for Δ of each of them is in proportion to the learning rate. Momentum and
 * moments are those of the gradients, clipped where the group says so. Frozen weights and weights without a gradient are not touched,
 * not even by decay. Variables of a parametrization go with their weight.
 *
 * @example
 * model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
 * const groups = parameterGroups(model, model.optimizer, [
 *   { filter: 'encoder/**', rate: 0.1 },
 *   { filter: '**\/kernel', weightDecay: 0.01 },
 * ]);
 * await model.fit(x, y, { epochs: 1 });
 * console.log(groups.paths[0].length, groups.step > 0); // -> 2 true
 * groups.restore();
 *
 * @param model - a built LayersModel, or a layer
 * @param optimizer - the one that trains it, such as `model.optimizer`
 * @param groups - a list of groups; weights in none train as before
 * @returns the handle
 * @throws TypeError or RangeError for other arguments, a filter that matches nothing and a group without a weight; a step throws when the
 * function of a rate gives none, before it changes anything
 */
export function parameterGroups(
  model: ModelLike | LayerLike,
  optimizer: tf.Optimizer,
  groups: readonly ParameterGroup[],
): ParameterGroups {
  checkLayer(fn, 'model', model);
  checkType(
    typeof optimizer?.minimize === 'function' && typeof optimizer.applyGradients === 'function',
    `${fn}: optimizer must be a tf.Optimizer (compile the model first)`,
    optimizer,
  );
  checkType(Array.isArray(groups), `${fn}: groups must be a list of { filter, rate, weightDecay, clipNorm }`, groups);
  checkRange(groups.length > 0, `${fn}: groups must have one or more`, groups.length);
  const list = Array.from(groups, (group: unknown) => {
    checkGroup(group);
    return { ...group };
  });
  const made = groupsOf(model, list);
  if (made.groups.some(({ weightDecay }) => weightDecay > 0)) rateOf(optimizer);
  let step = 0;
  let corrections: Correction[] = [];
  const forget = (): void => {
    tf.dispose(corrections.map(({ old }) => old));
    corrections = [];
  };
  const untap = tapOptimizer(optimizer, {
    before(gradients) {
      // What a step that failed has left.
      forget();
      const rates = made.groups.map(({ rate }) => rate(step));
      for (const rate of rates) checkRate(rate);
      const result = new Map(gradients.map((gradient) => [gradient.name, gradient]));
      for (const [g, { variables, clipNorm, weightDecay }] of made.groups.entries()) {
        const own = gradients.filter(({ name }) => variables.has(name));
        if (clipNorm < Infinity) {
          const clipped = clipTogether(
            own.map(({ tensor }) => tensor),
            clipNorm,
          );
          for (const [i, { name }] of own.entries()) result.set(name, { name, tensor: clipped[i]! });
        }
        const rate = rates[g]!;
        const decay = weightDecay === 0 ? 0 : rateOf(optimizer) * rate * weightDecay;
        if (rate === 1 && decay === 0) continue;
        for (const { name } of own) {
          const variable = variables.get(name)!;
          corrections.push({ variable, old: tf.keep(tf.clone(variable)), rate, decay });
        }
      }
      return [...result.values()] as NamedGradient[];
    },
    after() {
      for (const { variable, old, rate, decay } of corrections) {
        const moved = rate === 1 ? variable : rate === 0 ? old : tf.add(old, tf.mul(rate, tf.sub(variable, old)));
        variable.assign(decay === 0 ? tf.clone(moved) : tf.sub(moved, tf.mul(decay, old)));
      }
      forget();
      step++;
    },
  });
  return {
    paths: made.groups.map(({ paths }) => [...paths]),
    others: made.others,
    get step() {
      return step;
    },
    restore() {
      untap();
      forget();
    },
  };
}
