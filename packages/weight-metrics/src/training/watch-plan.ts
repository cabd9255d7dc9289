import type * as tf from '@tensorflow/tfjs-core';
import { isKernel, type LayerLike, type WeightFilter } from '@weightkit/core';
import { checkFunction, checkNumber, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { Snapshot } from '../comparison/snapshot.ts';
import { checkSpectra } from '../spectral/of-singular-values.ts';
import { checkBins } from '../statistics/bins.ts';
import { checkHistory } from './resume.ts';
import type { WatchHistory, WatchRecord } from './watch-history.ts';
import type { RecordPlan } from './watched.ts';

/** Options of `watch`. */
export interface WatchOptions {
  /**
   * When to record, beside once at the start: at each epoch's end, or whenever n more batches have passed, n an integer of 1
   * or more, and at the end of training when batches are left over.
   * @defaultValue 'epoch'
   */
  every?:
    | 'epoch'
    | {
        /** How many batches. */
        batches: number;
      };
  /**
   * Which weights.
   * @defaultValue trainable kernels
   */
  filter?: WeightFilter;
  /**
   * Histograms: `bins`, an integer in [1, 2^24), 64 when left out, and `range`, the outer edges for all weights; left out,
   * each weight gets ± twice its largest start value (±1 when that is 0). What comes to lie outside is counted in `below`
   * and `above`. False for none.
   * @defaultValue \{ bins: 64 \}
   */
  histogram?:
    | {
        /** Number of bins. */
        bins?: number;
        /** First and last edge. */
        range?: readonly [number, number];
      }
    | false;
  /**
   * Whether to collect gradients.
   * @defaultValue true
   */
  gradients?: boolean;
  /**
   * How many steps between two records are measured at most, for the norms of gradients and the sizes of updates: an integer from 1
   * to 1024. Up to so many all steps are; of more, evenly spaced ones. The last step is looked at in any case. Of n measured ones of N
   * the mean has a standard error of about std / sqrt(n) · sqrt(1 − n / N).
   * @defaultValue 8
   */
  samples?: number;
  /**
   * The layers whose activations to record: paths (`encoder/conv1`) or layers of the model. They are what the layers returned in the
   * last step; of what they return in `evaluate` and `predict` between steps nothing is recorded.
   * @defaultValue none
   */
  activations?: readonly (string | LayerLike)[];
  /**
   * The optimizer to follow, for loops that train with another than the model's.
   * @defaultValue the one that the model is compiled with
   */
  optimizer?: tf.Optimizer;
  /**
   * A history of the same weights to go on with, as it was or from JSON: steps count on, and histograms stay on its edges. Borrowed.
   * Values are not in a history: pass `start` with it where `fromStart` shall be measured.
   * @defaultValue none
   */
  resume?: WatchHistory;
  /**
   * The values that `fromStart` is measured from, of every watched weight.
   * @defaultValue those of the first record
   */
  start?: Snapshot;
  /**
   * Whether to compute singular values, by far the most expensive part of a record.
   * @defaultValue true
   */
  spectra?: boolean;
  /**
   * Kernels with rows · cols · min(rows, cols) above this get no spectral metrics: 0 or more, Infinity for no limit. The
   * time per record is proportional to it; the default takes a square matrix of 512 rows.
   * @defaultValue 2^27
   */
  maxCost?: number;
  /**
   * Called with each record as soon as it is made, to draw it, send it or append it to a file; a promise is waited for. What it throws
   * ends the watching, and `fit`.
   * @defaultValue nothing
   */
  onRecord?: (record: WatchRecord) => void | Promise<void>;
}

/** Checked options. */
export interface WatchPlan extends RecordPlan {
  batches: number | null;
  filter: WeightFilter;
  gradients: boolean;
  samples: number;
  activations: readonly (string | LayerLike)[];
  optimizer: tf.Optimizer | null;
  resume: WatchHistory | null;
  onRecord: (record: WatchRecord) => void | Promise<void>;
}

function batchesOf(every: WatchOptions['every']): number | null {
  if (every === 'epoch' || every === undefined) return null;
  checkType(typeof every === 'object' && every !== null, "watch: every must be 'epoch' or { batches }", every);
  checkOptions('watch', every, ['batches']);
  const { batches } = every;
  checkRange(Number.isInteger(batches) && batches >= 1, 'watch: batches must be an integer of 1 or more', batches);
  return batches;
}

function histogramOf(option: WatchOptions['histogram']): RecordPlan['histogram'] {
  if (option === false) return null;
  checkType(option === undefined || typeof option === 'object', 'watch: histogram must be an object or false', option);
  checkOptions('watch', option, ['bins', 'range']);
  const { bins = 64, range } = option ?? {};
  checkBins('watch', bins, range);
  return { bins, range };
}

/** Checks the options and fills in the defaults. */
export function planOf(options: WatchOptions): WatchPlan {
  checkOptions('watch', options, [
    'every',
    'filter',
    'histogram',
    'gradients',
    'samples',
    'activations',
    'optimizer',
    'resume',
    'start',
    'spectra',
    'maxCost',
    'onRecord',
  ]);
  const { filter = (weight) => weight.trainable && isKernel(weight), gradients = true } = options;
  const { samples = 8, activations = [], optimizer, resume, start } = options;
  const isNumber = (n: number) => Number.isInteger(n) && n >= 1 && n <= 1024;
  checkNumber('watch: samples must be an integer from 1 to 1024', samples, isNumber);
  const isOptimizer = typeof optimizer === 'object' && typeof optimizer?.applyGradients === 'function';
  checkType(optimizer === undefined || isOptimizer, 'watch: optimizer must be an optimizer', optimizer);
  checkType(start === undefined || start instanceof Map, 'watch: start must be a snapshot', start);
  const { spectra = true, maxCost = 2 ** 27, onRecord = () => undefined } = options;
  checkFunction('watch', 'onRecord', onRecord);
  checkType(typeof gradients === 'boolean', 'watch: gradients must be true or false', gradients);
  checkSpectra('watch', spectra, maxCost);
  if (resume !== undefined) checkHistory('watch: resume', resume);
  const followed = { gradients, samples, activations, optimizer: optimizer ?? null };
  const values = { resume: resume ?? null, start: start ?? null };
  const plan = { batches: batchesOf(options.every), filter, ...followed, ...values, spectra, maxCost, onRecord };
  return { ...plan, histogram: histogramOf(options.histogram) };
}
