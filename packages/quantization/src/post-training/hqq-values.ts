import { decodeCodes, roundHalfEven } from '@weightkit/numerics';
import { checkFinite, checkInteger, checkNumber, checkOptions } from '@weightkit/numerics/check';
import { checkKernel } from './kernel-grid.ts';

/** Options of {@link hqqValues}. */
export interface HqqValuesOptions {
  /**
   * Bits of a code, 2 to 8.
   *
   * @defaultValue 4
   */
  bits?: number | undefined;
  /**
   * How many inputs in a row share a scale and a zero point of each output: an integer of 1 or more. The last group may be smaller.
   *
   * @defaultValue 64
   */
  group?: number | undefined;
  /**
   * The power of errors that is made small, above 0 and at most 1: below 1, a few large errors count for little.
   *
   * @defaultValue 0.7
   */
  p?: number | undefined;
  /**
   * How much an error must be for it to be left as it is: the larger, the smaller; finite and above 0.
   *
   * @defaultValue 10
   */
  beta?: number | undefined;
  /**
   * What `beta` is multiplied by after each step, finite and 1 or more.
   *
   * @defaultValue 1.01
   */
  kappa?: number | undefined;
  /**
   * At most so many steps; 0 leaves the codes that spread from the least value of a group to the greatest.
   *
   * @defaultValue 20
   */
  iterations?: number | undefined;
}

/** The names of the options of {@link hqqValues}. */
export const HQQ = ['bits', 'group', 'p', 'beta', 'kappa', 'iterations'];

/** A kernel on grids with zero points between codes, as plain data: a value is (code − zero) · scale. */
export interface HqqValues {
  /** [inputs, outputs]. */
  shape: [number, number];
  /** Bits of a code. */
  bits: number;
  /** How many inputs share a scale and a zero point. */
  group: number;
  /** One for a value, row-major, not packed: `packCodes` of `@weightkit/numerics` packs them. */
  codes: Uint8Array;
  /** One for each group and output, row-major. */
  scales: Float32Array;
  /** The place of 0 between the codes, one for each group and output. */
  zeros: Float32Array;
  /** What the codes stand for. */
  values: Float32Array;
}

/** Options with their defaults. */
export interface CheckedHqq {
  bits: number;
  group: number;
  p: number;
  beta: number;
  kappa: number;
  iterations: number;
}

export function checkHqq(fn: string, options: HqqValuesOptions): CheckedHqq {
  const { bits = 4, group = 64, p = 0.7, beta = 10, kappa = 1.01, iterations = 20 } = options;
  checkInteger(fn, 'bits', bits, 2, 8);
  checkInteger(fn, 'group', group, 1);
  checkNumber(`${fn}: p must be above 0 and at most 1`, p, (v) => v > 0 && v <= 1);
  checkNumber(`${fn}: beta must be finite and above 0`, beta, (v) => Number.isFinite(v) && v > 0);
  checkNumber(`${fn}: kappa must be finite and 1 or more`, kappa, (v) => Number.isFinite(v) && v >= 1);
  checkInteger(fn, 'iterations', iterations, 0, 2 ** 20);
  return { bits, group, p, beta, kappa, iterations };
}

const { fround } = Math;

/** The zero point of a group that leaves the least mean error, as half-quadratic splitting finds it. */
function zeroOf(w: Float64Array, scale: number, start: number, settings: CheckedHqq): number {
  const { bits, p, kappa, iterations } = settings;
  const most = 2 ** bits - 1;
  let { beta } = settings;
  let zero = start;
  let [best, least] = [start, Number.POSITIVE_INFINITY];
  for (let step = 0; step <= iterations; step++) {
    let [error, sum] = [0, 0];
    for (const x of w) {
      const code = Math.min(Math.max(roundHalfEven(x / scale + zero), 0), most);
      const e = x - (code - zero) * scale;
      const size = Math.abs(e);
      error += size;
      const left = Math.sign(e) * Math.max(size - size ** (p - 1) / beta, 0);
      sum += code - (x - (e === 0 ? 0 : left)) / scale;
    }
    if (!(error < least)) break;
    [best, least] = [zero, error];
    zero = fround(sum / w.length);
    beta *= kappa;
  }
  return best;
}

