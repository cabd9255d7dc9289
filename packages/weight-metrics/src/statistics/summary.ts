import type { Moments } from '@weightkit/numerics';
import { type SpectralMetrics, spectralMetrics } from '../spectral/of-singular-values.ts';
import { whyNotFinite } from '../values/non-finite.ts';
import type { Values } from '../values/read-values.ts';

/** The moments that entries without real numbers do not have. */
type Measured = Exclude<keyof Moments, 'count' | 'zeros' | 'nonFinite'>;

/** What can be counted of any entries. */
export type Counts = Omit<Moments, Measured>;

/**
 * A weight or a tensor of a file in numbers; the fields of `Moments` are about its finite entries. Those from `mean` to `l2` are null
 * where the entries are complex numbers or strings.
 */
export interface SummaryNumbers
  extends Counts,
    Record<Measured, number | null>,
    Record<keyof SpectralMetrics, number | null> {
  /** Number of entries. */
  parameters: number;
  /** zeros / parameters; 0 when there are no entries. */
  sparsity: number;
  /** Why the spectral fields are null, or null when they are not. */
  skipped: string | null;
}

const NONE: Record<keyof SpectralMetrics, null> = {
  spectralNorm: null,
  stableRank: null,
  conditionNumber: null,
  effectiveRank: null,
};

const UNMEASURED: Record<Measured, null> = {
  mean: null,
  std: null,
  skewness: null,
  kurtosis: null,
  min: null,
  max: null,
  l1: null,
  l2: null,
};

const shareOf = (zeros: number, parameters: number): number => (parameters === 0 ? 0 : zeros / parameters);

/** Counts complex numbers, given as real and imaginary parts in turn: zero when both parts are, finite when both parts are. */
export function countComplex(counts: Counts, parts: ArrayLike<number>): void {
  for (let i = 0; i < parts.length; i += 2) {
    const [re, im] = [parts[i]!, parts[i + 1]!];
    counts[Number.isFinite(re) && Number.isFinite(im) ? 'count' : 'nonFinite']++;
    if (re === 0 && im === 0) counts.zeros++;
  }
}

/** Of entries that are no real numbers, and why. */
export function summaryOfCounts(counts: Counts, parameters: number, skipped: string | null): SummaryNumbers {
  return { parameters, ...UNMEASURED, ...counts, sparsity: shareOf(counts.zeros, parameters), ...NONE, skipped };
}

/** Of real entries; `without` is why they have no spectrum, or null where they have one unless an entry is not finite. */
export async function summaryOfMoments(
  statistics: Moments,
  { parameters, shape, without }: { parameters: number; shape: readonly number[]; without: string | null },
  values: () => Values | Promise<Values>,
): Promise<SummaryNumbers> {
  const { zeros, nonFinite } = statistics;
  const skipped = without ?? whyNotFinite(nonFinite);
  const metrics = skipped === null ? spectralMetrics(await values(), shape) : NONE;
  return { parameters, ...statistics, sparsity: shareOf(zeros, parameters), ...metrics, skipped };
}
