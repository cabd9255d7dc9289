import {
  checkLayer,
  type LayerLike,
  type ModelLike,
  type StockCallback,
  stockCallback,
  type WeightFilter,
} from '@weightkit/core';
import { checkInteger, checkOptions, checkType } from '@weightkit/numerics/check';
import { floatWeights } from './averaged-variables.ts';
import { type AveragedWeights, averagesOf } from './averages.ts';

/** Options of {@link swa}. */
export interface SwaOptions {
  /**
   * Epochs that pass before the first whose weights count, over all fits: an integer of 0 or more. Three quarters of the training is usual.
   * @defaultValue 0
   */
  start?: number;
  /**
   * Of how many epochs from then on one counts: an integer of 1 or more.
   * @defaultValue 1
   */
  every?: number;
  /**
   * Which weights.
   * @defaultValue all, statistics of batch normalizations included
   */
  filter?: WeightFilter;
}

/** The mean of weights at the ends of epochs; a callback of `fit` and `fitDataset`. See {@link swa}. */
export interface Swa extends AveragedWeights, StockCallback {
  /** Epochs done so far, over all fits. */
  readonly epoch: number;
  /** Of how many epochs the average is. */
  readonly count: number;
  /** Refuses to train the averages. A training loop of one's own awaits it before each epoch. */
  onEpochBegin(): Promise<void>;
  /** Takes the weights into the average where it is the epoch's turn. A training loop of one's own awaits it after each epoch. */
  onEpochEnd(): Promise<void>;
}

const fn = 'swa';

/** How far an average is, in a checkpoint. */
function progressIn({ epoch, count }: Readonly<Record<string, unknown>>): { epoch: number; count: number } {
  const progress = { epoch: Number(epoch), count: Number(count) };
  const ok =
    typeof epoch === 'string' &&
    typeof count === 'string' &&
    Number.isSafeInteger(progress.count) &&
    progress.count >= 1 &&
    Number.isSafeInteger(progress.epoch) &&
    progress.epoch >= progress.count;
  checkType(ok, 'load: checkpoint must have the epochs of an average in its metadata', epoch);
  return progress;
}

/**
 * Stochastic weight averaging: the plain mean of the weights at the ends of the last epochs, best with a learning rate that stays high
 * (Izmailov et al. 2018, https://arxiv.org/abs/1803.05407). Such a mean often generalizes better than any of its points.
 *
 * Batch normalizations have never seen the mean: after `swapIn()` call {@link reestimateBatchNorm}. `restore()` gives back the trained weights
 * with their statistics. The averages are float32 on the device; nothing is downloaded while the model trains, and training is as without it.
 *
 * The callback may stand alone, among plain callbacks, or in a list behind an instance of tf.Callback:
 * `[tf.callbacks.earlyStopping(), callback]`.
 *
 * @example
 * const average = swa(model, { start: 2 });
 * await model.fit(x, y, { epochs: 5, callbacks: average });
 * await average.swapIn(); // the mean; with batch normalizations reestimateBatchNorm(model, x) goes on from here
 * console.log(average.epoch, average.count); // -> 5 3
 * average.dispose();
 *
 * @param model - a built LayersModel, or a layer
 * @param options - see {@link SwaOptions}
 * @returns the callback
 * @throws TypeError or RangeError for other arguments, and a filter that matches nothing; `fit` throws while the averages are in the model
 */
export function swa(model: ModelLike | LayerLike, options: SwaOptions = {}): Swa {
  checkOptions(fn, options, ['start', 'every', 'filter']);
  const { start = 0, every = 1, filter } = options;
  checkInteger(fn, 'start', start, 0);
  checkInteger(fn, 'every', every, 1);
  checkLayer(fn, 'model', model);
  const weights = floatWeights(fn, model, filter);
  const averages = averagesOf(fn, model, weights);
  let epoch = 0;
  let count = 0;
  return stockCallback(
    {
      paths: averages.paths,
      get epoch() {
        return epoch;
      },
      get count() {
        return count;
      },
      get swapped() {
        return averages.swapped;
      },
      async onEpochBegin() {
        averages.checkTraining();
      },
      async onEpochEnd() {
        averages.checkTraining();
        if (epoch >= start && (epoch - start) % every === 0) {
          averages.add(1 / (count + 1));
          count++;
        }
        epoch++;
      },
      swapIn: averages.swapIn,
      restore: averages.restore,
      toCheckpoint: () => averages.toCheckpoint({ average: fn, epoch: String(epoch), count: String(count) }),
      load: (checkpoint: Parameters<AveragedWeights['load']>[0]) =>
        averages.load(checkpoint, (metadata) => {
          const progress = progressIn(metadata);
          return () => {
            ({ epoch, count } = progress);
          };
        }),
      dispose: averages.dispose,
    },
    fn,
    weights,
  );
}
