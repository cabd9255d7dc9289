import { type ActivationMoments, normalCdf } from '@weightkit/core';

/** A stretch of a function of straight pieces: `slope` x + `offset` from `from` to the next piece's `from`. */
export interface Piece {
  from: number;
  slope: number;
  offset: number;
}

/** Means of a function of straight pieces over x normal, exactly: E f, E f² and E f'². */
export function piecewiseMoments(pieces: readonly Piece[], mean: number, variance: number): ActivationMoments {
  const std = Math.sqrt(variance);
  const found = { mean: 0, square: 0, slope: 0 };
  for (const [i, { from, slope, offset }] of pieces.entries()) {
    const to = pieces[i + 1]?.from ?? Infinity;
    if (std === 0) {
      if (!(mean >= from && mean < to)) continue;
      const y = slope * mean + offset;
      return { mean: y, square: y * y, slope: slope * slope };
    }
    const [a, b] = [(from - mean) / std, (to - mean) / std];
    const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const edge = (z: number): number => (Number.isFinite(z) ? z * density(z) : 0);
    const inside = (b === Infinity ? 1 : normalCdf(b)) - (a === -Infinity ? 0 : normalCdf(a));
    // Of z, restricted to the stretch; f = k z + m there.
    const first = density(a) - density(b);
    const second = inside + edge(a) - edge(b);
    const [k, m] = [slope * std, slope * mean + offset];
    found.mean += k * first + m * inside;
    found.square += k * k * second + 2 * k * m * first + m * m * inside;
    found.slope += slope * slope * inside;
  }
  return found;
}
