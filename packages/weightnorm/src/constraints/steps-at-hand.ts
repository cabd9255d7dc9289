// What the cpu backend computes, to the bit, in loops over rows: its own read entry by entry, and take several times as long.

/** Its products add up so many terms in float64, then round. */
const BLOCK = 48;

/** Values in rows. */
interface Matrix {
  values: Float32Array;
  rows: number;
  cols: number;
}

function transposed({ values, rows, cols }: Matrix): Matrix {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) out[col * rows + row] = values[row * cols + col]!;
  return { values: out, rows: cols, cols: rows };
}

/** A B as the cpu backend has it; of one that is its own mirror image half is computed. */
export function productOfCpu(a: Matrix, b: Matrix, isSymmetric = false): Matrix {
  const { rows, cols: inner } = a;
  const { cols } = b;
  const [left, right] = [Float64Array.from(a.values), Float64Array.from(b.values)];
  const values = new Float32Array(rows * cols);
  const sums = new Float64Array(cols);
  for (let row = 0; row < rows; row++) {
    const first = isSymmetric ? row : 0;
    for (let from = 0; from < inner; from += BLOCK) {
      sums.fill(0);
      const end = Math.min(from + BLOCK, inner);
      let k = from;
      // Four at a time, added up in their order.
      for (; k + 4 <= end; k += 4) {
        const at = row * inner + k;
        const [x, y, z, w] = [left[at]!, left[at + 1]!, left[at + 2]!, left[at + 3]!];
        for (let col = first, i = k * cols + first; col < cols; col++, i++) {
          let sum = sums[col]!;
          sum += x * right[i]!;
          sum += y * right[i + cols]!;
          sum += z * right[i + 2 * cols]!;
          sum += w * right[i + 3 * cols]!;
          sums[col] = sum;
        }
      }
      for (; k < end; k++) {
        const x = left[row * inner + k]!;
        for (let col = first, i = k * cols + first; col < cols; col++, i++) sums[col]! += x * right[i]!;
      }
      for (let col = first; col < cols; col++) values[row * cols + col]! += sums[col]!;
    }
    for (let col = 0; col < first; col++) values[row * cols + col] = values[col * cols + row]!;
  }
  return { values, rows, cols };
}

/** Steps 1.5 X − 0.5 X Xᵀ X, by the Gram matrix of the shorter side. */
export function stepsAtHand(start: Matrix, iterations: number): Float32Array {
  const isTall = start.rows >= start.cols;
  let x = start;
  for (let i = 0; i < iterations; i++) {
    const turned = transposed(x);
    const { values: cubic } = isTall
      ? productOfCpu(x, productOfCpu(turned, x, true))
      : productOfCpu(productOfCpu(x, turned, true), x);
    const now = x.values;
    const values = cubic.map((value, j) => Math.fround(1.5 * now[j]!) - Math.fround(0.5 * value));
    x = { ...x, values };
  }
  return x.values;
}
