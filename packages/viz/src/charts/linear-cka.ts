import type { Tensor } from '../marks/tensor.ts';
import { isDrawn } from '../marks/values.ts';

/**
 * The Gram matrix `X Xᵀ` of features that were centered over the examples, divided by its Frobenius norm; undefined where it has none:
 * where a value cannot be drawn, or every example is the same.
 *
 * @param features - `[examples, features]`
 * @param rows - which examples
 */
export function unitGram({ values, shape }: Tensor, rows: readonly number[]): Float64Array | undefined {
  const width = shape[1]!;
  const count = rows.length;
  const centered = new Float64Array(count * width);
  let most = 0;
  for (let k = 0; k < width; k++) {
    for (let i = 0; i < count; i++) {
      const value = values[rows[i]! * width + k]!;
      if (!isDrawn(value)) return undefined;
      centered[i * width + k] = value;
      most = Math.max(most, Math.abs(value));
    }
  }
  if (most === 0) return undefined;
  // By the largest first: the squares of 1e200 are no doubles.
  for (let k = 0; k < width; k++) {
    let mean = 0;
    for (let i = 0; i < count; i++) {
      centered[i * width + k] = centered[i * width + k]! / most;
      mean += centered[i * width + k]! / count;
    }
    for (let i = 0; i < count; i++) centered[i * width + k] = centered[i * width + k]! - mean;
  }
  const gram = new Float64Array(count * count);
  let squares = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += centered[i * width + k]! * centered[j * width + k]!;
      gram[i * count + j] = sum;
      gram[j * count + i] = sum;
      squares += (i === j ? 1 : 2) * sum * sum;
    }
  }
  // Equal examples leave what rounding of their mean leaves: up to count * EPSILON each, so width times its square in each product.
  const norm = Math.sqrt(squares);
  if (!(norm > width * count ** 3 * Number.EPSILON ** 2)) return undefined;
  return gram.map((value) => value / norm);
}

/**
 * Linear centered kernel alignment of two Gram matrices of {@link unitGram}: `⟨K, L⟩`, from 0 to 1 (Kornblith, Norouzi, Lee and Hinton 2019,
 * https://arxiv.org/abs/1905.00414, equation 3 with linear kernels).
 */
export function linearCka(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return Math.min(1, Math.max(0, sum));
}
