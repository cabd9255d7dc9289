import { largestMask } from '@weightkit/numerics';

/** Connections after a drop and a growth of as many. */
export interface Rewired {
  /** A 1 for each connection. */
  mask: Uint8Array;
  /** How many of them were none before. */
  grown: number;
}

/**
 * Drops the connections with the lowest scores and grows as many among those that are none then, the dropped ones included, with the
 * highest scores; of equal scores the first stays and the first grows.
 *
 * Evci, Gale, Menick, Castro and Elsen 2020, algorithm 1, https://arxiv.org/abs/1911.11134
 *
 * @param mask - a 1 for each connection
 * @param stay - how much each connection deserves to stay, no NaN
 * @param grow - how much each entry deserves to become one, no NaN
 * @param count - how many are dropped and grown: at most as many as there are
 */
export function dropAndGrow(mask: Uint8Array, stay: Float32Array, grow: Float32Array, count: number): Rewired {
  const active = mask.reduce((sum, bit) => sum + bit, 0);
  const left = largestMask(
    stay.map((score, i) => (mask[i] === 1 ? score : Number.NEGATIVE_INFINITY)),
    active - count,
  );
  const added = largestMask(
    grow.map((score, i) => (left[i] === 1 ? Number.NEGATIVE_INFINITY : score)),
    count,
  );
  let grown = 0;
  const rewired = left.map((bit, i) => {
    if (added[i] === 1 && mask[i] === 0) grown++;
    return bit | added[i]!;
  });
  return { mask: rewired, grown };
}

/**
 * The share of connections that is rewired at a step: f(t) = α / 2 * (1 + cos(π t / T)), from α at 0 to 0 at T.
 *
 * @param fraction - α
 * @param end - T
 */
export const cosineFraction = (fraction: number, end: number, step: number): number =>
  (fraction / 2) * (1 + Math.cos((Math.PI * step) / end));
