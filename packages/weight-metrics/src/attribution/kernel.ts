import { checkInteger, checkNumbers, checkOptions, checkPlainObject, checkRange } from '@weightkit/numerics/check';

/** The kernel of a Dense layer: `values[i * units + j]` is the weight from input i to unit j. */
export interface Kernel {
  /** The weights in row-major order, as TensorFlow.js keeps them. */
  readonly values: ArrayLike<number>;
  /** The number of inputs, its rows. */
  readonly inputs: number;
  /** The number of units, its columns. */
  readonly units: number;
}

/** Throws unless a value is a kernel. */
export function checkKernel(fn: string, name: string, kernel: unknown): asserts kernel is Kernel {
  checkPlainObject(`${fn}: ${name} must be { values, inputs, units }`, kernel);
  checkOptions(fn, kernel, ['values', 'inputs', 'units'], name);
  const { values, inputs, units } = kernel;
  checkInteger(fn, `${name}.inputs`, inputs, 1);
  checkInteger(fn, `${name}.units`, units, 1);
  checkNumbers(`${fn}: ${name}.values must be numbers`, values, () => true);
  checkRange(
    values.length === inputs * units,
    `${fn}: ${name}.values must have inputs * units = ${inputs * units} entries`,
    values.length,
  );
}

/** Magnitudes as parts of their sum; zeros where all are 0. */
export function sharesOf(scores: ArrayLike<number>): Float64Array {
  const magnitudes = Float64Array.from(scores, Math.abs);
  const sum = magnitudes.reduce((total, x) => total + x, 0);
  return sum === 0 ? magnitudes : magnitudes.map((x) => x / sum);
}
