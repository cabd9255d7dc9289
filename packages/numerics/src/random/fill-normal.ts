import { checkOptions, checkRange } from '../check.ts';
import { isFloat32 } from '../check-floats.ts';
import { fillByKernel } from '../wasm/fill.ts';
import { checkFill } from './fill-bits.ts';
import { uniformReference } from './fill-uniform.ts';
import type { Key } from './key.ts';
import { normalQuantile } from './normal-quantile.ts';

/** Options of {@link fillNormal}. */
export interface FillNormalOptions {
  /**
   * Mean; finite.
   * @defaultValue 0
   */
  mean?: number;
  /**
   * Standard deviation; finite, 0 or more. 0 gives the mean.
   * @defaultValue 1
   */
  std?: number;
  /**
   * The index in the stream of the first element: a safe integer, 0 or more.
   * @defaultValue 0
   */
  offset?: number;
}

/** The float32 next above -1: the lowest u that a normal is made from. */
export const LOWEST_U = -1 + 2 ** -24;

/** Throws unless the mean is finite and the standard deviation finite and not negative. */
export function checkMeanStd(fn: string, mean: number, std: number): void {
  checkRange(isFloat32(mean), `${fn}: mean must be a finite float32`, mean);
  checkRange(isFloat32(std) && std >= 0, `${fn}: std must be a finite float32 of 0 or more`, std);
}

/** Normal float32 values; the reference that the kernel equals. `mean` and `std` are float32. */
export function normalReference(out: Float32Array, key: Key, offset: number, mean: number, std: number): void {
  uniformReference(out, key, offset, LOWEST_U, 2);
  for (let i = 0; i < out.length; i++) out[i] = Math.fround(normalQuantile(out[i]!) * std) + mean;
}

/**
 * Fills an array with normal values: `mean + std * sqrt(2) * erfinv(u)`, u uniform in (-1, 1) from `fillUniform`'s
 * law, every step in float32. The same bits in every engine, in WebAssembly and without; the law of
 * `jax.random.normal`, whose values differ in the last places because its logarithm and erfinv are others.
 *
 * Inverse transform: Giles 2010, "Approximating the erfinv function".
 *
 * @param out - filled and returned
 * @param key - the stream
 * @example
 * ```js
 * import { fillNormal, randomKey } from '@weightkit/numerics';
 * fillNormal(new Float32Array(3), randomKey(0)); // 1.6226420402526855, 2.0252647399902344, -0.43359434604644775
 * ```
 * @throws RangeError unless mean is finite and std finite and 0 or more
 */
export function fillNormal(out: Float32Array, key: Key, options: FillNormalOptions = {}): Float32Array {
  checkOptions('fillNormal', options, ['mean', 'std', 'offset']);
  const { mean = 0, std = 1, offset = 0 } = options;
  checkFill('fillNormal', out, 'Float32Array', key, offset);
  checkMeanStd('fillNormal', mean, std);
  if (!fillByKernel('normal', out, key, offset, mean, std)) {
    normalReference(out, key, offset, Math.fround(mean), Math.fround(std));
  }
  return out;
}
