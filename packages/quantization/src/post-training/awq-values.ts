import {
  checkBoolean,
  checkFinite,
  checkInteger,
  checkOptions,
  checkRange,
  checkType,
} from '@weightkit/numerics/check';
import { dequantizeValuesAs } from '../grids/dequantize-values.ts';
import type { QuantizedValues } from '../grids/quantized-values.ts';
import {
  type CheckedGrid,
  checkCalibratedKernel,
  checkKernelGrid,
  differences,
  KERNEL_GRID,
  type KernelGrid,
  lossesOf,
  quantizeKernel,
} from './kernel-grid.ts';
import type { ProductColumns } from './kernel-matrix.ts';

/** Options of {@link awqValues}. */
export interface AwqValuesOptions extends KernelGrid {
  /**
   * Whether ranges of groups are made smaller where that changes the outputs less.
   *
   * @defaultValue true
   */
  clip?: boolean | undefined;
  /**
   * How many powers are tried: 0, 1 / steps, 2 / steps and so on below 1; an integer from 1 to 1000. 1 leaves the weights unscaled.
   *
   * @defaultValue 20
   */
  steps?: number | undefined;
}

/** The names of the options that AWQ adds to those of a grid. */
export const AWQ = ['clip', 'steps'];

/** What AWQ knows of the inputs of a kernel. */
export interface AwqInputs {
  /** XᵀX of the inputs times any factor, inputs * inputs entries. */
  hessian: Float64Array;
  /** The mean of |x| of each input times any factor. */
  magnitudes: Float64Array;
}

/** What AWQ made of a kernel. */
export interface AwqValues {
  /** Codes of shape [inputs, outputs] with their scales, as plain data: of the weights times the factors of their inputs. */
  quantized: QuantizedValues;
  /** What the weights of each input were multiplied with before they were rounded. */
  factors: Float32Array;
  /** The power of the magnitudes that the factors are. */
  alpha: number;
  /** What the codes stand for, divided by the factors. */
  values: Float32Array;
}

/** Options with their defaults. */
export interface CheckedAwq {
  grid: CheckedGrid;
  clip: boolean;
  steps: number;
}

export function checkAwq(fn: string, options: AwqValuesOptions): CheckedAwq {
  const { clip = true, steps = 20 } = options;
  checkBoolean(fn, 'clip', clip);
  checkInteger(fn, 'steps', steps, 1, 1000);
  return { grid: checkKernelGrid(fn, options), clip, steps };
}

/** The least factor before factors are centered, the greatest being 1. */
const LEAST = 1e-4;

/** Magnitudes to a power, centered so that the least and the greatest are inverses. */
function factorsOf(magnitudes: Float64Array, alpha: number): Float32Array {
  const most = magnitudes.reduce((a, b) => Math.max(a, b), 0);
  if (alpha === 0 || most === 0) return new Float32Array(magnitudes.length).fill(1);
  const powers = magnitudes.map((m) => Math.max((m / most) ** alpha, LEAST));
  const center = Math.sqrt(powers.reduce((a, b) => Math.min(a, b)));
  return Float32Array.from(powers, (p) => p / center);
}

/** Rows of weights times their factors; undefined where one of them is too large for that. */
function scaled(values: Float32Array, factors: Float32Array, outputs: number): Float32Array | undefined {
  const large = new Float32Array(values.length);
  for (let row = 0, j = 0; row < large.length; row += outputs, j++) {
    const factor = factors[j]!;
    for (let i = row; i < row + outputs; i++) {
      large[i] = values[i]! * factor;
      if (!Number.isFinite(large[i]!)) return undefined;
    }
  }
  return large;
}

/**
 * Weights whose codes and factors are known.
 *
 * @param factors - [inputs, parts], row-major
 * @param parts - the columns that have factors of their own, one after another
 */
