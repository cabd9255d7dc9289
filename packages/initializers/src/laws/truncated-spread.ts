import type { Spread } from './initializer.ts';

const INTERVALS = 4096;

/**
 * Mean, standard deviation and kurtosis of the standard normal truncated to [a, b], by Simpson's rule; either end may be
 * infinite. To about 1e-10; for [-2, 2] the standard deviation is 0.8796256610342398.
 */
export function truncatedSpread(a: number, b: number): Spread {
  const nearest = Math.min(Math.max(0, a), b);
  // Beyond this the density is below e^-100 of its largest value.
  const reach = Math.sqrt(nearest * nearest + 200);
  const low = Math.max(a, -reach);
  const step = (Math.min(b, reach) - low) / INTERVALS;
  const integral = (f: (x: number) => number): number => {
    let sum = 0;
    for (let i = 0; i <= INTERVALS; i++) {
      const x = low + i * step;
      const weight = i === 0 || i === INTERVALS ? 1 : i % 2 === 1 ? 4 : 2;
      sum += weight * f(x) * Math.exp((nearest * nearest - x * x) / 2);
    }
    return sum;
  };
  const mass = integral(() => 1);
  const mean = integral((x) => x) / mass;
  const variance = integral((x) => (x - mean) ** 2) / mass;
  return { mean, std: Math.sqrt(variance), kurtosis: integral((x) => (x - mean) ** 4) / mass / variance ** 2 };
}
