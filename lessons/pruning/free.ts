import { type Result, SHARES } from './experiment.ts';

/** What may be lost: a point. */
export const POINT = 0.01;

/** The largest share of zeros in percent, smallest first, up to which a trained network loses no more than a point at any share. */
export function free({ curve, dense }: Pick<Result, 'curve' | 'dense'>): number {
  // A point of 2,000 digits is 20 of them.
  const first = curve.network.findIndex((accuracy) => accuracy < dense - POINT - 1e-9);
  return SHARES[first < 0 ? SHARES.length - 1 : Math.max(0, first - 1)]!;
}
