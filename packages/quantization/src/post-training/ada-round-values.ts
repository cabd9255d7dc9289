import { matrixProduct } from '@weightkit/numerics';
import { checkInteger, checkNumber, checkOptions, checkType } from '@weightkit/numerics/check';
import { dequantizeValuesAs } from '../grids/dequantize-values.ts';
import { codeRange, type IntegerDtype, type IntegerScheme, isIntegerDtype } from '../grids/integers.ts';
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

/** Options of {@link adaRoundValues}. */
export interface AdaRoundValuesOptions extends KernelGrid {
  /**
   * int2 to int8, uint2 to uint8 or uint16.
   *
   * @defaultValue `'int4'`
   */
  dtype?: IntegerDtype | undefined;
  /** As of {@link quantizeValues}. */
  scheme?: IntegerScheme | undefined;
  /**
   * How many steps are taken, an integer from 1 to 2^20.
   *
   * @defaultValue 500
   */
  iterations?: number | undefined;
  /**
   * How far a step goes, as of Adam: finite and above 0.
   *
   * @defaultValue 0.02
   */
  learningRate?: number | undefined;
  /**
   * How strongly weights are drawn to one of their two codes, 0 or more: in units of what a weight's nearest code changes the outputs by,
   * on the mean.
   *
   * @defaultValue 3
   */
  regularization?: number | undefined;
}

/** The names of the options that AdaRound adds to those of a grid. */
export const ADA_ROUND = ['iterations', 'learningRate', 'regularization'];

/** What AdaRound made of a kernel. */
export interface AdaRoundValues {
  /** Codes of shape [inputs, outputs] with the scales of the nearest codes, as plain data. */
  quantized: QuantizedValues;
  /** What the codes stand for. */
  values: Float32Array;
  /** How many codes are not the nearest. */
  moved: number;
}

/** Options with their defaults. */
export interface CheckedAdaRound {
  grid: CheckedGrid;
  iterations: number;
  learningRate: number;
  regularization: number;
}

export function checkAdaRound(fn: string, options: AdaRoundValuesOptions): CheckedAdaRound {
  const { dtype = 'int4', iterations = 500, learningRate = 0.02, regularization = 3 } = options;
  checkType(isIntegerDtype(dtype), `${fn}: dtype must be of integers, int2 to int8, uint2 to uint8 or uint16`, dtype);
  checkInteger(fn, 'iterations', iterations, 1, 2 ** 20);
  checkNumber(`${fn}: learningRate must be finite and above 0`, learningRate, (v) => Number.isFinite(v) && v > 0);
  checkNumber(
    `${fn}: regularization must be finite and 0 or more`,
    regularization,
    (v) => Number.isFinite(v) && v >= 0,
  );
  return { grid: checkKernelGrid(fn, options), iterations, learningRate, regularization };
}

/** The ends of the stretched sigmoid. */
const [ZETA, GAMMA] = [1.1, -0.1];
/** The powers of the regularizer at first and at last, and the share of steps without it. */
const [FIRST, LAST, WARM] = [20, 2, 0.2];
/** Adam's shares of earlier steps, and what keeps its quotient finite. */
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** The power of the regularizer at a step, and 0 where it has not begun. */
function powerAt(step: number, iterations: number): number {
  const start = WARM * iterations;
  if (step < start) return 0;
  return LAST + 0.5 * (FIRST - LAST) * (1 + Math.cos(((step - start) / (iterations - start)) * Math.PI));
}

/** Weights between two codes each, with the step and the zero point of each. */
interface Between {
  floor: Float64Array;
  scale: Float64Array;
  zero: Float64Array;
  least: number;
  most: number;
}

function betweenOf(
  values: Float32Array,
  inputs: number,
  outputs: number,
  grid: CheckedGrid,
  nearest: QuantizedValues,
): Between {
  const group = Math.min(grid.group, Math.max(1, inputs));
  const at = (i: number) => Math.floor(i / outputs / group) * outputs + (i % outputs);
  const scale = Float64Array.from(values, (_, i) => nearest.scales![at(i)]!);
  const zero = Float64Array.from(values, (_, i) => nearest.zeroPoints?.[at(i)] ?? 0);
  const floor = Float64Array.from(values, (v, i) => Math.floor(v / scale[i]!));
  return { floor, scale, zero, ...codeRange(grid.dtype as IntegerDtype, grid.narrow ?? false) };
}

