import { checkRange } from '@weightkit/numerics/check';

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/** An interval of shares. */
export interface ShareInterval {
  low: number;
  high: number;
}

/**
 * Wilson's 95 % interval of a share from so many successes of so many trials, each in [0, 1]: unlike p ± 1.96 sqrt(p (1 − p) / n) it has a width
 * where none or all succeed. Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
 *
 * @throws RangeError unless both are whole, `trials` is above 0 and `successes` from 0 to `trials`
 */
export function wilson(successes: number, trials: number): ShareInterval {
  checkRange(Number.isSafeInteger(trials) && trials > 0, 'wilson: trials must be an integer above 0', trials);
  const counts = Number.isSafeInteger(successes) && successes >= 0 && successes <= trials;
  checkRange(counts, `wilson: successes must be an integer from 0 to ${trials}`, successes);
  const share = successes / trials;
  const spread = Z ** 2 / trials;
  const middle = (share + spread / 2) / (1 + spread);
  const half = (Z * Math.sqrt((share * (1 - share)) / trials + spread / (4 * trials))) / (1 + spread);
  // Exactly 0 and 1 at the ends, where rounding would leave a little.
  return { low: successes === 0 ? 0 : middle - half, high: successes === trials ? 1 : middle + half };
}
