import { inputOf, type KernelUnits } from '../repair/kernel-units.ts';

/** A kernel that reads units. */
export interface ReadingKernel {
  values: Float32Array;
  units: KernelUnits;
}

/** The largest |w| of each unit over all kernels that read it; where a kernel reads k numbers for each, these are k · i + unit. */
export function largestRead(kernels: readonly ReadingKernel[], count: number): Float64Array {
  const largest = new Float64Array(count);
  for (const { values, units } of kernels)
    for (let entry = 0; entry < values.length; entry++) {
      const unit = inputOf(units, entry) % count;
      largest[unit] = Math.max(largest[unit]!, Math.abs(values[entry]!));
    }
  return largest;
}

/**
 * SmoothQuant: what to divide units by and to multiply the weights that read them with, so that both are as easy to round:
 * s = max|x|^α / max|w|^(1 − α), unit by unit. A unit that is never there, or that no weight reads, keeps its scale.
 *
 * (Xiao et al. 2022, https://arxiv.org/abs/2211.10438, equation 4.)
 *
 * @param activations - max|x| of each unit
 * @param weights - max|w| of each unit
 * @param alpha - in 0..1: how much of the difficulty goes into the weights
 */
export const smoothingFactors = (activations: Float64Array, weights: Float64Array, alpha: number): Float64Array =>
  activations.map((x, i) => (x > 0 && weights[i]! > 0 ? x ** alpha / weights[i]! ** (1 - alpha) : 1));