/** Which weights go to the upper of their codes. */
function roundedUp(
  values: Float32Array,
  hessian: Float64Array,
  [inputs, outputs]: readonly [number, number],
  { floor, scale, zero, least, most }: Between,
  { iterations, learningRate, regularization }: CheckedAdaRound,
): Uint8Array {
  const size = values.length;
  const v = Float64Array.from(values, (w, i) => -Math.log((ZETA - GAMMA) / (w / scale[i]! - floor[i]! - GAMMA) - 1));
  const [first, second, h, slope, errors] = Array.from({ length: 5 }, () => new Float64Array(size)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const stretch = () => {
    for (let i = 0; i < size; i++) {
      const sigmoid = 1 / (1 + Math.exp(-v[i]!));
      const open = sigmoid * (ZETA - GAMMA) + GAMMA;
      h[i] = Math.min(Math.max(open, 0), 1);
      slope[i] = open === h[i] ? sigmoid * (1 - sigmoid) * (ZETA - GAMMA) : 0;
    }
  };
  stretch();
  for (let step = 0; step < iterations; step++) {
    for (let i = 0; i < size; i++) {
      const code = Math.min(Math.max(floor[i]! + h[i]! + zero[i]!, least), most);
      errors[i] = (code - zero[i]!) * scale[i]! - values[i]!;
    }
    const product = matrixProduct(hessian, errors, { rows: inputs, inner: inputs, cols: outputs });
    const power = powerAt(step, iterations);
    const [left1, left2] = [1 - BETA1 ** (step + 1), 1 - BETA2 ** (step + 1)];
    for (let i = 0; i < size; i++) {
      const code = floor[i]! + h[i]! + zero[i]!;
      let gradient = code >= least && code <= most ? 2 * product[i]! * scale[i]! : 0;
      if (power > 0) {
        const u = 2 * h[i]! - 1;
        gradient -= 2 * regularization * power * Math.abs(u) ** (power - 1) * Math.sign(u);
      }
      gradient *= slope[i]!;
      first[i] = BETA1 * first[i]! + (1 - BETA1) * gradient;
      second[i] = BETA2 * second[i]! + (1 - BETA2) * gradient * gradient;
      v[i] = v[i]! - (learningRate * (first[i]! / left1)) / (Math.sqrt(second[i]! / left2) + EPSILON);
    }
    stretch();
  }
  return Uint8Array.from(h, (up) => (up >= 0.5 ? 1 : 0));
}

/** {@link adaRoundValues} with checked arguments and the name that messages give. */
export function adaRoundValuesAs(
  fn: string,
  values: Float32Array,
  shape: readonly [inputs: number, outputs: number],
  hessian: Float64Array,
  settings: CheckedAdaRound,
): AdaRoundValues {
  const [inputs, outputs] = shape;
  const nearest = quantizeKernel(fn, values, inputs, outputs, settings.grid);
  const plain = dequantizeValuesAs(fn, nearest);
  const changes = (found: Float32Array) => lossesOf(hessian, differences(values, found), inputs, outputs);
  const before = changes(plain);
  const unit = before.reduce((a, b) => a + b, 0) / values.length;
  const asTheyAre = { quantized: nearest, values: plain, moved: 0 };
  if (!(unit > 0)) return asTheyAre;
  const between = betweenOf(values, inputs, outputs, settings.grid, nearest);
  const up = roundedUp(
    values,
    hessian.map((v) => v / unit),
    shape,
    between,
    settings,
  );
  const { floor, zero, least, most } = between;
  const codes = nearest.codes.map((_, i) => Math.min(Math.max(floor[i]! + up[i]! + zero[i]!, least), most));
  const after = changes(dequantizeValuesAs(fn, { ...nearest, codes: codes as QuantizedValues['codes'] }));
  let moved = 0;
  for (let i = 0; i < codes.length; i++) {
    if (!(after[i % outputs]! < before[i % outputs]!)) codes[i] = nearest.codes[i]!;
    if (codes[i] !== nearest.codes[i]) moved++;
  }
  const quantized = { ...nearest, codes: codes as QuantizedValues['codes'] };
  return { quantized, values: dequantizeValuesAs(fn, quantized), moved };
}

/**
 * Learns for each weight of a kernel which of the two codes beside it changes the outputs least: adaptive rounding. With
 * h(V) = clip(1.2 σ(V) − 0.1, 0, 1) between the lower code and the upper one, ‖X W − X Ŵ‖² + λ Σ (1 − |2 h(V) − 1|^β) is made small by
 * Adam; after a fifth of the steps λ acts, and β falls from 20 to 2, so that each weight has one of its codes at last. In float64, by
 * XᵀX alone: all examples count in each step. Without chance.
 *
 * Nagel, Amjad, van Baalen, Louizos and Blankevoort 2020, https://arxiv.org/abs/2004.10568, for the sums of a layer before its activation.
 * The paper's loss depends on the size of weights and inputs; here it is in units of the mean loss of a nearest code, and so is λ.
 * Outputs for which the nearest codes are better keep them.
 *
 * @example
 * import { adaRoundValues } from '@weightkit/quantization';
 * // Two inputs that are always equal, and a third: to the nearest it would be 0 0 7, but .45 and .3 together are nearer to 1.
 * const hessian = Float64Array.of(1, 1, 0, 1, 1, 0, 0, 0, 1);
 * const { values } = adaRoundValues(Float32Array.of(0.45, 0.3, 7), [3, 1], hessian, { dtype: 'int4' });
 * console.log(values.join(' ')); // -> 1 0 7
 *
 * @param values - [inputs, outputs] in row-major order; not changed
 * @param shape - [inputs, outputs]
 * @param hessian - XᵀX of the inputs times any factor, inputs * inputs entries
 * @param options - the grid and how it is learned
 * @returns codes as plain data, and what they stand for
 * @throws RangeError for NaN or infinity, by index, for lengths that do not fit and options out of range; TypeError for other arguments
 */
export function adaRoundValues(
  values: Float32Array,
  shape: readonly [inputs: number, outputs: number],
  hessian: Float64Array,
  options: AdaRoundValuesOptions = {},
): AdaRoundValues {
  const fn = 'adaRoundValues';
  checkOptions(fn, options, [...KERNEL_GRID, ...ADA_ROUND]);
  checkCalibratedKernel(fn, values, shape, hessian);
  return adaRoundValuesAs(fn, values, shape, hessian, checkAdaRound(fn, options));
}
