import { fillNormal, permutation, randomKey } from '@weightkit/numerics';

/** Points on two spirals with some noise, in random order: coordinates in pairs, and 0 or 1 for each. The same for the same seed. */
export function spirals(count: number, seed: number): { points: Float32Array; classes: Float32Array } {
  const points = fillNormal(new Float32Array(2 * count), randomKey(seed, 'spirals'), { std: 0.04 });
  const order = permutation(count, randomKey(seed, 'order'));
  const classes = Float32Array.from(order, (place) => place % 2);
  for (let i = 0; i < count; i++) {
    const along = 0.15 + (0.85 * order[i]!) / count;
    const angle = 3.2 * Math.PI * along + Math.PI * classes[i]!;
    points[2 * i]! += along * Math.cos(angle);
    points[2 * i + 1]! += along * Math.sin(angle);
  }
  return { points, classes };
}
