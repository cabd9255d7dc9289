import { halfUlp16 } from '../grids/quantization-error.ts';
import type { QuantizedDtype } from '../grids/quantized.ts';
import type { FineNames } from './fine-names.ts';

/** What the plain default makes of a weight: 8 bits where they are enough, more in any case, or nothing at all. */
export type Default = 'default' | 'fine' | 'exact';

/** Whether a choice is of the plain default. */
export const isDefault = (choice: QuantizedDtype | Default): choice is Default =>
  choice === 'default' || choice === 'fine' || choice === 'exact';

/** Why a weight stays in float32. */
const TOO_FINE = 'float16 has too few digits for its values';

/** Why a weight before a logarithm stays. */
const BEFORE_LOGARITHM = 'a logarithm follows, which shows errors far below the largest value';

/** Why one of the smallest weights stays. */
const SMALL = 'one of the smallest weights, which together are half a percent of all';

/** The share of all values that stay in float32, the smallest weights first. */
const SMALL_SHARE = 0.005;

/** Names of weights that scale or shift what others made. */
const FINE = /(^|\/)(bias|beta|gamma|alpha|moving_?(mean|variance)|[^/]*depthwise[^/]*)$/i;

/**
 * What the plain default makes of a weight, by its name. Biases, the weights and statistics of norms and the kernels of depthwise
 * convolutions stay above 8 bits: they are few, and each of their numbers reaches all of a channel. So do the kernels of recurrent
 * cells, whose errors come back at every step. What goes through a logarithm stays as it is. Others have 8 bits where their
 * errors are small enough, see {@link settled}.
 *
 * @param shape - a weight with one axis longer than 1 is a bias or a norm's, whatever its name
 * @param name - the property of the layer, or the name in a file
 * @param kept - whether it is known to belong to a depthwise convolution or to a recurrent cell
 * @param known - what the graph says, by the name in the file
 */
export function defaultFor(
  shape: readonly number[],
  name: string,
  kept: boolean,
  known: FineNames,
  file = name,
): Default {
  if (known.beforeLogarithm.has(file)) return 'exact';
  const long = shape.filter((size) => size > 1).length;
  return long < 2 || kept || known.fine.has(file) || FINE.test(name) ? 'fine' : 'default';
}

/**
 * The signal to noise, in dB, that a kernel must have for 8 bits: the errors of all kernels together then leave 46 dB, half of a hundredth
 * of the length, when they add up like independent ones and each has an equal part. Half, since what a layer adds up cancels in part and
 * its errors do not: a published network whose kernels left 40 dB changed its outputs by 2.4 %, and 1.6 % of its classes.
 */
const leastSqnr = (kernels: number): number => 46 + 10 * Math.log10(kernels);

/**
 * Whether float16 is fine enough: nothing overflows, and no number that a norm divides by is so small that float16 has fewer
 * than its 11 bits for it.
 *
 * @param low - the least value
 * @param high - the greatest value
 * @param variance - whether a norm divides by the root of the values
 */
function fitsFloat16(low: number, high: number, variance: boolean): boolean {
  const largest = Math.max(-low, high);
  if (!(largest < 65504)) return false;
  return variance ? low >= 2 ** -14 : largest === 0 || halfUlp16(largest) <= largest * 2 ** -11;
}

/** What the plain default needs to know of all weights of a model. */
export interface PlainDefault {
  /** How many kernels share the errors. */
  kernels: number;
  /** The weights that are too small for their codes to save anything, by name. */
  small: ReadonlySet<string>;
}

/** A weight, and what the plain default makes of it by its name; null where the caller decides. */
export interface Planned {
  name: string;
  /** How many values. */
  count: number;
  choice: Default | null;
}

/**
 * Looks at all weights of a model: the smallest, which together hold half a percent of the values that could have codes, stay as
 * they are. Codes for them would save next to nothing, and in deep nets they are the first layers and the biases,
 * whose errors go through all that follows.
 */
export function plainDefault(weights: readonly Planned[]): PlainDefault {
  const coded = weights.filter(({ choice }) => choice === 'default' || choice === 'fine');
  let left = SMALL_SHARE * coded.reduce((sum, { count }) => sum + count, 0);
  const small = new Set<string>();
  for (const { name, count } of [...coded].sort((a, b) => a.count - b.count)) {
    left -= count;
    if (left < 0) break;
    small.add(name);
  }
  return { kernels: coded.filter(({ choice, name }) => choice === 'default' && !small.has(name)).length, small };
}

/**
 * The data type that the plain default comes to, or the reason why there is none.
 *
 * @param weight - its name and its range
 * @param choice - of {@link defaultFor}
 * @param plan - of {@link plainDefault}
 * @param sqnr - the signal to noise of its 8 bits, in dB, measured or estimated; asked for only where it counts
 */
export function settled(
  { name, count, low, high }: { name: string; count: number; low: number; high: number },
  choice: Default,
  { kernels, small }: PlainDefault,
  sqnr: () => number,
): QuantizedDtype | { reason: string } {
  if (choice === 'exact') return { reason: BEFORE_LOGARITHM };
  if (count === 0) return 'float16';
  if (small.has(name)) return { reason: SMALL };
  if (choice === 'default' && sqnr() >= leastSqnr(kernels)) return 'uint8';
  return fitsFloat16(low, high, /variance$/i.test(name)) ? 'float16' : { reason: TOO_FINE };
}
