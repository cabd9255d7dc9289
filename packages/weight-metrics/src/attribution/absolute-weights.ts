import { checkKernel, type Kernel, sharesOf } from './kernel.ts';

/**
 * How much weight each input has: the sum of the magnitudes of its weights, as a part of all. It sees one layer alone, neither what
 * comes after it nor how large the inputs are.
 *
 * @example
 * const shares = absoluteWeights({ values: [-0.5, 1.2, 0.8, -0.3, 2.1], inputs: 5, units: 1 });
 * console.log(Array.from(shares, (share) => share.toFixed(3)).join(' ')); // -> 0.102 0.245 0.163 0.061 0.429
 *
 * @param kernel - of the first layer; NaN makes every share NaN
 * @returns a share for each input, 1 together; zeros where all weights are 0
 * @throws TypeError or RangeError when it is no kernel
 */
export function absoluteWeights(kernel: Kernel): Float64Array {
  checkKernel('absoluteWeights', 'kernel', kernel);
  const { values, inputs, units } = kernel;
  const sums = new Float64Array(inputs);
  for (let i = 0; i < inputs; i++) for (let j = 0; j < units; j++) sums[i]! += Math.abs(values[i * units + j]!);
  return sharesOf(sums);
}
