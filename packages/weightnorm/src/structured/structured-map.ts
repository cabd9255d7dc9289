import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { isFactored } from './structure.ts';
import { checkStructureOptions, type StructureOptions, structureOf } from './structures.ts';

/**
 * A weight of a given structure from free numbers of its shape, differentiable. Matrices are those of the last two axes, as a dense
 * kernel is one and a convolution has one at each position:
 *
 * | structure | value | of a weight with it |
 * | --- | --- | --- |
 * | `symmetric` | (x + xᵀ) / 2; square | the same |
 * | `skew` | (x − xᵀ) / 2; square | the same |
 * | `lowerTriangular` | x with 0 above the diagonal | the same |
 * | `upperTriangular` | x with 0 below the diagonal | the same |
 * | `blockDiagonal` | x with 0 outside of `blocks` blocks on the diagonal | the same |
 * | `circulant` | each row the one above, moved by one and around: means of x; square | the same |
 * | `positive` | log(1 + eˣ), or eˣ with `map: 'exp'`; any rank | another |
 * | `simplex` | columns of entries above 0 that add up to 1: eˣ over its sum | another |
 * | `unitBall` | columns of a norm of 1 at most, longer ones divided by it | the same |
 * | `doublyStochastic` | entries above 0, rows and columns that add up to 1: eˣ by Sinkhorn's steps; square | another |
 *
 * All but `positive`, `simplex` and `doublyStochastic` are projections: they give the nearest weight of the structure; of all these but `unitBall` the gradient of
 * x is that of the weight, projected. geotorch (Lezcano-Casado 2019, https://arxiv.org/abs/1909.09501) has symmetric and skew ones by one triangle of x. Values are
 * not checked.
 *
 * @example
 * const w = structuredMap(tf.tensor2d([[1, 2], [4, 8]]), { structure: 'symmetric' });
 * console.log((await w.data()).join(' ')); // -> 1 3 3 8
 *
 * @param x - float32, of rank 2 or more; of any rank for `positive`; borrowed
 * @param options - see {@link StructureOptions}
 * @returns a new tensor like `x`
 * @throws TypeError or RangeError when `x` is no such tensor, the structure none, or an option not one of it
 */
export function structuredMap(x: tf.Tensor, options: StructureOptions): tf.Tensor {
  checkStructureOptions('structuredMap', options);
  checkTensor('structuredMap', 'x', x, 'float32');
  const structure = structureOf('structuredMap', 'x', options, x.shape);
  if (isFactored(structure))
    throw new RangeError(
      `structuredMap: structure must have free numbers of the shape of x, got ${options.structure}; structured trains its factors`,
    );
  return tf.tidy(() => structure.map(x));
}
