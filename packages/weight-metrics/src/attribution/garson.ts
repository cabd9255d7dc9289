import { checkInteger, checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkKernel, type Kernel, sharesOf } from './kernel.ts';

/** Options of {@link garson} and {@link olden}. */
export interface WeightPathOptions {
  /**
   * The output that is explained.
   * @defaultValue 0
   */
  output?: number;
}

/**
 * Garson's relative importance of the inputs of a network with one hidden layer: of each hidden unit, the part that each input has in
 * |w_ij v_j|, summed over the units and scaled to 1 together. The weight v_j cancels out of these parts unless it is 0, so that every
 * unit that is joined to the output counts alike; signs do not count. The scale of a hidden unit has no influence.
 *
 * Garson 1991, Interpreting neural-network connection weights, in the form of Goh 1995 and of `garson` in R's NeuralNetTools, which gives
 * NaN for a unit of zeros where this leaves it out.
 *
 * @example
 * const shares = garson({ values: [1, 4, 3, -4], inputs: 2, units: 2 }, { values: [1, -2], inputs: 2, units: 1 });
 * console.log(...shares); // -> 0.375 0.625
 *
 * @param hidden - the kernel of the hidden layer; NaN makes every share NaN
 * @param out - the kernel of the output layer, whose inputs are the hidden units
 * @returns a share for each input, 1 together; zeros where nothing joins an input with the output
 * @throws TypeError or RangeError when these are no kernels that follow one another, or there is no such output
 */
export function garson(hidden: Kernel, out: Kernel, options: WeightPathOptions = {}): Float64Array {
  const fn = 'garson';
  checkKernel(fn, 'hidden', hidden);
  checkKernel(fn, 'out', out);
  checkRange(out.inputs === hidden.units, `${fn}: out.inputs must be the ${hidden.units} hidden units`, out.inputs);
  checkOptions(fn, options, ['output']);
  const { output = 0 } = options;
  checkInteger(fn, 'output', output, 0, out.units - 1);
  const { values: w, inputs, units } = hidden;
  const sums = new Float64Array(inputs);
  for (let j = 0; j < units; j++) {
    const v = out.values[j * out.units + output]!;
    const products = Float64Array.from({ length: inputs }, (_, i) => w[i * units + j]! * v);
    for (const [i, share] of sharesOf(products).entries()) sums[i]! += share;
  }
  return sharesOf(sums);
}
