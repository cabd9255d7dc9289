import { checkOptions, checkRange } from '../check.ts';
import { nextDown, nextUp } from '../rounding/next-float.ts';
import { fillByKernel } from '../wasm/fill.ts';
import { checkFill } from './fill-bits.ts';
import { checkMeanStd, LOWEST_U } from './fill-normal.ts';
import { uniformReference } from './fill-uniform.ts';
import type { Key } from './key.ts';
import { erf } from './normal-distribution.ts';
import { normalQuantile } from './normal-quantile.ts';
import { upperTailSampler } from './upper-tail.ts';

/** Options of {@link fillTruncatedNormal}. */
export interface FillTruncatedNormalOptions {
  /**
   * Mean of the normal before truncation; finite.
   * @defaultValue 0
   */
  mean?: number;
  /**
   * Standard deviation of the normal before truncation; finite, 0 or more. 0 gives the mean. For bounds of -2 and 2
   * the truncated values have a standard deviation of 0.8796256610342398 times this.
   * @defaultValue 1
   */
  std?: number;
  /**
   * Lower bound in units of std; below `upper`, -Infinity allowed.
   * @defaultValue -2
   */
  lower?: number;
  /**
   * Upper bound in units of std; Infinity allowed.
   * @defaultValue 2
   */
  upper?: number;
  /**
   * The index in the stream of the first element: a safe integer, 0 or more.
   * @defaultValue 0
   */
  offset?: number;
}

/** What a fill needs per element, all float32: u in [uMin, uMin + uScale), z in [zMin, zMax], the result in [min, max]. */
export interface TruncatedLaw {
  uMin: number;
  uScale: number;
  zMin: number;
  zMax: number;
  mean: number;
  std: number;
  min: number;
  max: number;
}

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

function lawOf(mean: number, std: number, lower: number, upper: number): TruncatedLaw {
  const uMin = Math.fround(erf(lower / Math.SQRT2));
  const uScale = Math.fround(Math.fround(erf(upper / Math.SQRT2)) - uMin);
  const min = nextUp(nextDown(mean + std * lower));
  const max = nextDown(nextUp(mean + std * upper));
  const ordered = min <= max && std > 0;
  return {
    uMin,
    uScale,
    zMin: nextUp(Math.fround(lower)),
    zMax: nextDown(Math.fround(upper)),
    mean: Math.fround(mean),
    std: Math.fround(std),
    min: ordered ? min : Number.NEGATIVE_INFINITY,
    max: ordered ? max : Number.POSITIVE_INFINITY,
  };
}

/** The law in the order of the kernel's arguments. */
const valuesOf = (law: TruncatedLaw) => [law.uMin, law.uScale, law.zMin, law.zMax, law.mean, law.std, law.min, law.max];

/** Truncated normal float32 values; the reference that the kernel equals. */
export function truncatedReference(out: Float32Array, key: Key, offset: number, law: TruncatedLaw): void {
  uniformReference(out, key, offset, law.uMin, law.uScale);
  for (let i = 0; i < out.length; i++) {
    const z = clamp(normalQuantile(clamp(out[i]!, LOWEST_U, -LOWEST_U)), law.zMin, law.zMax);
    out[i] = clamp(Math.fround(Math.fround(z * law.std) + law.mean), law.min, law.max);
  }
}

/** Bounds that lie on one side, 2 or more standard deviations out: float64, one element at a time. */
function fillTail(out: Float32Array, key: Key, offset: number, law: TruncatedLaw, lower: number, upper: number): void {
  const mirrored = upper < 0;
  const sample = mirrored ? upperTailSampler(-upper, -lower) : upperTailSampler(lower, upper);
  uniformReference(out, key, offset, 0, 1);
  for (let i = 0; i < out.length; i++) {
    // The middle of the 2^-23 wide cell that the word stands for, so that both ends stay open.
    const f = out[i]! + 2 ** -24;
    const z = clamp(Math.fround(mirrored ? -sample(1 - f) : sample(f)), law.zMin, law.zMax);
    out[i] = clamp(Math.fround(Math.fround(z * law.std) + law.mean), law.min, law.max);
  }
}

/**
 * Fills an array with normal values truncated to `[mean + std * lower, mean + std * upper]`:
 * `mean + std * clamp(sqrt(2) * erfinv(u))`, u uniform in `[erf(lower / sqrt 2), erf(upper / sqrt 2))`, in float32, the law
 * of `jax.random.truncated_normal`. Every value lies inside the bounds.
 *
 * With both bounds on one side and 2 or more away from the mean, float32 cannot hold u: `jax.random.truncated_normal`
 * grows coarse there and from about 5.4 on returns nothing but a bound. Such fills invert the tail in float64 instead,
 * from the same words and in the same order, and are right at any distance.
 *
 * @param out - filled and returned
 * @param key - the stream
 * @throws RangeError unless std is 0 or more and lower below upper with a float32 between
 */
export function fillTruncatedNormal(
  out: Float32Array,
  key: Key,
  options: FillTruncatedNormalOptions = {},
): Float32Array {
  checkOptions('fillTruncatedNormal', options, ['mean', 'std', 'lower', 'upper', 'offset']);
  const { mean = 0, std = 1, lower = -2, upper = 2, offset = 0 } = options;
  checkFill('fillTruncatedNormal', out, 'Float32Array', key, offset);
  checkMeanStd('fillTruncatedNormal', mean, std);
  const ordered = typeof lower === 'number' && typeof upper === 'number' && lower < upper;
  checkRange(ordered, 'fillTruncatedNormal: lower must be below upper', [lower, upper]);
  const law = lawOf(mean, std, lower, upper);
  const between = law.zMin <= law.zMax;
  checkRange(between, 'fillTruncatedNormal: a float32 must lie between lower and upper', [lower, upper]);
  if (std === 0) return out.fill(mean);
  if (lower >= 2 || upper <= -2) fillTail(out, key, offset, law, lower, upper);
  else if (!fillByKernel('truncated', out, key, offset, ...valuesOf(law))) truncatedReference(out, key, offset, law);
  return out;
}