export function unscaled(
  fn: string,
  quantized: QuantizedValues,
  factors: Float32Array,
  parts: readonly ProductColumns[],
): Float32Array {
  const values = dequantizeValuesAs(fn, quantized);
  const outputs = parts.reduce((sum, { count }) => sum + count, 0);
  for (let row = 0, j = 0; row < values.length; row += outputs, j++)
    for (const [p, { from, count }] of parts.entries()) {
      const factor = factors[j * parts.length + p]!;
      const start = row + from;
      for (let i = start; i < start + count; i++) values[i] = values[i]! / factor;
    }
  return values;
}

/** A kernel, what is known of its inputs, and the grid. */
interface Problem {
  fn: string;
  values: Float32Array;
  inputs: number;
  outputs: number;
  hessian: Float64Array;
  grid: CheckedGrid;
}

/** A kernel on the grid with factors, and by how much each output changes. */
interface Candidate {
  quantized: QuantizedValues;
  values: Float32Array;
  losses: Float64Array;
}

/** Rounds weights that were multiplied with factors. */
function candidate(
  { fn, values, inputs, outputs, hessian, grid }: Problem,
  large: Float32Array,
  factors: Float32Array,
): Candidate {
  const quantized = quantizeKernel(fn, large, inputs, outputs, grid);
  const found = unscaled(fn, quantized, factors, [{ from: 0, count: outputs }]);
  const losses = lossesOf(hessian, differences(values, found), inputs, outputs);
  return { quantized, values: found, losses };
}

const total = (losses: Float64Array): number => losses.reduce((a, b) => a + b, 0);

/** The shares by which ranges become smaller: down to a half, as AWQ has it. */
const SHRINK = Array.from({ length: 10 }, (_, i) => 1 - i / 20);

/** Weights with factors, cut where what a group adds to an output changes least then. */
function clipped(
  { fn, inputs, outputs, hessian, grid }: Problem,
  large: Float32Array,
  factors: Float32Array,
): Float32Array {
  const group = Math.min(grid.group, inputs);
  const groups = Math.ceil(inputs / group);
  const most = new Float32Array(groups * outputs);
  const eachRow = (visit: (row: number, first: number) => void) => {
    for (let j = 0; j < inputs; j++) visit(j * outputs, Math.floor(j / group) * outputs);
  };
  eachRow((row, first) => {
    for (let o = 0; o < outputs; o++) most[first + o] = Math.max(most[first + o]!, Math.abs(large[row + o]!));
  });
  const least = new Float64Array(most.length).fill(Number.POSITIVE_INFINITY);
  const best = most.slice();
  const cut = (limits: Float32Array) => {
    const made = new Float32Array(large.length);
    eachRow((row, first) => {
      for (let o = 0; o < outputs; o++) {
        const limit = limits[first + o]!;
        made[row + o] = Math.min(Math.max(large[row + o]!, -limit), limit);
      }
    });
    return made;
  };
  const own = Array.from({ length: groups }, (_, g) => {
    const [from, to] = [g * group, Math.min(inputs, (g + 1) * group)];
    const part = new Float64Array((to - from) ** 2);
    for (let j = from; j < to; j++)
      for (let k = from; k < to; k++)
        part[(j - from) * (to - from) + k - from] = hessian[j * inputs + k]! / factors[j]! / factors[k]!;
    return { from, to, part };
  });
  for (const share of SHRINK) {
    const limits = most.map((m) => m * share);
    const found = dequantizeValuesAs(fn, quantizeKernel(fn, cut(limits), inputs, outputs, grid));
    for (const [g, { from, to, part }] of own.entries()) {
      const [begin, end] = [from * outputs, to * outputs];
      const errors = differences(found.subarray(begin, end), large.subarray(begin, end));
      for (const [o, loss] of lossesOf(part, errors, to - from, outputs).entries()) {
        const place = g * outputs + o;
        if (!(loss < least[place]!)) continue;
        [least[place], best[place]] = [loss, limits[place]!];
      }
    }
  }
  return cut(best);
}

