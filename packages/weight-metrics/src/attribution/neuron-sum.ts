import type { Values } from '../values/read-values.ts';

/** An input of a neuron and its weight. */
export interface SumTerm {
  /** Where the input comes from: `L0N1`. */
  from: string;
  /** The input's value. */
  input: number;
  /** The weight. */
  weight: number;
  /** Their product. */
  product: number;
}

/** One neuron: sum = bias + products, output = activation(sum). */
export interface NeuronSum {
  /** Its name: `L1N0`. */
  name: string;
  /** Its bias; 0 for a layer without. */
  bias: number;
  /** The first products. */
  terms: SumTerm[];
  /** How many more there are. */
  moreTerms: number;
  /** The sum of those. */
  moreSum: number;
  /** Bias and all products together. */
  sum: number;
  /** What the activation makes of the sum; with softmax, of all sums of the layer. */
  output: number;
}

/** The numbers of a Dense layer: `kernel[i * units + j]` joins input i with neuron j. */
export interface DenseNumbers {
  readonly kernel: Values;
  readonly bias: Values | null;
}

/** The sums of a layer's neurons, in float64. */
export function sumsOf({ kernel, bias }: DenseNumbers, inputs: Float64Array): Float64Array {
  const units = kernel.length / inputs.length;
  const sums = bias ? Float64Array.from(bias) : new Float64Array(units);
  for (let i = 0; i < inputs.length; i++)
    for (let j = 0; j < units; j++) sums[j]! += inputs[i]! * kernel[i * units + j]!;
  return sums;
}

/** The first neurons of a layer with the terms of their sums. */
export function neuronsOf(
  { kernel, bias }: DenseNumbers,
  inputs: Float64Array,
  sums: Float64Array,
  outputs: Float64Array,
  place: number,
  most: number,
): NeuronSum[] {
  const units = sums.length;
  const told = Math.min(most, inputs.length);
  return Array.from({ length: Math.min(most, units) }, (_, j): NeuronSum => {
    const terms = Array.from({ length: told }, (_, i): SumTerm => {
      const [input, weight] = [inputs[i]!, kernel[i * units + j]!];
      return { from: `L${place - 1}N${i}`, input, weight, product: input * weight };
    });
    let moreSum = 0;
    for (let i = told; i < inputs.length; i++) moreSum += inputs[i]! * kernel[i * units + j]!;
    const rest = { moreTerms: inputs.length - told, moreSum };
    return { name: `L${place}N${j}`, bias: bias?.[j] ?? 0, terms, ...rest, sum: sums[j]!, output: outputs[j]! };
  });
}

/** A number with five digits. */
const short = (value: number): string => String(Number(value.toPrecision(5)));

/** A neuron's sum as one writes it on paper: `L1N0 = 0.5 + 0.66 * 0 - 0.66 * 1 = -0.16, relu 0`. */
export function writtenSum(
  { name, bias, terms, moreTerms, moreSum, sum, output }: NeuronSum,
  activation: string | null,
): string {
  const products = terms.map(
    ({ weight, input }) => `${short(weight)} * ${input < 0 ? `(${short(input)})` : short(input)}`,
  );
  const parts = [short(bias), ...products, ...(moreTerms > 0 ? [`${short(moreSum)} of ${moreTerms} more`] : [])];
  const result = activation === null || activation === 'linear' ? '' : `, ${activation} ${short(output)}`;
  return `${name} = ${parts.join(' + ').replaceAll('+ -', '- ')} = ${short(sum)}${result}`;
}
