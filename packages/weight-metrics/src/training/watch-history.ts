import type { Moments } from '@weightkit/numerics';
import type { SpectralMetrics } from '../spectral/of-singular-values.ts';

/**
 * A number that survives JSON: finite, or the text `'NaN'`, `'Infinity'` or `'-Infinity'`, for which JSON has no numbers.
 * `Number(value)` gives the number back, and charts of `@weightkit/viz` take it as it is.
 */
export type PlainNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** The same fields as {@link PlainNumber}; those named `Counts` are always finite. */
export type PlainNumbers<T, Counts extends keyof T = never> = {
  [K in keyof T]: K extends Counts ? number : PlainNumber;
};

/** What does not change about a watched weight. */
export interface WatchedWeight {
  /** Shape. */
  shape: number[];
  /** Number of entries. */
  parameters: number;
  /** The `bins + 1` edges of all its histograms; null when they are off. */
  edges: number[] | null;
  /** Why its records have no spectral metrics, or null when they have. */
  spectraSkipped: string | null;
}

/** A histogram on the edges of its {@link WatchedWeight}. */
export interface HistogramRecord {
  /** Entries per bin. */
  counts: number[];
  /** Finite entries below the first edge. */
  below: number;
  /** Finite entries above the last edge. */
  above: number;
  /** NaN and infinite entries. */
  nonFinite: number;
}

/** The gradients of one variable since the record before, as the optimizer applied them. */
export interface GradientRecord {
  /** Steps that brought a gradient. */
  steps: number;
  /** Those of them that were measured: all, up to the option `samples`, beyond it evenly spaced ones. */
  measured: number;
  /** Those of these whose gradient had a NaN or infinite entry. */
  nonFiniteSteps: number;
  /** Mean over the other measured steps of the gradient's norm; `'NaN'` when there are none, as the next three. */
  meanNorm: PlainNumber;
  /** Population standard deviation of these norms. */
  stdNorm: PlainNumber;
  /** Least of these norms. */
  minNorm: PlainNumber;
  /** Greatest of these norms. */
  maxNorm: PlainNumber;
  /** Norm of the last gradient. */
  norm: PlainNumber;
  /** Mean of its entries. */
  mean: PlainNumber;
  /** Population standard deviation of its entries. */
  std: PlainNumber;
  /** Least entry. */
  min: PlainNumber;
  /** Greatest entry. */
  max: PlainNumber;
  /** Entries that are 0. */
  zeros: number;
  /** NaN and infinite entries; the other fields about the last gradient leave them out. */
  nonFinite: number;
}

/** What a layer returned in the last step before a record: in its last call, where it has several. */
export interface ActivationRecord {
  /** Examples that were measured: the whole batch, or as many of its first as have 2^18 entries together. */
  examples: number;
  /** Entries of these; the other fields are of the finite ones. */
  entries: number;
  /** Mean. */
  mean: PlainNumber;
  /** Population standard deviation. */
  std: PlainNumber;
  /** Least. */
  min: PlainNumber;
  /** Greatest. */
  max: PlainNumber;
  /** The share of entries that are 0. */
  zeroShare: number;
  /**
   * The share of entries within 1.5 % of an end of what the activation can give: |tanh| and |softsign| of 0.97 or more, sigmoid and
   * hardSigmoid from 0.985 on or down to 0.015, relu6 and a ReLU with maxValue near the top. Null for layers without such an end.
   */
  saturatedShare: number | null;
  /** NaN and infinite entries. */
  nonFinite: number;
}

/** A distance ‖Δw‖ and the same over ‖w‖ at the point it is measured from (0 when both are 0). */
export interface DistanceRecord {
  /** ‖Δw‖. */
  l2: PlainNumber;
  /** ‖Δw‖ / ‖w‖; `'Infinity'` when only ‖w‖ is 0. */
  relative: PlainNumber;
}

/** The optimizer's steps of one variable since the record before. */
export interface UpdateRecord extends DistanceRecord {
  /** Steps of it. */
  steps: number;
  /** Those of them that were measured: all, up to the option `samples`, beyond it evenly spaced ones. */
  measured: number;
  /** Those of these whose ratio ‖Δw‖ / ‖w‖ is NaN or infinite: an entry was, or the weight was all zeros. */
  nonFiniteSteps: number;
  /** Mean over the other measured steps of ‖Δw‖ / ‖w‖; `'NaN'` when there are none, as the next two. */
  meanRelative: PlainNumber;
  /** Least of these ratios. */
  minRelative: PlainNumber;
  /** Greatest of these ratios. */
  maxRelative: PlainNumber;
}

/** One weight at one time. */
export interface WeightRecord {
  /** Moments of the values that the layer computes with. */
  moments: PlainNumbers<Moments, 'count' | 'zeros' | 'nonFinite'>;
  /** Counts on the fixed edges; null when histograms are off. */
  histogram: HistogramRecord | null;
  /** Spectral metrics, `conditionNumber` `'Infinity'` when singular; null when off, skipped, or an entry is not finite. */
  spectra: PlainNumbers<SpectralMetrics> | null;
  /** From the first record, or from the option `start`; null where neither is known, in a history that goes on without. */
  fromStart: DistanceRecord | null;
  /** From the record before; null in the first. */
  fromPrevious: DistanceRecord | null;
  /**
   * ‖Δw‖ and ‖Δw‖ / ‖w‖ of the last optimizer step, and the ratios of the steps since the record before; of the raw variable,
   * measured on it before and after a step. Null when the optimizer has not stepped it: at the start, and while frozen.
   */
  update: UpdateRecord | null;
  /** Its gradients; null when off, at the start, and while frozen. */
  gradient: GradientRecord | null;
}

/** All watched weights at one time. */
export interface WatchRecord {
  /** Optimizer steps seen by then, over all fits. */
  step: number;
  /** The epoch (from 0) that had begun; -1 before the first. */
  epoch: number;
  /** Why it was made: training began, an epoch ended, n batches had passed, training ended with batches left over. */
  at: 'start' | 'epoch' | 'batches' | 'end';
  /** Losses and metrics that `fit` gave: of the epoch, with validation, or of the batch. Empty at the start and the end. */
  logs: Record<string, PlainNumber>;
  /** The weights by path. */
  weights: Record<string, WeightRecord>;
  /** The layers of the option `activations` by path; null before the first step. Not there without the option. */
  activations?: Record<string, ActivationRecord | null>;
}

/**
 * What {@link watch} collects: plain data that survives JSON, with texts for NaN and infinity ({@link PlainNumber}) and null
 * for what was not measured. A heatmap of one weight over time needs `weights[path].edges` and one row per record,
 * `records.map((r) => r.weights[path].histogram.counts)`.
 */
export interface WatchHistory {
  /** The watched weights by path, in the order of `weightsOf`. */
  weights: Record<string, WatchedWeight>;
  /** The records, oldest first. */
  records: WatchRecord[];
}

/** A number, or the text that stands for it in JSON. */
export const plain = (value: number): PlainNumber =>
  Number.isFinite(value) ? value : (String(value) as Exclude<PlainNumber, number>);

/** An object of numbers with texts for NaN and infinity. */
export function plainNumbers<T extends object, Counts extends keyof T = never>(numbers: T): PlainNumbers<T, Counts> {
  const entries = Object.entries(numbers).map(([k, v]) => [k, plain(v as number)]);
  return Object.fromEntries(entries) as PlainNumbers<T, Counts>;
}
