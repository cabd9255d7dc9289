import type { Norm } from './experiment.ts';
import { type Row, SCALES } from './measure.ts';

/** Those that were trained from every scale. */
export const TRAINED = ['nothing', 'batch norm', 'weight norm, g = 1'] as const satisfies readonly Norm[];

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const trained = (rows: readonly Row[]) => rows.filter(({ what }) => what === 'training');

/** Accuracies of a network from one scale, a seed each. */
export const accuraciesOf = (rows: readonly Row[], norm: Norm, scale: number): number[] =>
  trained(rows)
    .filter((row) => row.scale === scale)
    .flatMap(({ nets }) => nets.find((net) => net.norm === norm)?.accuracy ?? []);

/** For each seed, how far apart its accuracies from all scales are: the best less the worst. */
export function rangesOf(rows: readonly Row[], norm: Norm): number[] {
  const seeds = [...new Set(trained(rows).map(({ seed }) => seed))];
  return seeds.map((seed) => {
    const own = rows.filter((row) => row.seed === seed);
    const all = SCALES.flatMap((scale) => accuraciesOf(own, norm, scale));
    return Math.max(...all) - Math.min(...all);
  });
}

/** How far apart the mean accuracies from all scales are. */
export function rangeOfMeans(rows: readonly Row[], norm: Norm): number {
  const means = SCALES.map((scale) => mean(accuraciesOf(rows, norm, scale)));
  return Math.max(...means) - Math.min(...means);
}
