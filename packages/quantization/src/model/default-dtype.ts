import { halfUlp16 } from '../grids/quantization-error.ts';

/** What the plain default makes of a weight: 8 bits where they are enough, or more in any case. */
export type Default = 'default' | 'fine';

/** Why a weight stays in float32. */
export const TOO_FINE = 'float16 has too few digits for its values';

/** Names of weights that scale or shift what others made. */
const FINE = /(^|\/)(bias|beta|gamma|alpha|moving_?(mean|variance)|[^/]*depthwise[^/]*)$/i;

/**
 * What the plain default makes of a weight, by its name. Biases, the weights and statistics of norms and the kernels of depthwise
 * convolutions stay above 8 bits: they are few, and each of their numbers reaches all of a channel. So do the kernels of recurrent
 * cells, whose errors come back at every step. Others have 8 bits where {@link enoughFor8Bits} says so.
 *
 * @param shape - a weight with one axis longer than 1 is a bias or a norm's, whatever its name
 * @param name - the property of the layer, or the name in a file
 * @param kept - whether it is known to belong to a depthwise convolution or to a recurrent cell
 */
export function defaultFor(shape: readonly number[], name: string, kept = false): Default {
  const long = shape.filter((size) => size > 1).length;
  return long < 2 || kept || FINE.test(name) ? 'fine' : 'default';
}

/**
 * The signal to noise, in dB, that a kernel must have for 8 bits: the errors of all kernels together then leave 40 dB, a hundredth of
 * the length, when they add up like independent ones and each has an equal part.
 */
export const leastSqnr = (kernels: number): number => 40 + 10 * Math.log10(kernels);

/**
 * Whether a kernel has {@link leastSqnr} in 8 bits, by its range: rounding errors that are spread evenly have the mean square
 * scale² / 12.
 *
 * @param squares - the sum of the squares of the values
 * @param count - how many values
 * @param low - the least value
 * @param high - the greatest value
 * @param kernels - how many kernels share the errors
 */
export function enoughFor8Bits(squares: number, count: number, low: number, high: number, kernels: number): boolean {
  const scale = high / 255 - low / 255;
  return squares >= 10 ** (leastSqnr(kernels) / 10) * count * (scale ** 2 / 12);
}

/**
 * Whether float16 is fine enough: nothing overflows, and no number that a norm divides by is so small that float16 has fewer
 * than its 11 bits for it.
 *
 * @param low - the least value
 * @param high - the greatest value
 * @param variance - whether a norm divides by the root of the values
 */
export function fitsFloat16(low: number, high: number, variance: boolean): boolean {
  const largest = Math.max(-low, high);
  if (!(largest < 65504)) return false;
  return variance ? low >= 2 ** -14 : largest === 0 || halfUlp16(largest) <= largest * 2 ** -11;
}
