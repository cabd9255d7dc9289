import { inverseFactor, matrixProduct } from '@weightkit/numerics';
import { checkBoolean, checkFinite, checkInteger, checkNumber, checkOptions } from '@weightkit/numerics/check';
import type { QuantizedValues } from '../grids/quantized-values.ts';
import {
  type CheckedGrid,
  checkCalibratedKernel,
  checkKernelGrid,
  KERNEL_GRID,
  type KernelGrid,
  quantizeKernel,
  rowCoder,
} from './kernel-grid.ts';

/** Options of {@link gptqValues}. */
export interface GptqValuesOptions extends KernelGrid {
  /**
   * Inputs with the largest diagonal first, so that what they lose is corrected by more others. Scales of groups are those of the
   * weights as they were given then, and groups stay inputs in a row.
   *
   * @defaultValue false
   */
  actOrder?: boolean | undefined;
  /**
   * How many inputs are rounded before the correction goes to all later ones, an integer of 1 or more: a matter of speed alone.
   *
   * @defaultValue 128
   */
  blockSize?: number | undefined;
  /**
   * What is added to the diagonal, as a share of its mean: a finite number above 0.
   *
   * @defaultValue 0.01
   */
  dampening?: number | undefined;
}

/** The names of the options that GPTQ adds to those of a grid. */
export const GPTQ = ['actOrder', 'blockSize', 'dampening'];

/** What GPTQ made of a kernel. */
export interface GptqValues {
  /** Codes of shape [inputs, outputs] with their scales, as plain data. */
  quantized: QuantizedValues;
  /** What the codes stand for. */
  values: Float32Array;
  /** How many inputs have a diagonal of 0. Their weights are 0. */
  dead: number;
}

/** Options with their defaults. */
export interface CheckedGptq {
  grid: CheckedGrid;
  actOrder: boolean;
  blockSize: number;
  dampening: number;
}

export function checkGptq(fn: string, options: GptqValuesOptions): CheckedGptq {
  const { actOrder = false, blockSize = 128, dampening = 0.01 } = options;
  checkBoolean(fn, 'actOrder', actOrder);
  checkInteger(fn, 'blockSize', blockSize, 1);
  checkNumber(`${fn}: dampening must be finite and above 0`, dampening, (d) => Number.isFinite(d) && d > 0);
  return { grid: checkKernelGrid(fn, options), actOrder, blockSize, dampening };
}

/** Inputs in the order in which they are rounded; where diagonals are equal, as they come. */
function orderOf(hessian: Float64Array, inputs: number, actOrder: boolean): Uint32Array {
  const order = Uint32Array.from({ length: inputs }, (_, j) => j);
  return actOrder ? order.sort((i, j) => hessian[j * inputs + j]! - hessian[i * inputs + i]! || i - j) : order;
}

/** The factor of the inverse of the damped matrix in an order, and which inputs are dead. */
function factorOf(
  fn: string,
  hessian: Float64Array,
  order: Uint32Array,
  dampening: number,
): { u: Float64Array; dead: Uint8Array } {
  const n = order.length;
  const dead = new Uint8Array(n);
  const damped = new Float64Array(n * n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const row = order[i]! * n;
    for (let j = 0; j < n; j++) damped[i * n + j] = hessian[row + order[j]!]!;
    if (damped[i * n + i] === 0) {
      dead[order[i]!] = 1;
      damped[i * n + i] = 1;
    }
    sum += damped[i * n + i]!;
  }
  for (let i = 0; i < n; i++) damped[i * n + i]! += (dampening * sum) / n;
  try {
    return { u: inverseFactor(damped, { rows: n, cols: n }), dead };
  } catch (error) {
    throw new RangeError(
      `${fn}: hessian must be positive semidefinite, as XᵀX is (more dampening helps), got ${(error as Error).message}`,
    );
  }
}

/** Where the block ends that begins at `from`: a group that is not longer than a block is not cut. */
function blockEnd(from: number, inputs: number, group: number, blockSize: number): number {
  const wanted = group <= blockSize ? Math.floor(blockSize / group) * group : blockSize;
  const limit = group <= blockSize ? inputs : (Math.floor(from / group) + 1) * group;
  return Math.min(inputs, from + wanted, limit);
}

/** Rows of a kernel that were rounded, and those behind them that are corrected now. */
interface Correction {
  inputs: number;
  outputs: number;
  from: number;
  to: number;
  end: number;
}

/** Takes what rows lost, times their rows of U, off rows behind them. */
function correct(
  w: Float64Array,
  u: Float64Array,
  { inputs, outputs, from, to, end }: Correction,
  errors: Float64Array,
): void {
  const [inner, rows] = [to - from, end - to];
  if (rows === 0) return;
  const behind = new Float64Array(inner * rows);
  for (let j = 0; j < inner; j++) {
    const start = (from + j) * inputs;
    behind.set(u.subarray(start + to, start + end), j * rows);
  }
  const change = matrixProduct(behind, errors, { rows, inner, cols: outputs, transposed: true });
  const later = w.subarray(to * outputs);
  for (let p = 0; p < change.length; p++) later[p] = later[p]! - change[p]!;
}

/** How many rows are corrected one by one, before a product corrects the rest of their block. */
const FEW = 16;