/** {@link awqValues} with checked arguments and the name that messages give. */
export function awqValuesAs(
  fn: string,
  values: Float32Array,
  [inputs, outputs]: readonly [number, number],
  { hessian, magnitudes }: AwqInputs,
  { grid, clip, steps }: CheckedAwq,
): AwqValues {
  const problem = { fn, values, inputs, outputs, hessian, grid };
  let [factors, alpha, large] = [factorsOf(magnitudes, 0), 0, values];
  let best = candidate(problem, values, factors);
  for (let step = 1; step < steps; step++) {
    const tried = factorsOf(magnitudes, step / steps);
    const multiplied = scaled(values, tried, outputs);
    if (multiplied === undefined) continue;
    const found = candidate(problem, multiplied, tried);
    if (total(found.losses) < total(best.losses))
      [best, factors, alpha, large] = [found, tried, step / steps, multiplied];
  }
  if (clip && values.length > 0) {
    const cut = clipped(problem, large, factors);
    const { losses } = candidate(problem, cut, factors);
    // Groups of an output are cut together or not at all: one by one they do not see what they do to each other.
    const kept = large.map((v, i) => (losses[i % outputs]! < best.losses[i % outputs]! ? cut[i]! : v));
    best = candidate(problem, kept, factors);
  }
  return { quantized: best.quantized, factors, alpha, values: best.values };
}

/**
 * Rounds a kernel after the weights of large inputs were made larger, so that their codes are nearer: activation-aware weight quantization.
 * The weights of each input are multiplied with s = mean |x|^α / √(max · min), rounded, and divided by s again; of the α that are tried,
 * the one is taken that changes the outputs least, ‖X W − X Ŵ‖². Then ranges of groups are made smaller, down to a half, where what
 * a group adds to an output changes less, and it stays so where the output does too. Never worse than the nearest codes.
 *
 * Lin, Tang, Tang, Yang, Dang and Han 2023, https://arxiv.org/abs/2306.00978. The paper divides what comes before a layer by s; here
 * the kernel alone changes, and what computes with the codes divides by the factors: w = (code − zero point) · scale / factor.
 * Factors are at least 10⁻⁴ of the greatest before they are centered.
 *
 * @example
 * import { awqValues } from '@weightkit/quantization';
 * // The first input is a hundred times the second.
 * const inputs = { hessian: Float64Array.of(10000, 0, 0, 1), magnitudes: Float64Array.of(100, 1) };
 * const { values, alpha } = awqValues(Float32Array.of(0.4, 7), [2, 1], inputs, { dtype: 'int4' });
 * console.log(alpha > 0, Math.abs(values[0] - 0.4) < 0.05); // -> true true
 *
 * @param values - [inputs, outputs] in row-major order; not changed
 * @param shape - [inputs, outputs]
 * @param statistics - what is known of the inputs
 * @param options - the grid and what is searched
 * @returns codes as plain data, the factors, and what they stand for
 * @throws RangeError for NaN or infinity, by index, for lengths that do not fit and options out of range; TypeError for other arguments
 */
export function awqValues(
  values: Float32Array,
  shape: readonly [inputs: number, outputs: number],
  statistics: AwqInputs,
  options: AwqValuesOptions = {},
): AwqValues {
  const fn = 'awqValues';
  checkOptions(fn, options, [...KERNEL_GRID, ...AWQ]);
  const settings = checkAwq(fn, options);
  checkOptions(fn, statistics, ['hessian', 'magnitudes'], 'statistics');
  checkType(
    typeof statistics === 'object' && statistics !== null,
    `${fn}: statistics must be { hessian, magnitudes }`,
    statistics,
  );
  const { hessian, magnitudes } = statistics;
  checkCalibratedKernel(fn, values, shape, hessian);
  checkType(magnitudes instanceof Float64Array, `${fn}: magnitudes must be a Float64Array`, magnitudes);
  checkRange(magnitudes.length === shape[0], `${fn}: magnitudes must have ${shape[0]} entries`, magnitudes.length);
  checkFinite(fn, 'entries', 'magnitudes', magnitudes);
  const negative = magnitudes.find((m) => m < 0);
  checkRange(negative === undefined, `${fn}: magnitudes must be 0 or more`, negative);
  const made = awqValuesAs(fn, values, shape, statistics, settings);
  checkFinite(fn, 'rounded values', 'values', made.values);
  return made;
}
