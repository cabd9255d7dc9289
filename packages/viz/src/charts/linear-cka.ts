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
  // Rows of zeros at the end, as products are made of four rows at once.
  const centered = new Float64Array((count + 4) * width);
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
  const products = productsOf(centered, count, width);
  const gram = new Float64Array(count * count);
  let squares = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = products[i * (count + 4) + j]!;
      gram[i * count + j] = sum;
      gram[j * count + i] = sum;
      squares += (i === j ? 1 : 2) * sum * sum;
    }
  }
  // Equal examples leave what rounding of their mean leaves: up to count * EPSILON each, so width times its square in each product.
  const norm = Math.sqrt(squares);
  if (!(norm > width * count ** 3 * Number.EPSILON ** 2)) return undefined;
  for (let i = 0; i < gram.length; i++) gram[i] = gram[i]! / norm;
  return gram;
}

/**
 * The products of each row with itself and those before it, and some more, `count + 4` to a row: of two rows with four at once, as sums
 * that do not wait for each other take a third of the time. The terms of each sum are added in their order.
 */
function productsOf(x: Float64Array, count: number, width: number): Float64Array {
  const stride = count + 4;
  const products = new Float64Array((count + 1) * stride);
  for (let i = 0; i < count; i += 2) {
    for (let j = 0; j <= i + 1; j += 4) {
      let ac = 0;
      let ad = 0;
      let ae = 0;
      let af = 0;
      let bc = 0;
      let bd = 0;
      let be = 0;
      let bf = 0;
      for (let a = i * width, c = j * width; a < (i + 1) * width; a++, c++) {
        const p = x[a]!;
        const q = x[a + width]!;
        const r = x[c]!;
        const s = x[c + width]!;
        const t = x[c + 2 * width]!;
        const u = x[c + 3 * width]!;
        ac += p * r;
        ad += p * s;
        ae += p * t;
        af += p * u;
        bc += q * r;
        bd += q * s;
        be += q * t;
        bf += q * u;
      }
      const at = i * stride + j;
      products[at] = ac;
      products[at + 1] = ad;
      products[at + 2] = ae;
      products[at + 3] = af;
      products[at + stride] = bc;
      products[at + stride + 1] = bd;
      products[at + stride + 2] = be;
      products[at + stride + 3] = bf;
    }
  }
  return products;
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
