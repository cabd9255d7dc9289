import { type PowerLaw, type PowerLawOptions, powerLawOf } from './power-law.ts';

/** The power law of a weight's eigenvalues λ, and weightwatcher's measures that go with it; logarithms to base 10. */
export interface HeavyTail extends PowerLaw {
  /** All eigenvalues, descending; see `spectralDensity`. */
  eigenvalues: Float64Array;
  /** log λmax. */
  logSpectralNorm: number;
  /** log Σλ, the log of the squared Frobenius norm. */
  logNorm: number;
  /** alpha · log λmax: alpha-hat, `alpha_weighted` there. */
  alphaHat: number;
  /** log Σ λ^alpha. */
  logAlphaNorm: number;
}

/** Of eigenvalues in descending order; null where fewer than two that are not 0 differ. */
export function heavyTailOf(
  eigenvalues: Float64Array,
  shape: readonly number[],
  options: PowerLawOptions,
): HeavyTail | null {
  const largest = eigenvalues[0]!;
  const border = largest * (Math.max(...shape.slice(-2)) * Number.EPSILON) ** 2;
  const law = powerLawOf(
    eigenvalues.filter((value) => value > border),
    options,
  );
  if (law === null) return null;
  const logSpectralNorm = Math.log10(largest);
  const logSum = (power: number) =>
    power * logSpectralNorm + Math.log10(eigenvalues.reduce((sum, value) => sum + (value / largest) ** power, 0));
  const { alpha } = law;
  return {
    ...law,
    eigenvalues,
    logSpectralNorm,
    logNorm: logSum(1),
    alphaHat: alpha * logSpectralNorm,
    logAlphaNorm: logSum(alpha),
  };
}
