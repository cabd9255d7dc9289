import { logUpperTail, upperTailQuantile } from './normal-distribution.ts';

const NODES = 48;

/** Coefficients of the Chebyshev interpolant of f on [-1, 1]. */
function chebyshev(f: (t: number) => number): Float64Array {
  const values = Float64Array.from({ length: NODES }, (_, j) => f(Math.cos((Math.PI * (j + 0.5)) / NODES)));
  return Float64Array.from({ length: NODES }, (_, k) => {
    let sum = 0;
    for (let j = 0; j < NODES; j++) sum += values[j]! * Math.cos((Math.PI * k * (j + 0.5)) / NODES);
    return (sum * (k === 0 ? 1 : 2)) / NODES;
  });
}

/** Clenshaw's sum of a Chebyshev series. */
function evaluate(coefficients: Float64Array, t: number): number {
  let a = 0;
  let b = 0;
  for (let k = NODES - 1; k > 0; k--) {
    const next = coefficients[k]! + 2 * t * a - b;
    b = a;
    a = next;
  }
  return coefficients[0]! + t * a - b;
}

/**
 * The quantile function of the standard normal truncated to `[lower, upper]`, with lower 2 or more.
 *
 * The logarithm of the upper tail at the result is `L = ln Q(lower) + ln(1 - f (1 - r))` with r = Q(upper) / Q(lower), Q = 1 - Phi;
 * x(L) is smooth (its one singularity is at L = 0), so that 48 Chebyshev nodes give it to 1e-12.
 *
 * @returns a function of f in [2^-24, 1 - 2^-24]
 */
export function upperTailSampler(lower: number, upper: number): (f: number) => number {
  const start = logUpperTail(lower);
  const ratio = upper === Number.POSITIVE_INFINITY ? 0 : Math.exp(logUpperTail(upper) - start);
  const logAt = (f: number) => start + Math.log1p(-f * (1 - ratio));
  const end = logAt(1 - 2 ** -24);
  const half = (start - end) / 2;
  if (!(half > 0)) return () => lower;
  const series = chebyshev((t) => upperTailQuantile(end + half * (1 + t)));
  return (f) => evaluate(series, (logAt(f) - end) / half - 1);
}
