/** What batch normalization has for each unit; gamma and beta are undefined where it does not scale or center. */
export interface NormStatistics {
  gamma?: Float32Array | undefined;
  beta?: Float32Array | undefined;
  mean: Float32Array;
  variance: Float32Array;
  epsilon: number;
}

/** y = scale · x + shift, unit by unit. */
export interface UnitAffine {
  scale: Float64Array;
  shift: Float64Array;
}

/**
 * Batch normalization with fixed statistics as what it does to each unit: scale = γ / √(σ² + ε), shift = β − μ · scale.
 *
 * @throws RangeError where σ² + ε is not above 0, so that there is no such number
 */
export function normAffine(fn: string, path: string, norm: NormStatistics): UnitAffine {
  const { gamma, beta, mean, variance, epsilon } = norm;
  const scale = Float64Array.from(variance, (value, i) => {
    if (!(value + epsilon > 0))
      throw new RangeError(`${fn}: variances must be above -epsilon, got ${value} at ${path}[${i}]`);
    return (gamma?.[i] ?? 1) / Math.sqrt(value + epsilon);
  });
  return { scale, shift: scale.map((factor, i) => (beta?.[i] ?? 0) - mean[i]! * factor) };
}
