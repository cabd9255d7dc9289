import { checkNumber, checkNumbers, checkOptions, checkType } from '@weightkit/numerics/check';
import { checkSparsity } from './amount.ts';

/** Options of {@link erk}. */
export interface ErkOptions {
  /** The sparsity of all together: a number in [0, 1). */
  sparsity: number;
  /**
   * How much shapes count: at 0 all layers get the same sparsity. A number from 0 to 10.
   *
   * @defaultValue 1
   */
  power?: number;
}

/**
 * Sparsities of layers in proportion to their shapes, so that wide layers lose more: the density of a kernel of shape [...k, in, out]
 * is ε · ((Σk + in + out) / (Πk · in · out))^power, at most 1, with the ε that makes the sparsity of all together.
 *
 * The Erdős-Rényi-Kernel distribution of Evci, Gale, Menick, Castro and Elsen 2020 (RigL), https://arxiv.org/abs/1911.11134; without
 * a window that of Mocanu et al. 2018.
 *
 * @example
 * const shapes = [[784, 300], [300, 100], [100, 10]];
 * console.log(erk(shapes, { sparsity: 0.9 }).map((s) => s.toFixed(2)).join(' ')); // -> 0.92 0.77 0.00
 *
 * @param shapes - of the kernels; sizes of 1 or more
 * @param options - the sparsity
 * @returns the sparsity of each, in [0, 1)
 * @throws RangeError for a sparsity outside [0, 1), a power below 0 or above 10, or a size below 1
 */
export function erk(shapes: readonly (readonly number[])[], options: ErkOptions): number[] {
  checkType(Array.isArray(shapes), 'erk: shapes must be a list of shapes', shapes);
  for (const shape of Array.from(shapes))
    checkNumbers('erk: shapes must be lists of integers of 1 or more', shape, (s) => Number.isSafeInteger(s) && s >= 1);
  checkOptions('erk', options, ['sparsity', 'power']);
  const { sparsity, power = 1 } = options ?? {};
  checkSparsity('erk', 'sparsity', sparsity);
  checkNumber('erk: power must be from 0 to 10', power, (p) => p >= 0 && p <= 10);
  return erkOf(
    shapes.map((shape) => sum(shape) / product(shape)),
    shapes.map(product),
    sparsity,
    power,
  );
}

const sum = (sizes: readonly number[]): number => sizes.reduce((a, b) => a + b, 0);
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/**
 * The same for layers of which is known how dense they are beside each other, and what they count.
 *
 * @param shares - (Σ sizes) / (Π sizes) of each
 * @param counts - how many entries, or groups, each has
 */
export function erkOf(shares: readonly number[], counts: readonly number[], sparsity: number, power = 1): number[] {
  const raw = shares.map((share) => share ** power);
  const dense = new Set<number>();
  for (;;) {
    const rest = counts.map((_, i) => i).filter((i) => !dense.has(i));
    const kept = (1 - sparsity) * sum(counts) - sum([...dense].map((i) => counts[i]!));
    const epsilon = kept / sum(rest.map((i) => raw[i]! * counts[i]!));
    const largest = Math.max(...rest.map((i) => raw[i]!));
    if (rest.length === 0 || !(epsilon * largest > 1))
      return raw.map((r, i) => (dense.has(i) ? 0 : Math.min(1, Math.max(0, 1 - epsilon * r))));
    for (const i of rest) if (raw[i] === largest) dense.add(i);
  }
}
