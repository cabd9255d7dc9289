import { checkInteger, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import type { WeightPathOptions } from './garson.ts';
import { checkKernel, type Kernel } from './kernel.ts';

/**
 * Olden's connection weights: for each input the sum, over all paths to an output, of the product of the weights on the path, which is
 * the product of the kernels. It keeps signs, for any number of layers; activations do not count.
 *
 * Olden, Joy and Death 2004, An accurate comparison of methods for quantifying variable importance in artificial neural networks using
 * simulated data; `olden` in R's NeuralNetTools.
 *
 * @example
 * const scores = olden([{ values: [1, 4, 3, -4], inputs: 2, units: 2 }, { values: [1, -2], inputs: 2, units: 1 }]);
 * console.log(...scores); // -> -7 11
 *
 * @param kernels - of all layers in order, each with the units of the one before as inputs
 * @returns a score for each input, of the size of the weights' products
 * @throws TypeError or RangeError when these are no kernels that follow one another, or there is no such output
 */
export function olden(kernels: readonly Kernel[], options: WeightPathOptions = {}): Float64Array {
  const fn = 'olden';
  checkType(Array.isArray(kernels) && kernels.length > 0, `${fn}: kernels must be a list of one or more`, kernels);
  for (let k = 0; k < kernels.length; k++) {
    checkKernel(fn, `kernels[${k}]`, kernels[k]);
    const before = kernels[k - 1]?.units ?? kernels[k]!.inputs;
    checkRange(kernels[k]!.inputs === before, `${fn}: kernels[${k}].inputs must be ${before}`, kernels[k]!.inputs);
  }
  checkOptions(fn, options, ['output']);
  const { output = 0 } = options;
  const last = kernels[kernels.length - 1]!;
  checkInteger(fn, 'output', output, 0, last.units - 1);
  let scores = Float64Array.from({ length: last.inputs }, (_, i) => last.values[i * last.units + output]!);
  for (let k = kernels.length - 2; k >= 0; k--) scores = times(kernels[k]!, scores);
  return scores;
}

/** The product of a kernel and a vector. */
function times({ values, inputs, units }: Kernel, x: Float64Array): Float64Array<ArrayBuffer> {
  const product = new Float64Array(inputs);
  for (let i = 0; i < inputs; i++) for (let j = 0; j < units; j++) product[i]! += values[i * units + j]! * x[j]!;
  return product;
}
