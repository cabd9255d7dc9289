import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { cayley } from './cayley.ts';
import { householder } from './householder.ts';
import { matrixExp } from './matrix-exp.ts';
import { product } from './product.ts';
import { below } from './triangle.ts';

/** How free numbers become an orthogonal matrix. */
export type OrthogonalMapName = 'matrixExp' | 'cayley' | 'householder';

/** Options of {@link orthogonalMap}. */
export interface OrthogonalMapOptions {
  /**
   * The map.
   *
   * @defaultValue `matrixExp` for a square matrix, else `householder`, as in PyTorch
   */
  map?: OrthogonalMapName;
}

const MAPS = ['matrixExp', 'cayley', 'householder'] as const;

/** The map of that name; that of the shape when none is given. */
export function mapFor(fn: string, map: unknown, rows: number, cols: number): OrthogonalMapName {
  if (map === undefined) return rows === cols ? 'matrixExp' : 'householder';
  checkRange(MAPS.includes(map as never), `${fn}: map must be one of ${MAPS.join(', ')}`, map);
  return map as OrthogonalMapName;
}

/** The map of a matrix with at least as many rows as columns. */
function tall(x: tf.Tensor2D, map: OrthogonalMapName): tf.Tensor2D {
  if (map === 'householder') return householder(x);
  const [n, k] = x.shape;
  const triangle = tf.mul(x, below(n, k, true)) as tf.Tensor2D;
  const square = n === k ? triangle : tf.concat2d([triangle, tf.zeros([n, n - k])], 1);
  const skew = tf.sub(square, tf.transpose(square)) as tf.Tensor2D;
  const q = map === 'matrixExp' ? matrixExp(skew) : cayley(skew);
  return n === k ? q : tf.slice(q, [0, 0], [n, k]);
}

/** The map without checks; `base` multiplies it from the side of the longer axis. */
export function mapped(x: tf.Tensor2D, map: OrthogonalMapName, base?: tf.Tensor2D): tf.Tensor2D {
  const [rows, cols] = x.shape;
  const isTall = rows >= cols;
  const q = tall(isTall ? x : (tf.transpose(x) as tf.Tensor2D), map);
  const moved: tf.Tensor2D = base ? product(base, q) : q;
  return isTall ? moved : (tf.transpose(moved) as tf.Tensor2D);
}

/**
 * An orthogonal matrix from free numbers, differentiable:
 *
 * - `matrixExp`: exp(A) with the skew matrix A = L − Lᵀ of the lower triangle L of x (Lezcano-Casado 2019,
 *   https://arxiv.org/abs/1909.09501), by scaling and squaring
 * - `cayley`: (I − A / 2)⁻¹ (I + A / 2)
 * - `householder`: H₁ H₂ ⋯ with a reflection for each column of x below the diagonal, and the signs of the diagonal
 *
 * Of a matrix with more rows than columns it gives the first columns, of one with more columns the transposed: the shorter side is
 * orthonormal. The maps are those of `torch.nn.utils.parametrizations.orthogonal`. The exponential is right for row sums of |A| up to 4096,
 * the Cayley map to float32 for |A| up to about 100.
 *
 * @example
 * const q = orthogonalMap(tf.tensor2d([[0, 0], [Math.PI / 2, 0]])); // a rotation by 90 degrees
 * console.log(Array.from(await q.data(), (x) => Math.round(x) + 0).join(' ')); // -> 0 -1 1 0
 *
 * @param x - float32, of rank 2; borrowed
 * @param options - see {@link OrthogonalMapOptions}
 * @returns a new tensor like `x`
 * @throws TypeError or RangeError when `x` is no such tensor or the map none
 */
export function orthogonalMap(x: tf.Tensor, options: OrthogonalMapOptions = {}): tf.Tensor2D {
  checkOptions('orthogonalMap', options, ['map']);
  checkTensor('orthogonalMap', 'x', x, 'float32');
  checkRange(x.rank === 2 && x.size > 0, 'orthogonalMap: x must have two axes, with entries', x.shape);
  const [rows, cols] = x.shape as [number, number];
  const map = mapFor('orthogonalMap', options.map, rows, cols);
  return tf.tidy(() => mapped(x as tf.Tensor2D, map));
}
