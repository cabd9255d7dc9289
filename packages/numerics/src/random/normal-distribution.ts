/**
 * The error function in float64: its all-positive series below 3, one minus the tail above.
 *
 * erf(x) = 2 x exp(-x^2) / sqrt(pi) * sum of (2 x^2)^n / (1 * 3 * ... * (2n + 1))
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a >= 3) return Math.sign(x) * (a > 6 ? 1 : 1 - 2 * Math.exp(logUpperTail(a * Math.SQRT2)));
  let term = 1;
  let sum = 1;
  for (let n = 1; term > 1e-17 * sum; n++) {
    term *= (2 * a * a) / (2 * n + 1);
    sum += term;
  }
  return ((2 * x) / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
}

/** The Mills ratio (1 - Phi(x)) / phi(x) for x of 1.5 or more, by Laplace's continued fraction. */
function mills(x: number): number {
  let fraction = x;
  for (let k = 150; k > 0; k--) fraction = x + k / fraction;
  return 1 / fraction;
}

/** ln(1 - Phi(x)) of the standard normal, for x of 1.5 or more; right far beyond where 1 - Phi(x) underflows. */
export function logUpperTail(x: number): number {
  return -0.5 * x * x - 0.5 * Math.log(2 * Math.PI) + Math.log(mills(x));
}

/** The x of 1.5 or more with ln(1 - Phi(x)) = log: Newton's iteration, monotone because the function is concave. */
export function upperTailQuantile(log: number): number {
  let x = Math.max(1.5, Math.sqrt(Math.max(0, -2 * log - 2)));
  for (let i = 0; i < 40; i++) {
    const step = (logUpperTail(x) - log) * mills(x);
    x += step;
    if (Math.abs(step) <= 1e-15 * x) break;
  }
  return x;
}
