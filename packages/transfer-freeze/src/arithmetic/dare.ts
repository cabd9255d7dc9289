import { fillBernoulli, type Key } from '@weightkit/numerics';

/**
 * Drops entries at random and makes up for them: δ with probability 1 − p as δ / (1 − p), else 0 (DARE; Yu et al. 2023,
 * https://arxiv.org/abs/2311.03099).
 */
export function dropAndRescale(values: Float32Array, drop: number, key: Key): Float32Array {
  const kept = fillBernoulli(new Uint8Array(values.length), key, { p: 1 - drop });
  return values.map((value, i) => (kept[i] ? value / (1 - drop) : 0));
}
