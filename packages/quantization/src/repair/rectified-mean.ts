import { normalCdf } from '@weightkit/core';

/** E max(0, x) of x normal: μ Φ(μ/σ) + σ φ(μ/σ). */
function halfMean(mean: number, std: number): number {
  if (!(std > 0)) return Math.max(0, mean);
  const z = mean / std;
  return mean * normalCdf(z) + (std * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

/**
 * The mean of a normal x that is cut from below at 0, and from above at `most`: E min(max(0, x), most).
 *
 * (Nagel et al. 2019, https://arxiv.org/abs/1906.04721, appendix C.)
 *
 * @param mean - μ
 * @param std - σ, 0 or more
 * @param most - above 0, infinity for ReLU
 */
export const rectifiedMean = (mean: number, std: number, most = Number.POSITIVE_INFINITY): number =>
  halfMean(mean, std) - (most === Number.POSITIVE_INFINITY ? 0 : halfMean(mean - most, std));
