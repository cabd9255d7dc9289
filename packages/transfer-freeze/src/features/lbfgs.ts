/** What is minimized: the value at a point, with the gradient there written into the second argument. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/** Where a search ended. */
export interface Minimum {
  x: Float64Array;
  value: number;
  /** The largest magnitude in the gradient. */
  slope: number;
  iterations: number;
}

/** How many pairs of steps and changes of the gradient are kept. */
const MEMORY = 12;

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
const addTo = (a: Float64Array, factor: number, b: Float64Array): void => {
  for (let i = 0; i < a.length; i++) a[i]! += factor * b[i]!;
};
const largest = (a: Float64Array): number => a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

interface Pair {
  step: Float64Array;
  change: Float64Array;
  product: number;
}

/** −H g, for the estimate H of the inverse Hessian that the pairs give. */
function directionOf(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const d = Float64Array.from(gradient, (value) => -value);
  const last = pairs.at(-1);
  // Without a curvature known, a step of length 1 at most.
  if (!last) return d.map((value) => value / Math.max(1, Math.sqrt(dot(gradient, gradient))));
  const shares: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, product } = pairs[i]!;
    shares[i] = dot(step, d) / product;
    addTo(d, -shares[i]!, change);
  }
  const scale = last.product / dot(last.change, last.change);
  for (let i = 0; i < d.length; i++) d[i]! *= scale;
  for (const [i, { step, change, product }] of pairs.entries()) addTo(d, shares[i]! - dot(change, d) / product, step);
  return d;
}

/**
 * The minimum of a smooth convex function by L-BFGS in float64, with steps halved until they go down enough (Nocedal and Wright 2006,
 * "Numerical Optimization", algorithm 7.5 and section 3.1).
 *
 * @param start - where it begins; it is not changed
 * @param tolerance - the largest magnitude in a gradient that counts as 0
 */
export function lbfgs(start: Float64Array, objective: Objective, tolerance: number, maxIterations: number): Minimum {
  let x = start.slice();
  let gradient = new Float64Array(x.length);
  let value = objective(x, gradient);
  let pairs: Pair[] = [];
  let iterations = 0;
  for (; iterations < maxIterations && largest(gradient) > tolerance; iterations++) {
    const direction = directionOf(gradient, pairs);
    const slope = dot(gradient, direction);
    // What rounding lets two values of the function differ by.
    const noise = 4 * Number.EPSILON * Math.abs(value);
    let found = false;
    for (let length = 1; length > 1e-12 && !found; length /= 2) {
      const next = x.slice();
      addTo(next, length, direction);
      const nextGradient = new Float64Array(x.length);
      const nextValue = objective(next, nextGradient);
      if (!(nextValue <= value + 1e-4 * length * slope + noise)) continue;
      found = true;
      const step = next.map((one, i) => one - x[i]!);
      const change = nextGradient.map((one, i) => one - gradient[i]!);
      const product = dot(step, change);
      if (product > Number.EPSILON * dot(change, change)) pairs = [...pairs, { step, change, product }].slice(-MEMORY);
      [x, gradient, value] = [next, nextGradient, nextValue];
    }
    if (found) continue;
    // A direction that rounding has spoiled: once more along the gradient, then it is as low as it gets.
    if (pairs.length === 0) break;
    pairs = [];
  }
  return { x, value, slope: largest(gradient), iterations };
}
