import { inputOf, type KernelUnits, outputOf } from './kernel-units.ts';

/** What of a unit's mean lies so far above 0 that ReLU almost never sees less: c = max(0, μ − 3 σ). */
export const absorbable = (mean: ArrayLike<number>, std: ArrayLike<number>): Float64Array =>
  Float64Array.from(mean, (mu, i) => Math.max(0, mu - 3 * std[i]!));

/**
 * High-bias absorption: what the units' constants c, taken out of one layer's bias, are to be in the next layer's: W₂ c, all entries of
 * a unit together.
 *
 * Since ReLU(x) = ReLU(x − c) + c wherever x ≥ c, nothing changes but for the 0.135 % of a normal x that lie below μ − 3 σ.
 *
 * (Nagel et al. 2019, https://arxiv.org/abs/1906.04721, section 4.1.3.)
 *
 * @param kernel - of the layer that reads the units, and that pads with no zeros
 * @param constants - c of each unit; where the layer reads k numbers for each, these are k · i + unit
 */
export function absorbedBias(kernel: Float32Array, units: KernelUnits, constants: Float64Array): Float64Array {
  const bias = new Float64Array(units.outputs);
  for (let entry = 0; entry < kernel.length; entry++)
    bias[outputOf(units, entry)]! += kernel[entry]! * constants[inputOf(units, entry) % constants.length]!;
  return bias;
}
