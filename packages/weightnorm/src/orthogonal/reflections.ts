// The reflections of `householder` on values in main memory, in float64: of the j-th all but rows and columns from j on stays what it was, so
// that k of them take no more than a product of matrices, where operations on whole matrices take k times that.

/** Free numbers, of `rows` x `cols` with at least as many rows, row by row. */
interface Free {
  values: ArrayLike<number>;
  rows: number;
  cols: number;
}

/** The j-th vector from its row j on: 1, then what lies below the diagonal. */
function vectorOf({ values, rows, cols }: Free, j: number, v: Float64Array): number {
  v[j] = 1;
  let square = 1;
  for (let row = j + 1; row < rows; row++) {
    const x = values[row * cols + j]!;
    v[row] = x;
    square += x * x;
  }
  return 2 / square;
}

/** vᵀ M over rows and columns from j on. */
function along(v: Float64Array, m: Float64Array, { rows, cols }: Free, j: number, out: Float64Array): void {
  out.fill(0, j);
  for (let row = j; row < rows; row++) {
    const by = v[row]!;
    for (let col = j, i = row * cols + j; col < cols; col++, i++) out[col]! += by * m[i]!;
  }
}

/** M ← M − rate · v a over rows and columns from j on. */
function reflect(v: Float64Array, m: Float64Array, { rows, cols }: Free, j: number, a: Float64Array, rate: number) {
  for (let row = j; row < rows; row++) {
    const by = rate * v[row]!;
    for (let col = j, i = row * cols + j; col < cols; col++, i++) m[i]! -= by * a[col]!;
  }
}

/** The first columns of H₁ H₂ ⋯ Hₖ. */
export function reflected(free: Free): Float64Array {
  const { rows, cols } = free;
  const q = new Float64Array(rows * cols);
  const [v, a] = [new Float64Array(rows), new Float64Array(cols)];
  for (let j = 0; j < cols; j++) q[j * cols + j] = 1;
  for (let j = cols - 1; j >= 0; j--) {
    const rate = vectorOf(free, j, v);
    along(v, q, free, j, a);
    reflect(v, q, free, j, a, rate);
  }
  return q;
}

/**
 * The gradient of the free numbers from that of the product, from one reflection to the next in the order of the product, which undoes each: it is
 * its own inverse. With s = 2 / ‖v‖², a = vᵀ Q of Q before it, and b = vᵀ D of the gradient D behind it,
 * dv = −s (D aᵀ + Q bᵀ) + s² (b aᵀ) v.
 *
 * @param q - what {@link reflected} gave; is lost
 * @param d - the gradient of it; is lost
 */
export function reflectedGradient(free: Free, q: Float64Array, d: Float64Array): Float32Array {
  const { rows, cols } = free;
  const dx = new Float32Array(rows * cols);
  const v = new Float64Array(rows);
  const [a, b] = [new Float64Array(cols), new Float64Array(cols)];
  for (let j = 0; j < cols; j++) {
    const rate = vectorOf(free, j, v);
    along(v, q, free, j, a);
    reflect(v, q, free, j, a, rate);
    along(v, q, free, j, a);
    along(v, d, free, j, b);
    let both = 0;
    for (let col = j; col < cols; col++) both += a[col]! * b[col]!;
    for (let row = j + 1; row < rows; row++) {
      let sum = 0;
      for (let col = j, i = row * cols + j; col < cols; col++, i++) sum += d[i]! * a[col]! + q[i]! * b[col]!;
      dx[row * cols + j] = rate * (rate * both * v[row]! - sum);
    }
    reflect(v, d, free, j, b, rate);
  }
  return dx;
}
