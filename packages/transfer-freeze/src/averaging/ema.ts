import type * as tf from '@tensorflow/tfjs-core';
import { checkLayer, type LayerLike, type ModelLike, type WeightFilter } from '@weightkit/core';
import { checkBoolean, checkNumber, checkOptions, checkType } from '@weightkit/numerics/check';
import { floatWeights } from './averaged-variables.ts';
import { type AveragedWeights, averagesOf } from './averages.ts';
import { eachStep } from './each-step.ts';

/** Options of {@link ema}. */
export interface EmaOptions {
  /**
   * What of the average stays at each step: a number in [0, 1), or a function that gives it for a step, counted from 0. With
   * `(step) => Math.min(0.999, (1 + step) / (10 + step))` it forgets the first steps sooner.
   * @defaultValue 0.999
   */
  decay?: number | ((step: number) => number);
  /**
   * Whether the average is divided by the sum of its shares, so that it is one of the weights that were there, whatever the number of
   * steps. Otherwise it begins with the weights of after the first step, as torch's.
   * @defaultValue true
   */
  correctBias?: boolean;
  /**
   * Which weights.
   * @defaultValue all, statistics of batch normalizations included
   */
  filter?: WeightFilter;
  /**
   * The only optimizer whose steps count. One that is handed the gradients of `tf.variableGrads` must be named.
   * @defaultValue every optimizer that steps one of the weights
   */
  optimizer?: tf.Optimizer;
}

/** A moving average in force; see {@link ema}. */
export interface Ema extends AveragedWeights {
  /** Steps that were averaged so far. */
  readonly step: number;
}

const fn = 'ema';

const checkDecay = (decay: unknown): void =>
  checkNumber(`${fn}: decay must be in [0, 1), or a function that gives it`, decay, (x) => x >= 0 && x < 1);

function checkAll(options: EmaOptions) {
  checkOptions(fn, options, ['decay', 'correctBias', 'filter', 'optimizer']);
  const { decay = 0.999, correctBias = true, filter, optimizer } = options;
  if (typeof decay !== 'function') checkDecay(decay);
  checkBoolean(fn, 'correctBias', correctBias);
  checkType(
    optimizer === undefined ||
      (typeof optimizer?.minimize === 'function' && typeof optimizer.applyGradients === 'function'),
    `${fn}: optimizer must be a tf.Optimizer`,
    optimizer,
  );
  return { decay: typeof decay === 'function' ? decay : () => decay, correctBias, filter, optimizer };
}

/** How far an average is, in a checkpoint. */
function progressIn({ step, total }: Readonly<Record<string, unknown>>): { step: number; total: number } {
  const progress = { step: Number(step), total: Number(total) };
  const ok =
    typeof step === 'string' &&
    typeof total === 'string' &&
    Number.isSafeInteger(progress.step) &&
    progress.step >= 1 &&
    progress.total > 0 &&
    progress.total <= 1;
  checkType(ok, 'load: checkpoint must have the steps of an average in its metadata', step);
  return progress;
}

/**
 * Exponential moving average of weights: after step t of training it is A_t = d · A_(t−1) + (1 − d) · w_t, with A_0 = 0, divided by
 * 1 − d^t as Adam does with its moments (Polyak and Juditsky 1992, https://doi.org/10.1137/0330046; Kingma and Ba 2015,
 * https://arxiv.org/abs/1412.6980). It is smoother than the last weights, and mostly better than they are.
 *
 * Every step counts, of `fit`, `fitDataset`, `trainOnBatch` and loops with `minimize`, also after the model is compiled anew. The
 * averages are float32 on the device, as large as the weights, and nothing is downloaded in a step. Statistics of batch normalizations
 * are averaged as well; what parametrizations train beside a weight goes with it. Training is as without it, bit for bit.
 *
 * @example
 * const average = ema(model, { decay: 0.99 });
 * await model.fit(x, y, { epochs: 3, verbose: 0 });
 * await average.swapIn(); // evaluate, or save
 * average.restore(); // train on
 * console.log(average.step, average.swapped); // -> 6 false
 * average.dispose();
 *
 * @param model - a built LayersModel, or a layer
 * @param options - see {@link EmaOptions}
 * @returns the handle
 * @throws TypeError or RangeError for other arguments, and a filter that matches nothing. A step throws, before it changes anything, while
 * the averages are in the model, when the function of a decay gives none, and when an averaged variable is disposed
 */
export function ema(model: ModelLike | LayerLike, options: EmaOptions = {}): Ema {
  const { decay, correctBias, filter, optimizer } = checkAll(options);
  checkLayer(fn, 'model', model);
  const weights = floatWeights(fn, model, filter);
  const averages = averagesOf(fn, model, weights);
  let step = 0;
  /** The sum of the shares that the weights have in the average. */
  let total = 0;
  /** The decay of a step that has begun. */
  let now: number | undefined;
  const release = eachStep(
    averages.variables,
    {
      before(gradients) {
        now = undefined;
        if (!averages.concerns(gradients.map(({ name }) => name))) return;
        const next = decay(step);
        checkDecay(next);
        now = next;
      },
      after() {
        if (now === undefined) return;
        const share = 1 - now;
        total = now * total + share;
        averages.add(step === 0 ? 1 : correctBias ? share / total : share);
        step++;
        now = undefined;
      },
    },
    optimizer,
  );
  return {
    paths: averages.paths,
    get step() {
      return step;
    },
    get swapped() {
      return averages.swapped;
    },
    swapIn: averages.swapIn,
    restore: averages.restore,
    toCheckpoint: () => averages.toCheckpoint({ average: fn, step: String(step), total: String(total) }),
    load: (checkpoint) =>
      averages.load(checkpoint, (metadata) => {
        const progress = progressIn(metadata);
        return () => {
          ({ step, total } = progress);
        };
      }),
    dispose() {
      release();
      averages.dispose();
    },
  };
}
