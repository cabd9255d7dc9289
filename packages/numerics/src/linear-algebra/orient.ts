/** Entries within a millionth of the largest count as equal, so that rounding does not choose the sign. */
const NEARLY = 1 - 1e-6;

/**
 * Makes a sign unique: the first entry of each column of u (rows x n) whose magnitude is within a millionth of the
 * column's largest becomes positive. Row j of vt (n x cols) is negated with column j of u.
 */
export function orient(u: Float64Array, n: number, vt?: Float64Array): void {
  const rows = n === 0 ? 0 : u.length / n;
  const cols = vt && n > 0 ? vt.length / n : 0;
  for (let j = 0; j < n; j++) {
    let largest = 0;
    for (let i = 0; i < rows; i++) largest = Math.max(largest, Math.abs(u[i * n + j]!));
    let i = 0;
    while (i + 1 < rows && !(Math.abs(u[i * n + j]!) >= NEARLY * largest)) i++;
    if (!(u[i * n + j]! < 0)) continue;
    for (let k = 0; k < rows; k++) u[k * n + j] = 0 - u[k * n + j]!;
    for (let k = 0; k < cols; k++) vt![j * cols + k] = 0 - vt![j * cols + k]!;
  }
}
