import { type MatrixShape, singularValues } from '@weightkit/numerics';
import { checkNumber, checkRange, checkType } from '@weightkit/numerics/check';
import type { Values } from '../values/read-values.ts';
import { eigenvaluesOf } from './eigenvalues.ts';
import { type HeavyTail, heavyTailOf } from './heavy-tail-of.ts';
import { type MarchenkoPastur, marchenkoPasturOf } from './marchenko-pastur.ts';
import { matrixShape } from './matrix-shape.ts';
import { conditionNumberOf, effectiveRankOf, spectralNormOf, stableRankOf } from './of-singular-values.ts';
import { nuclearNormOf, numericalRankOf, participationRatioOf } from './of-spectrum.ts';
import { checkBootstrap } from './power-law.ts';
import { checkRandomized, type Randomized, randomizedOf } from './randomized-of.ts';

const NUMBERS = {
  spectralNorm: spectralNormOf,
  nuclearNorm: nuclearNormOf,
  conditionNumber: conditionNumberOf,
  stableRank: stableRankOf,
  effectiveRank: effectiveRankOf,
  numericalRank: numericalRankOf,
  participationRatio: participationRatioOf,
} satisfies Record<string, (sigma: Float64Array, shape: MatrixShape) => number>;

/** What {@link spectra} computes of each weight by one number, as the function of that name. */
export type SpectralNumber = keyof typeof NUMBERS;

/** All that {@link spectra} can compute of a weight, each as the function of that name. */
export type SpectraMetric = SpectralNumber | 'heavyTail' | 'marchenkoPastur' | 'randomized';

const METRICS = [...Object.keys(NUMBERS), 'heavyTail', 'marchenkoPastur', 'randomized'] as readonly SpectraMetric[];

/** What is computed of each weight, of a model and of a file. */
export interface SpectraChoice {
  /**
   * What to compute.
   * @defaultValue all but `'randomized'`, which takes the time of `samples` more spectra
   */
  metrics?: readonly SpectraMetric[];
  /**
   * Weights with rows · cols · min(rows, cols) above this get none: 0 or more, Infinity for no limit.
   * @defaultValue 2^30
   */
  maxCost?: number;
  /**
   * Samples for the interval and for the p-value of `heavyTail`: an integer from 0, for neither, to 100000.
   * @defaultValue 200
   */
  replicates?: number;
  /**
   * How often the interval of `heavyTail` should hold the exponent: above 0 and below 1.
   * @defaultValue 0.95
   */
  confidence?: number;
  /**
   * Orders of the entries for `randomized`: an integer from 1 to 1000.
   * @defaultValue 5
   */
  samples?: number;
  /**
   * Seed of samples and orders: a safe integer.
   * @defaultValue 0
   */
  seed?: number;
}

/** The spectral metrics of one weight. What was not asked for is null. */
export interface SpectraRow extends Record<SpectralNumber, number | null> {
  /** All singular values, descending, of the weight read as one matrix: all axes but the last by the last. */
  singularValues: Float64Array | null;
  /** The power law of its eigenvalues. */
  heavyTail: HeavyTail | null;
  /** How its singular values lie to those of independent entries. */
  marchenkoPastur: MarchenkoPastur | null;
  /** How they lie to those of its entries in random order. */
  randomized: Randomized | null;
  /** Why something that was asked for is null although the weight has singular values, by its name. */
  reasons: Partial<Record<SpectraMetric, string>>;
  /** Why the weight has no singular values, or null where it has. */
  skipped: string | null;
}

/** The names of the options above. */
export const CHOICE = ['metrics', 'maxCost', 'replicates', 'confidence', 'samples', 'seed'] as const;

/** The options with their defaults; throws for wrong ones. */
export function readChoice(fn: string, choice: SpectraChoice): Required<SpectraChoice> {
  const { metrics = METRICS.filter((name) => name !== 'randomized'), maxCost = 2 ** 30 } = choice;
  const { replicates = 200, confidence = 0.95, samples = 5, seed = 0 } = choice;
  checkType(Array.isArray(metrics), `${fn}: metrics must be a list of names`, metrics);
  // By Array.from, which sees holes.
  for (const name of Array.from(metrics))
    checkRange(METRICS.includes(name), `${fn}: metrics must be among ${METRICS.join(', ')}`, name);
  checkNumber(`${fn}: maxCost must be 0 or more`, maxCost, (cost) => cost >= 0);
  checkBootstrap(fn, { replicates, confidence, seed });
  checkRandomized(fn, { samples, seed });
  return { metrics: [...metrics], maxCost, replicates, confidence, samples, seed };
}

const EMPTY = Object.fromEntries(METRICS.map((name) => [name, null])) as Record<SpectraMetric, null>;

/** The row of a weight that has no singular values. */
export const skippedRow = (skipped: string): SpectraRow => ({ singularValues: null, ...EMPTY, reasons: {}, skipped });

/** So few values tell nothing about a law; weightwatcher's `min_evals`. */
const LEAST = 10;

const tooFew = (count: number, what: string): string | null =>
  count < LEAST ? `${count} ${what}, fewer than ${LEAST}` : null;

/** The power law of the eigenvalues, or why there is none. */
function tailOf(values: Values, shape: readonly number[], choice: SpectraChoice): HeavyTail | string {
  const eigenvalues = eigenvaluesOf(values, shape);
  const few = tooFew(eigenvalues.filter((value) => value > 0).length, 'eigenvalues above 0');
  const { replicates = 200, confidence = 0.95, seed = 0 } = choice;
  return few ?? heavyTailOf(eigenvalues, shape, { replicates, confidence, seed }) ?? 'all eigenvalues are the same';
}

/** Everything chosen of finite entries. */
export function spectraRow(values: Values, shape: readonly number[], choice: Required<SpectraChoice>): SpectraRow {
  const matrix = matrixShape(shape);
  const sigma = singularValues(values, matrix);
  const row: SpectraRow = { ...skippedRow(''), singularValues: sigma, skipped: null };
  const found: Record<string, unknown> = {};
  for (const name of choice.metrics) {
    let result: unknown;
    if (name === 'heavyTail') result = tailOf(values, shape, choice);
    else if (name === 'marchenkoPastur')
      result = tooFew(sigma.length, 'singular values') ?? marchenkoPasturOf(sigma, matrix);
    else if (name === 'randomized') result = randomizedOf(values, matrix, sigma, choice);
    else result = NUMBERS[name](sigma, matrix);
    if (typeof result === 'string') row.reasons[name] = result;
    else found[name] = result;
  }
  return { ...row, ...found };
}