/** What codes with zero points between codes stand for: (code − zero) · scale, in groups of inputs. */
export function hqqDecoded({ shape, group, codes, scales, zeros }: Omit<HqqValues, 'bits' | 'values'>): Float32Array {
  const block = [Math.min(group, Math.max(1, shape[0])), 1];
  return decodeCodes(codes, { shape, block, scales, zeroPoints: zeros });
}

/** {@link hqqValues} with checked arguments. */
export function hqqValuesOf(values: Float32Array, shape: readonly [number, number], settings: CheckedHqq): HqqValues {
  const [inputs, outputs] = shape;
  const { bits, group } = settings;
  const most = 2 ** bits - 1;
  const groups = Math.ceil(inputs / group);
  const made: Omit<HqqValues, 'values'> = {
    shape: [inputs, outputs],
    bits,
    group,
    codes: new Uint8Array(values.length),
    scales: new Float32Array(groups * outputs),
    zeros: new Float32Array(groups * outputs),
  };
  for (let g = 0; g < groups; g++) {
    const from = g * group;
    const w = new Float64Array(Math.min(group, inputs - from));
    for (let o = 0; o < outputs; o++) {
      for (let j = 0; j < w.length; j++) w[j] = values[(from + j) * outputs + o]!;
      const low = w.reduce((a, b) => Math.min(a, b));
      const high = w.reduce((a, b) => Math.max(a, b));
      // Of a constant one code is exact, at any scale that its zero point has the digits for.
      const scale = Math.max(fround(high / most - low / most), 2 ** -126);
      const flat = low === high;
      const step = flat ? (low === 0 ? 1 : Math.abs(low)) : scale;
      const zero = flat ? 0 - Math.sign(low) : zeroOf(w, scale, fround(-low / scale), settings);
      made.scales[g * outputs + o] = step;
      made.zeros[g * outputs + o] = zero;
      for (let j = 0; j < w.length; j++) {
        const code = flat ? 0 : Math.min(Math.max(roundHalfEven(w[j]! / step + zero), 0), most);
        made.codes[(from + j) * outputs + o] = code;
      }
    }
  }
  return { ...made, values: hqqDecoded(made) };
}

/**
 * Codes of a kernel whose zero points lie where errors are least, without data: half-quadratic quantization. Σ |e|^p is made small in
 * turns: errors are shrunk by the law of |e|^p, and zero points set to what is left of the mean; for each group the best zero point
 * seen counts.
 *
 * Badri and Shaji 2023, https://mobiusml.github.io/hqq_blog. Its scales end at 2·10⁴ and one step decides for all groups when to stop;
 * here scales are as they are and each group stops by itself. 0 is not exact: zeros of pruning do not stay.
 *
 * @example
 * import { hqqValues } from '@weightkit/quantization';
 * // Between 0 and 3 a step is 1. Most values lie near .3 above a code: so do the values of the codes.
 * const { codes, scales, zeros } = hqqValues(Float32Array.of(0, 0.3, 0.35, 1.3, 1.35, 3), [6, 1], { bits: 2 });
 * console.log(codes.join(' '), scales[0], zeros[0] < -0.2); // -> 0 0 0 1 1 3 1 true
 *
 * @param values - [inputs, outputs] in row-major order, finite; not changed
 * @param shape - [inputs, outputs]
 * @param options - bits, groups and the numbers of the method
 * @returns codes, scales and zero points as plain data, and what they stand for
 * @throws RangeError that names the first value which is not finite, for lengths that do not fit and options out of range; TypeError
 * for other arguments
 */
export function hqqValues(
  values: Float32Array,
  shape: readonly [inputs: number, outputs: number],
  options: HqqValuesOptions = {},
): HqqValues {
  const fn = 'hqqValues';
  checkOptions(fn, options, HQQ);
  const settings = checkHqq(fn, options);
  checkKernel(fn, values, shape);
  const made = hqqValuesOf(values, shape, settings);
  checkFinite(fn, 'rounded values', 'values', made.values);
  return made;
}
