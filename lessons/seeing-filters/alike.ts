import { assignment } from '@weightkit/numerics';
import { FILTERS } from './network.ts';

/** The weights of one filter of a kernel, row by row. */
export const filterOf = (kernel: ArrayLike<number>, filter: number): number[] =>
  Array.from({ length: kernel.length / FILTERS }, (_, i) => kernel[i * FILTERS + filter]!);

/** The cosine between two filters: 1 where one is a multiple of the other, 0 where they have nothing in common. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (one: readonly number[], other: readonly number[]) =>
    one.reduce((sum, value, i) => sum + value * other[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const each = <T>(of: (filter: number) => T): T[] => Array.from({ length: FILTERS }, (_, filter) => of(filter));

/** The cosine of each filter of one kernel with the filter of the same number in another. */
export const cosines = (one: ArrayLike<number>, other: ArrayLike<number>): number[] =>
  each((filter) => cosine(filterOf(one, filter), filterOf(other, filter)));

/**
 * How alike two kernels are where the order of the filters does not count: each filter of one is paired with a filter of the other so
 * that the sum of their cosines is as large as it can be. The mean of these cosines.
 */
export function matched(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const all = each((a) => each((b) => cosine(filterOf(one, a), filterOf(other, b)))).flat();
  const { columns } = assignment(Float64Array.from(all), { rows: FILTERS, cols: FILTERS }, { maximize: true });
  return columns.reduce((sum, column, row) => sum + all[FILTERS * row + column]!, 0) / FILTERS;
}

/** Pairs of filters of one kernel whose cosine is above 0.95: nearly copies. */
export function copies(kernel: ArrayLike<number>): number {
  const all = each((filter) => filterOf(kernel, filter));
  return all.reduce((count, a, i) => count + all.slice(i + 1).filter((b) => cosine(a, b) > 0.95).length, 0);
}
