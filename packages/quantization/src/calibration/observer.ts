import { checkBoolean, checkOptions, checkType } from '@weightkit/numerics/check';
import {
  codeRange,
  type IntegerDtype,
  type IntegerScheme,
  integerParameters,
  isIntegerDtype,
} from '../grids/integers.ts';
import type { RangeMethod } from '../ranges/search-range.ts';

/** Codes for what was observed. */
export interface ObservedGridOptions {
  /** int2 to int8, uint2 to uint8 or uint16. @defaultValue `'uint8'` */
  dtype?: IntegerDtype | undefined;
  /**
   * How a range becomes a scale and a zero point, as of {@link quantizeValues}.
   *
   * @defaultValue `'affine'` for integers without a sign, `'noClipping'` for those with one
   */
  scheme?: IntegerScheme | undefined;
  /** Leaves the least code unused: −127 to 127 in int8. @defaultValue `false` */
  narrow?: boolean | undefined;
}

/** Ranges with their scales and zero points, as plain data: one of each for all values, or one for each channel. */
export interface ObservedGrid {
  /** The codes. */
  dtype: IntegerDtype;
  /** Whether the least code is unused. */
  narrow: boolean;
  /** Where the range begins. */
  min: number[];
  /** Where it ends. */
  max: number[];
  /** Distances of neighboring values. */
  scales: number[];
  /** Codes of 0. */
  zeroPoints: number[];
  /** The share of observed values outside the range, in 0..1; null where the observer cannot tell. */
  clipped: number | null;
}

/** What a {@link minMaxObserver} has seen. */
export interface MinMaxState {
  /** Which observer it is. */
  kind: 'minMax';
  /** The axis of the channels; null where all values are one range. */
  axis: number | null;
  /** How many values were seen. */
  count: number;
  /** The least values; empty where nothing was seen. */
  min: number[];
  /** The greatest values. */
  max: number[];
}

/** What a {@link movingAverageObserver} has seen. */
export interface MovingAverageState extends Omit<MinMaxState, 'kind'> {
  /** Which observer it is. */
  kind: 'movingAverage';
  /** The weight of each new batch. */
  constant: number;
  /** How many batches were seen. */
  batches: number;
  /** The least values of the first batch, by which two averages can be joined. */
  firstMin: number[];
  /** The greatest values of the first batch. */
  firstMax: number[];
}

/** What a {@link histogramObserver} has seen. */
export interface HistogramState {
  /** Which observer it is. */
  kind: 'histogram';
  /** How its range is chosen. */
  range: 'l2' | RangeMethod;
  /** For `percentile`: how much is not clipped, in percent. */
  percentile: number;
  /** How many values were seen. */
  count: number;
  /** The least value; null where nothing was seen. */
  low: number | null;
  /** The greatest value; null where nothing was seen. */
  high: number | null;
  /** How many values lie in each bin; fractions, where bins were divided between others. */
  counts: number[];
}

/** What an observer has seen, as plain data that JSON holds. */
export type ObserverState = MinMaxState | MovingAverageState | HistogramState;

/** Looks at values batch by batch and keeps what a range needs, never the values. */
export interface Observer {
  /** Which observer it is. */
  readonly kind: ObserverState['kind'];
  /** How many values were seen. */
  readonly count: number;
  /**
   * Takes in a batch.
   *
   * @param values - finite; not kept. None at all changes nothing
   * @param shape - the lengths of its axes, for observers with an axis
   * @throws RangeError that names the first NaN or infinity, before anything has changed
   */
  observe(values: Float32Array, shape?: readonly number[]): void;
  /**
   * Takes in what another observer of the same kind and options has seen, as if its batches had come after those of this one.
   *
   * @throws TypeError or RangeError for another kind, other options, or other channels
   */
  merge(other: Observer | ObserverState): void;
  /**
   * The range of what was seen, and its codes.
   *
   * @throws Error where nothing was seen; TypeError or RangeError for wrong options
   */
  parameters(options?: ObservedGridOptions): ObservedGrid;
  /** What was seen, as plain data; {@link observerFrom} makes an observer of it. */
  toJSON(): ObserverState;
}

/** The least scale that torch's observers give, 2^-23. */
const LEAST_OBSERVED = 2 ** -23;

/** Options of codes with their defaults. */
export type CheckedObservedGrid = Required<{
  [Name in keyof ObservedGridOptions]: NonNullable<ObservedGridOptions[Name]>;
}>;

/** The names of {@link ObservedGridOptions}. */
export const OBSERVED_GRID = ['dtype', 'scheme', 'narrow'];

const SCHEMES: readonly unknown[] = ['symmetric', 'affine', 'noClipping'];

/** Throws unless codes are those of integers; fills in what is left out. */
export function checkObservedGrid(fn: string, { dtype = 'uint8', scheme, narrow = false }: ObservedGridOptions) {
  checkType(
    isIntegerDtype(dtype),
    `${fn}: dtype must be of integers, int2 to int8, uint2 to uint8 or uint16`,
    dtype as unknown,
  );
  const usual = dtype.startsWith('u') ? 'affine' : 'noClipping';
  const law = scheme === undefined ? usual : scheme;
  checkType(SCHEMES.includes(law), `${fn}: scheme must be ${SCHEMES.join(', ')}`, scheme);
  checkBoolean(fn, 'narrow', narrow);
  return { dtype, scheme: law, narrow } satisfies CheckedObservedGrid;
}

/** {@link checkObservedGrid} of the options of `parameters`, where something was seen. */
export function checkParameters(fn: string, options: ObservedGridOptions, count: number): CheckedObservedGrid {
  checkOptions(fn, options, OBSERVED_GRID);
  const grid = checkObservedGrid(fn, options);
  if (count === 0) throw new Error(`${fn}: something must have been observed, got 0 values`);
  return grid;
}

/** Scales and zero points of ranges, by the laws of torch's observers. */
export function gridOf(
  min: ArrayLike<number>,
  max: ArrayLike<number>,
  { dtype, scheme, narrow }: CheckedObservedGrid,
  clipped: number | null,
): ObservedGrid {
  const limits = codeRange(dtype, narrow);
  const { scales, zeroPoints } = integerParameters(
    Float32Array.from(min),
    Float32Array.from(max),
    scheme,
    limits,
    LEAST_OBSERVED,
  );
  return {
    dtype,
    narrow,
    min: Array.from(min),
    max: Array.from(max),
    scales: [...scales],
    zeroPoints: zeroPoints ? [...zeroPoints] : [...scales].map(() => 0),
    clipped,
  };
}
