import { fillNormal, foldIn, permutation } from '@weightkit/numerics';
import { checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { type Initializer, makeInitializer } from './initializer.ts';
import { checkNormal } from './normal.ts';

/** Options of {@link sparse}. */
export interface SparseOptions {
  /** Share of each unit's inputs that start at 0, in [0, 1). The number of them is rounded up. */
  sparsity: number;
  /**
   * Standard deviation of the others: finite and 0 or more.
   *
   * @defaultValue 0.01
   */
  std?: number;
}

/**
 * N(0, std²) with `ceil(sparsity · in)` entries of each column of an [in, out] kernel set to 0, others in each column: every
 * unit starts with the same few inputs to listen to. `torch.nn.init.sparse_` does the same to the columns of its [out, in]
 * weight, which are inputs: there every input starts with the same few units.
 *
 * Martens 2010, "Deep learning via Hessian-free optimization", https://www.cs.toronto.edu/~jmartens/docs/Deep_HessianFree.pdf
 *
 * @example
 * const kernel = sparse({ sparsity: 0.9 })([100, 20], { seed: 1 }); // 10 weights of each unit are not 0
 *
 * @throws RangeError unless sparsity is in [0, 1) and std is finite and 0 or more; when called with a shape of another rank
 * than 2
 */
export function sparse(options: SparseOptions): Initializer {
  checkOptions('sparse', options, ['sparsity', 'std']);
  const { sparsity, std = 0.01 } = options ?? {};
  checkNumber('sparse: sparsity must be in [0, 1)', sparsity, (x) => x >= 0 && x < 1);
  checkNormal('sparse', 0, std);
  // 0.7 * 10 is 7.000000000000001 in floating point, which is not to become 8.
  const zerosOf = (inputs: number): number => Math.min(inputs, Math.ceil(sparsity * inputs * (1 - 2 ** -50)));
  return makeInitializer({
    name: 'sparse',
    config: { sparsity, std },
    check: (shape) => checkRange(shape.length === 2, 'sparse: shape must have rank 2', shape),
    fill(out, key, [inputs, units]) {
      fillNormal(out, foldIn(key, 0), { std: Math.fround(std) });
      const places = foldIn(key, 1);
      for (let unit = 0; unit < units!; unit++) {
        const order = permutation(inputs!, foldIn(places, unit));
        for (const input of order.subarray(0, zerosOf(inputs!))) out[input * units! + unit] = 0;
      }
    },
    spread(_, [inputs]) {
      const kept = 1 - zerosOf(inputs!) / Math.max(1, inputs!);
      // The number of zeros is fixed, so that the mean square errs as that of the others alone: (kurtosis - 1) / n = 2 / kept n.
      return { mean: 0, std: std * Math.sqrt(kept), kurtosis: kept > 0 ? 1 + 2 / kept : 1 };
    },
  });
}
