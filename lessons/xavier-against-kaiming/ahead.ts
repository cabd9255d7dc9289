import { type MeanInterval, meanInterval } from '@weightkit/lesson';
import type { Pair } from './experiment.ts';

/** By how many points of test accuracy He is ahead, pair by pair. */
export const ahead = (pairs: readonly Pair[]): number[] =>
  pairs.map(({ xavier, he }) => 100 * (he.accuracy - xavier.accuracy));

/** The mean of these and its 95 % interval; none of a single pair. */
export const advantage = (pairs: readonly Pair[]): MeanInterval | undefined =>
  pairs.length < 2 ? undefined : meanInterval(ahead(pairs));
