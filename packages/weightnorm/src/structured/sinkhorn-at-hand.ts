// Sinkhorn's steps on values in main memory, in float64. Rows and columns have one number each that is taken from the logarithms: all
// that a step changes, and all that the way back needs of it.

interface Size {
  rows: number;
  cols: number;
}

/** What was taken from the rows and columns of logarithms x after a step for each. */
interface Step {
  rows: Float64Array;
  cols: Float64Array;
}

/** A matrix after Sinkhorn's steps, and these. */
export interface Balanced {
  value: Float64Array;
  steps: readonly Step[];
}

/** Numbers that moved by less stay: the value then has changed by less than float32 sees, as it would in all steps to come. */
const STILL = 2 ** -36;

/** log Σ exp of each row of x less what is taken from columns. */
function rowSums(x: ArrayLike<number>, cols: Float64Array, size: Size): Float64Array {
  return Float64Array.from({ length: size.rows }, (_, row) => {
    const at = row * size.cols;
    let [most, sum] = [Number.NEGATIVE_INFINITY, 0];
    for (let col = 0; col < size.cols; col++) most = Math.max(most, x[at + col]! - cols[col]!);
    for (let col = 0; col < size.cols; col++) sum += Math.exp(x[at + col]! - cols[col]! - most);
    return most + Math.log(sum);
  });
}

/** The same of each column. */
function columnSums(x: ArrayLike<number>, rows: Float64Array, size: Size): Float64Array {
  const most = new Float64Array(size.cols).fill(Number.NEGATIVE_INFINITY);
  const sums = new Float64Array(size.cols);
  for (let row = 0, i = 0; row < size.rows; row++)
    for (let col = 0; col < size.cols; col++, i++) most[col] = Math.max(most[col]!, x[i]! - rows[row]!);
  for (let row = 0, i = 0; row < size.rows; row++)
    for (let col = 0; col < size.cols; col++, i++) sums[col]! += Math.exp(x[i]! - rows[row]! - most[col]!);
  return sums.map((sum, col) => most[col]! + Math.log(sum));
}

function exponentials(x: ArrayLike<number>, { rows, cols }: Step): Float64Array {
  const result = new Float64Array(x.length);
  for (let row = 0, i = 0; row < rows.length; row++)
    for (let col = 0; col < cols.length; col++, i++) result[i] = Math.exp(x[i]! - rows[row]! - cols[col]!);
  return result;
}

const areStill = (now: Float64Array, before: Float64Array): boolean =>
  now.every((value, i) => Math.abs(value - before[i]!) <= STILL);

/** eˣ with rows and columns that add up to 1, by so many steps for each; fewer where none of them would move anything. */
export function balanced(x: ArrayLike<number>, size: Size, count: number): Balanced {
  const steps: Step[] = [];
  let last: Step = { rows: new Float64Array(size.rows), cols: new Float64Array(size.cols) };
  for (let i = 0; i < count; i++) {
    const rows = rowSums(x, last.cols, size);
    const step = { rows, cols: columnSums(x, rows, size) };
    const isStill = areStill(rows, last.rows) && areStill(step.cols, last.cols);
    last = step;
    steps.push(step);
    if (isStill) break;
  }
  return { value: exponentials(x, last), steps };
}

/** g ← g − p · Σ g, of each row or of each column: back through a step, whose outcome is p. */
function back(g: Float64Array, p: Float64Array, { rows, cols }: Size, along: 'rows' | 'columns'): void {
  const sums = new Float64Array(along === 'rows' ? rows : cols);
  for (let row = 0, i = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, i++) sums[along === 'rows' ? row : col]! += g[i]!;
  for (let row = 0, i = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, i++) g[i]! -= p[i]! * sums[along === 'rows' ? row : col]!;
}

/** The gradient of x from that of the matrix, back through all steps: those that were left out are as the last. */
export function balancedGradient(
  x: ArrayLike<number>,
  { value, steps }: Balanced,
  dy: ArrayLike<number>,
  size: Size,
  count: number,
): Float64Array {
  const g = value.map((entry, i) => entry * dy[i]!);
  const none = new Float64Array(size.cols);
  for (let i = count - 1; i >= 0; i--) {
    // Of steps that moved nothing rows and columns have the same outcome.
    const isLeftOut = i >= steps.length;
    const step = steps[Math.min(i, steps.length - 1)]!;
    const byColumns = isLeftOut || i === steps.length - 1 ? value : exponentials(x, step);
    back(g, byColumns, size, 'columns');
    const before = i === 0 ? none : steps[i - 1]?.cols;
    back(g, isLeftOut ? value : exponentials(x, { rows: step.rows, cols: before! }), size, 'rows');
  }
  return g;
}
