/** The products of examples with each other, of features centered over the examples, and what their comparisons need. */
export interface Gram {
  /** How many examples there are. */
  count: number;
  /** Products of example i with example j, count · count. */
  products: Float64Array;
  /** Their sums by row, without the diagonal. */
  rowSums: Float64Array;
  /** Their sum, without the diagonal. */
  total: number;
}

/**
 * Centers features over the examples; null for NaN. What differs by no more than the rounding of means is the same: zeros.
 * Nothing is scaled: the fourth powers of float32 numbers are doubles.
 */
function centered(values: Float32Array, count: number, width: number): Float64Array | null {
  const result = Float64Array.from(values);
  let [most, trace] = [0, 0];
  for (const value of result) most = Math.max(most, Math.abs(value));
  if (!Number.isFinite(most)) return null;
  for (let k = 0; k < width; k++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += result[i * width + k]!;
    for (let i = 0; i < count; i++) {
      const value = result[i * width + k]! - sum / count;
      result[i * width + k] = value;
      trace += value * value;
    }
  }
  return trace > count * width * (count * Number.EPSILON * most) ** 2 ? result : result.fill(0);
}

/** The scalar product of two rows, in four sums that do not wait for each other. */
function product(x: Float64Array, a: number, b: number, width: number): number {
  let [p, q, r, s, k] = [0, 0, 0, 0, 0];
  for (; k + 3 < width; k += 4) {
    p += x[a + k]! * x[b + k]!;
    q += x[a + k + 1]! * x[b + k + 1]!;
    r += x[a + k + 2]! * x[b + k + 2]!;
    s += x[a + k + 3]! * x[b + k + 3]!;
  }
  for (; k < width; k++) p += x[a + k]! * x[b + k]!;
  return p + q + (r + s);
}

/**
 * The Gram matrix of features.
 *
 * @param values - `[count, width]`
 * @returns null where a value is not finite; zeros where all examples are the same
 */
export function gramOf(values: Float32Array, count: number): Gram | null {
  const width = values.length / count;
  const x = centered(values, count, width);
  if (x === null) return null;
  const products = new Float64Array(count * count);
  const rowSums = new Float64Array(count);
  for (let i = 0; i < count; i++)
    for (let j = 0; j <= i; j++) {
      const value = product(x, i * width, j * width, width);
      products[i * count + j] = value;
      products[j * count + i] = value;
      if (i === j) continue;
      rowSums[i]! += value;
      rowSums[j]! += value;
    }
  return { count, products, rowSums, total: rowSums.reduce((sum, value) => sum + value, 0) };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** tr(KL), which is (n - 1)² times the Hilbert-Schmidt independence criterion of Gretton et al. 2005: the features are centered. */
export const biasedHsic = (k: Gram, l: Gram): number => dot(k.products, l.products);

/** HSIC₁ without bias, from four examples on: Song et al. 2012, equation 5; Nguyen et al. 2021, equation 3. */
export function unbiasedHsic(k: Gram, l: Gram): number {
  const { count: n } = k;
  let diagonal = 0;
  for (let i = 0; i < n; i++) diagonal += k.products[i * n + i]! * l.products[i * n + i]!;
  const trace = dot(k.products, l.products) - diagonal;
  const sum = trace + (k.total * l.total) / ((n - 1) * (n - 2)) - (2 * dot(k.rowSums, l.rowSums)) / (n - 2);
  return sum / (n * (n - 3));
}
