import * as tf from '@tensorflow/tfjs-core';
import { checkLayer, type LayerLike, type ModelLike, type WeightFilter } from '@weightkit/core';
import { checkNumber, checkOptions, checkType } from '@weightkit/numerics/check';
import { averagedVariables, floatWeights } from './averaged-variables.ts';
import { eachStep } from './each-step.ts';

/** Options of {@link l2sp}. */
export interface L2spOptions {
  /**
   * α of α ‖w − w₀‖² / 2: 0 or more.
   * @defaultValue 0.01
   */
  strength?: number;
  /**
   * Which weights are held; a new head is best left out.
   * @defaultValue all that train
   */
  filter?: WeightFilter;
  /**
   * The only optimizer whose steps are held. One that is handed the gradients of `tf.variableGrads` must be named.
   * @defaultValue every optimizer that steps one of the weights
   */
  optimizer?: tf.Optimizer;
}

/** A penalty in force; see {@link l2sp}. */
export interface StartingPoint {
  /** Paths of the weights that are held, in model order. */
  readonly paths: readonly string[];
  /** The penalty as the weights are now, α ‖w − w₀‖² / 2. */
  penalty(): Promise<number>;
  /** Ends it. The weights stay what they are. Calling it again does nothing. */
  restore(): void;
}

const fn = 'l2sp';

interface Held {
  variable: tf.Variable;
  /** Where it began. */
  start: tf.Tensor;
}

function checkAll(options: L2spOptions) {
  checkOptions(fn, options, ['strength', 'filter', 'optimizer']);
  const { strength = 0.01, filter, optimizer } = options;
  checkNumber(`${fn}: strength must be 0 or more, and finite`, strength, (x) => x >= 0 && x < Infinity);
  checkType(
    optimizer === undefined ||
      (typeof optimizer?.minimize === 'function' && typeof optimizer.applyGradients === 'function'),
    `${fn}: optimizer must be a tf.Optimizer`,
    optimizer,
  );
  return { strength, filter, optimizer };
}

/**
 * Holds weights to where they are now while a model is fine-tuned: adds α ‖w − w₀‖² / 2 to what is minimized, so that what was learned before
 * is forgotten less than with weight decay, which pulls towards 0 (L2-SP; Li, Grandvalet and Davoine 2018,
 * https://arxiv.org/abs/1802.01483).
 *
 * It adds α (w − w₀) to the gradients of every step, in `fit`, `fitDataset`, `trainOnBatch` and loops with `minimize`, with any optimizer, also
 * after the model is compiled anew. The loss that is reported is without it. Weights that are frozen, or have no gradient in a step, are
 * not touched. What parametrizations train beside a weight is held with it. The copies take as much room as the weights.
 *
 * @example
 * const held = l2sp(model, { strength: 0.1, filter: '**\/kernel' });
 * await model.fit(x, y, { epochs: 2, verbose: 0 });
 * console.log((await held.penalty()) > 0); // -> true
 * held.restore();
 *
 * @param model - a built LayersModel, or a layer
 * @param options - see {@link L2spOptions}
 * @returns the handle
 * @throws TypeError or RangeError for other arguments, and a filter that matches nothing; a step throws, before it changes anything, when a
 * held variable is disposed
 */
export function l2sp(model: ModelLike | LayerLike, options: L2spOptions = {}): StartingPoint {
  const { strength, filter, optimizer } = checkAll(options);
  checkLayer(fn, 'model', model);
  const weights = floatWeights(fn, model, filter).filter(({ trainable }) => trainable || filter !== undefined);
  const held = new Map<string, Held>();
  for (const { variable } of averagedVariables(fn, model, weights))
    held.set(variable.name, { variable, start: tf.keep(tf.clone(variable)) });
  const release = eachStep(
    [...held.values()].map(({ variable }) => variable),
    {
      before: (gradients) =>
        gradients.map(({ name, tensor }) => {
          const own = held.get(name);
          if (!own || strength === 0) return { name, tensor };
          if (own.variable.isDisposed)
            throw new Error(`${fn}: held variables must not be disposed, got ${name}; hold what is there anew`);
          return { name, tensor: tf.add(tensor, tf.mul(strength, tf.sub(own.variable, own.start))) };
        }),
    },
    optimizer,
  );
  let there = true;
  return {
    paths: weights.map(({ path }) => path),
    async penalty() {
      if (!there) throw new Error(`penalty: weights must be held, got a handle that was restored`);
      let sum = 0;
      for (const { variable, start } of held.values()) {
        const [now, before] = await Promise.all([variable.data(), start.data()]);
        for (let i = 0; i < now.length; i++) sum += (now[i]! - before[i]!) ** 2;
      }
      return (strength / 2) * sum;
    },
    restore() {
      if (!there) return;
      there = false;
      release();
      tf.dispose([...held.values()].map(({ start }) => start));
    },
  };
}
