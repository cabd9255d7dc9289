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
  /** Those of them whose gradient had a NaN or infinite entry. */
  nonFiniteSteps: number;
  /** Mean over the other steps of the gradient's norm; `'NaN'` when there are none. */
  meanNorm: PlainNumber;
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
  /** NaN and infinite entries; the other fields about the last gradient leave them out. */
  nonFinite: number;
}

/** A distance ‖Δw‖ and the same over ‖w‖ at the point it is measured from (0 when both are 0). */
export interface DistanceRecord {
  /** ‖Δw‖. */
  l2: PlainNumber;
  /** ‖Δw‖ / ‖w‖; `'Infinity'` when only ‖w‖ is 0. */
  relative: PlainNumber;
}

/** One weight at one time. */
export interface WeightRecord {
  /** Moments of the values that the layer computes with. */
  moments: PlainNumbers<Moments, 'count' | 'zeros' | 'nonFinite'>;
  /** Counts on the fixed edges; null when histograms are off. */
  histogram: HistogramRecord | null;
  /** Spectral metrics, `conditionNumber` `'Infinity'` when singular; null when off, skipped, or an entry is not finite. */
  spectra: PlainNumbers<SpectralMetrics> | null;
  /** From the first record. */
  fromStart: DistanceRecord;
  /** From the record before; null in the first. */
  fromPrevious: DistanceRecord | null;
  /**
   * The last optimizer step: ‖Δw‖ and ‖Δw‖ / ‖w‖ of the raw variable, measured on it before and after the step. Null when
   * the optimizer has not stepped it since the record before: at the start, and while frozen.
   */
  update: DistanceRecord | null;
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