/** {@link gptqValues} with checked arguments and the name that messages give. */
export function gptqValuesAs(
  fn: string,
  values: Float32Array,
  [inputs, outputs]: readonly [number, number],
  hessian: Float64Array,
  { grid, actOrder, blockSize, dampening }: CheckedGptq,
): GptqValues {
  const order = orderOf(hessian, inputs, actOrder);
  const { u, dead } = factorOf(fn, hessian, order, dampening);
  const start = values.slice();
  for (let j = 0; j < inputs; j++) if (dead[j] === 1) start.fill(0, j * outputs, (j + 1) * outputs);
  const w = new Float64Array(inputs * outputs);
  for (let i = 0; i < inputs; i++) w.set(start.subarray(order[i]! * outputs, (order[i]! + 1) * outputs), i * outputs);
  // With the scales of the weights as they are given, which stay where they do not follow the corrections.
  const quantized = quantizeKernel(fn, start, inputs, outputs, grid);
  const { codes, zeroPoints } = quantized;
  const scales = quantized.scales!;
  const follows = !actOrder && grid.group < inputs;
  const group = follows ? grid.group : 1;
  const { encode, decode } = rowCoder(grid, outputs);
  for (let from = 0; from < inputs; ) {
    const to = blockEnd(from, inputs, group, blockSize);
    const errors = new Float64Array((to - from) * outputs);
    for (let j = from, few = from, end = from; j < to; j++) {
      if (j === end) {
        few = j;
        end = blockEnd(j, to, group, FEW);
      }
      const first = Math.floor(order[j]! / grid.group) * outputs;
      if (follows && j % group === 0) {
        const count = Math.min(group, inputs - j);
        const part = Float32Array.from(w.subarray(j * outputs, (j + count) * outputs));
        const own = quantizeKernel(fn, part, count, outputs, grid);
        scales.set(own.scales!, first);
        if (own.zeroPoints !== null) zeroPoints!.set(own.zeroPoints, first);
      }
      const [scale, zero] = [scales, zeroPoints].map((all) => all?.subarray(first, first + outputs) ?? null) as [
        Float32Array,
        Int32Array | null,
      ];
      const row = w.subarray(j * outputs, (j + 1) * outputs);
      const coded = encode(Float32Array.from(row), scale, zero);
      codes.set(coded, order[j]! * outputs);
      const decoded = decode(coded, scale, zero);
      const lost = errors.subarray((j - from) * outputs, (j - from + 1) * outputs);
      const d = u[j * inputs + j]!;
      for (let o = 0; o < outputs; o++) lost[o] = (row[o]! - decoded[o]!) / d;
      start.set(decoded, order[j]! * outputs);
      for (let k = j + 1; k < end; k++) {
        const factor = u[j * inputs + k]!;
        if (factor === 0) continue;
        const later = w.subarray(k * outputs, (k + 1) * outputs);
        for (let o = 0; o < outputs; o++) later[o] = later[o]! - factor * lost[o]!;
      }
      if (j + 1 === end) {
        const some = errors.subarray((few - from) * outputs, (end - from) * outputs);
        correct(w, u, { inputs, outputs, from: few, to: end, end: to }, some);
      }
    }
    correct(w, u, { inputs, outputs, from, to, end: inputs }, errors);
    from = to;
  }
  checkFinite(fn, 'rounded values', 'values', start);
  return { quantized, values: start, dead: dead.reduce((sum, bit) => sum + bit, 0) };
}

/**
 * Rounds a kernel so that what it gives changes least, not so that its weights do: GPTQ. Input by input its weights go to the grid, and
 * what they lose is taken, times U_jk / U_jj, off the weights of all later inputs k, with U'U = (H + λ)⁻¹ and H = XᵀX of the inputs. In
 * float64.
 *
 * Frantar, Ashkboos, Hoefler and Alistarh 2023, https://arxiv.org/abs/2210.17323. Scales of a group are those of its weights when its
 * turn comes, all corrections in them, whatever the block size.
 *
 * @example
 * import { gptqValues } from '@weightkit/quantization';
 * // Two inputs that are always equal, and a third: what the first loses, the second gains. To the nearest it would be 0 0 7.
 * const hessian = Float64Array.of(1, 1, 0, 1, 1, 0, 0, 0, 1);
 * const { values } = gptqValues(Float32Array.of(0.4, 0.4, 7), [3, 1], hessian, { dtype: 'int4' });
 * console.log(values.join(' ')); // -> 0 1 7
 *
 * @param values - [inputs, outputs] in row-major order; not changed
 * @param shape - [inputs, outputs]
 * @param hessian - XᵀX of the inputs times any factor, inputs * inputs entries
 * @param options - the grid, the order and the dampening
 * @returns codes as plain data, and what they stand for
 * @throws RangeError for NaN or infinity, by index, for a matrix that is not positive semidefinite, for lengths that do not fit and
 * options out of range; TypeError for other arguments
 */
export function gptqValues(
  values: Float32Array,
  shape: readonly [inputs: number, outputs: number],
  hessian: Float64Array,
  options: GptqValuesOptions = {},
): GptqValues {
  const fn = 'gptqValues';
  checkOptions(fn, options, [...KERNEL_GRID, ...GPTQ]);
  checkCalibratedKernel(fn, values, shape, hessian);
  return gptqValuesAs(fn, values, shape, hessian, checkGptq(fn, options));
}
