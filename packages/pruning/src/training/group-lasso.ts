import type * as tf from '@tensorflow/tfjs-core';
import {
  checkLayer,
  isKernel,
  type LayerLike,
  type SkippedWeight,
  type StockCallback,
  stockCallback,
  tapOptimizer,
  type WeightFilter,
} from '@weightkit/core';
import { checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { heldOptimizer } from '../schedules/held-optimizer.ts';
import { checkTraining } from '../schedules/training-options.ts';
import { proxGroupLasso } from './prox-group-lasso.ts';
import { type SlicedKernel, slicedKernels } from './sliced-kernels.ts';

/** Options of {@link groupLasso}. */
export interface GroupLassoOptions {
  /** λ, how much the norms of groups cost beside the loss: a finite number, 0 or more. */
  strength: number;
  /**
   * What the groups are: a unit's entries of the kernel, or those that read an input channel. Biases are no part of them.
   * @defaultValue 'unit'
   */
  structure?: 'unit' | 'channel';
  /**
   * Which kernels.
   * @defaultValue `isKernel`
   */
  filter?: WeightFilter;
  /**
   * What steps the weights in a training loop of one's own. `fit` and `fitDataset` say it themselves.
   * @defaultValue that of the model, where it is compiled
   */
  optimizer?: tf.Optimizer;
}

/** How many groups of a kernel are 0. */
export interface LassoGroups {
  /** The kernel's path. */
  path: string;
  /** How many groups it has. */
  groups: number;
  /** The numbers of those that are all 0, in order. */
  zero: number[];
}

/** The group lasso at work; a callback of `fit` and `fitDataset`. */
export interface GroupLasso extends StockCallback {
  /** Kernels of the filter that have no such groups, and why. */
  readonly skipped: readonly SkippedWeight[];
  /** Finds the optimizer. A training loop of one's own awaits it before each step. */
  onBatchBegin(): Promise<void>;
  /** Lets the optimizer of `fit` be another the next time. */
  onTrainEnd(): Promise<void>;
  /** Downloads the kernels and finds the groups that are all 0. */
  groups(): Promise<LassoGroups[]>;
  /** Ends it: lets go of the optimizer. */
  dispose(): void;
}

const fn = 'groupLasso';

async function zeroGroups({ weight, axes }: SlicedKernel): Promise<LassoGroups> {
  const { path, shape } = weight;
  const values = (await weight.variable!.data()) as Float32Array;
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, 1));
  const groups = axes.reduce((product, i) => product * shape[i]!, 1);
  const alive = new Uint8Array(groups);
  for (const [k, value] of values.entries())
    if (value !== 0)
      alive[axes.reduce((group, i) => group * shape[i]! + (Math.floor(k / strides[i]!) % shape[i]!), 0)] = 1;
  return { path, groups, zero: Array.from(alive.keys()).filter((group) => alive[group] === 0) };
}

/**
 * Trains with the group lasso, loss + λ Σ √|g| ‖w_g‖ over the units (or input channels) g of kernels: after each step of the optimizer
 * the kernels take the {@link proxGroupLasso} of λ times its learning rate. Groups that the loss does not need become exactly 0,
 * which a penalty in the loss alone never gives.
 *
 * With `sgd` it is the proximal gradient method. Other optimizers scale each entry's step by themselves, and the proximal step does not
 * follow them; a usual and useful approximation.
 *
 * Wen, Wu, Wang, Chen and Li 2016, https://arxiv.org/abs/1608.03665; proximal steps: Parikh and Boyd 2014,
 * https://doi.org/10.1561/2400000003
 *
 * @example
 * const lasso = groupLasso(model, { strength: 0.01 });
 * await model.fit(x, y, { epochs: 5, callbacks: lasso });
 * console.log((await lasso.groups()).at(-1).path); // -> out/kernel
 * lasso.dispose();
 *
 * @param model - a built LayersModel or layer
 * @param options - how strong, and what the groups are
 * @returns the callback
 * @throws RangeError for a strength below 0 or a filter that matches no kernel with such groups; Error for kernels that are parametrized
 * already. An optimizer without a learning rate throws before training
 */
export function groupLasso(model: LayerLike, options: GroupLassoOptions): GroupLasso {
  checkLayer(fn, 'model', model);
  checkOptions(fn, options, ['strength', 'structure', 'filter', 'optimizer']);
  const { strength, structure = 'unit', filter = isKernel } = options ?? {};
  checkNumber(`${fn}: strength must be finite, 0 or more`, strength, (s) => Number.isFinite(s) && s >= 0);
  checkRange(
    structure === 'unit' || structure === 'channel',
    `${fn}: structure must be 'unit' or 'channel'`,
    structure,
  );
  const { optimizer } = checkTraining(fn, { optimizer: options.optimizer } as { optimizer?: tf.Optimizer });
  const { kernels, weights, skipped } = slicedKernels(fn, model, filter, structure);
  let untap = () => {};
  const hold = (one: tf.Optimizer) => {
    const rateOf = () => (one as unknown as { learningRate?: unknown }).learningRate;
    checkNumber(`${fn}: optimizer must have a learning rate`, rateOf(), (rate) => Number.isFinite(rate));
    const after = () => {
      const rate = rateOf() as number;
      for (const { weight, axes } of kernels)
        weight.variable!.assign(proxGroupLasso(weight.variable!, { strength: strength * rate, axis: axes }));
    };
    untap = tapOptimizer(one, { after });
    return untap;
  };
  let disposed = false;
  const held = heldOptimizer((one) => (disposed ? () => {} : hold(one)), model, optimizer);
  return stockCallback(
    {
      skipped,
      async onBatchBegin() {
        held.ofLoop();
      },
      async onTrainEnd() {
        held.ended();
      },
      groups: () => Promise.all(kernels.map(zeroGroups)),
      dispose() {
        disposed = true;
        untap();
      },
    },
    fn,
    weights,
    held.ofFit,
  );
}
