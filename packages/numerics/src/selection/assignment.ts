import { checkBoolean, checkOptions } from '../check.ts';
import { checkInput, type MatrixShape, transpose } from '../linear-algebra/matrix-input.ts';

/** Options of {@link assignment}. */
export interface AssignmentOptions {
  /**
   * Whether the sum shall be as large as it can be, instead of as small.
   * @defaultValue false
   */
  maximize?: boolean;
}

/** Partners. */
export interface Assignment {
  /** The column of each row; -1 for rows that have none, where there are more rows than columns. */
  columns: Int32Array;
  /** The sum of the costs of all pairs, added in the order of the rows. */
  cost: number;
}

/** What a search for one row works with. */
interface Search {
  /** Shortest way to each column, the row that it comes from, and whether the column is settled. */
  way: Float64Array;
  from: Int32Array;
  settled: Uint8Array;
}

/** The nearest of the columns that are not settled; a free one among equals, then the lowest. */
function nearest({ way, settled }: Search, rowOf: Int32Array): number {
  let best = -1;
  for (let j = 0; j < way.length; j++) {
    if (settled[j]) continue;
    const less = best < 0 || way[j]! < way[best]!;
    if (less || (way[j] === way[best] && rowOf[j]! < 0 && rowOf[best]! >= 0)) best = j;
  }
  return best;
}

/** Pairs n rows with n of m >= n columns: the shortest augmenting path for each row in turn. */
function shortestPaths(cost: Float64Array, n: number, m: number): Int32Array {
  const [u, v] = [new Float64Array(n), new Float64Array(m)];
  const [columnOf, rowOf] = [new Int32Array(n).fill(-1), new Int32Array(m).fill(-1)];
  const search: Search = { way: new Float64Array(m), from: new Int32Array(m), settled: new Uint8Array(m) };
  const { way, from, settled } = search;
  for (let start = 0; start < n; start++) {
    way.fill(Number.POSITIVE_INFINITY);
    settled.fill(0);
    const rows = [start];
    let [row, length, sink] = [start, 0, -1];
    while (sink < 0) {
      for (let j = 0, p = row * m; j < m; j++, p++) {
        if (settled[j]) continue;
        const reach = length + cost[p]! - u[row]! - v[j]!;
        if (reach < way[j]!) {
          way[j] = reach;
          from[j] = row;
        }
      }
      const j = nearest(search, rowOf);
      length = way[j]!;
      settled[j] = 1;
      if (rowOf[j]! < 0) sink = j;
      else {
        row = rowOf[j]!;
        rows.push(row);
      }
    }
    u[start]! += length;
    for (const i of rows.slice(1)) u[i]! += length - way[columnOf[i]!]!;
    for (let j = 0; j < m; j++) if (settled[j]) v[j]! -= length - way[j]!;
    for (let j = sink; ; ) {
      const i = from[j]!;
      const next = columnOf[i]!;
      columnOf[i] = j;
      rowOf[j] = i;
      if (i === start) break;
      j = next;
    }
  }
  return columnOf;
}

/**
 * Pairs each row with a column of its own so that the sum of the costs is the least: the linear assignment problem, by shortest
 * augmenting paths. The time grows as min(rows, cols)^2 max(rows, cols). Of several best pairings one is found, the same everywhere.
 * As `scipy.optimize.linear_sum_assignment`.
 *
 * Kuhn 1955, https://doi.org/10.1002/nav.3800020109; Jonker and Volgenant 1987, https://doi.org/10.1007/BF02278710; Crouse 2016,
 * https://doi.org/10.1109/TAES.2016.140952
 *
 * @param cost - the cost of each row with each column, row-major
 * @param shape - rows and cols, with rows * cols entries in all
 * @returns the columns of the rows, and the sum
 * @example
 * ```js
 * import { assignment } from '@weightkit/numerics';
 * assignment(Float64Array.of(4, 1, 3, 2, 0, 5, 3, 2, 2), { rows: 3, cols: 3 }); // columns: 1, 0, 2; cost: 5
 * ```
 * @throws RangeError for a shape that does not fit and for a non-finite entry (naming its index)
 */
export function assignment(
  cost: Float32Array | Float64Array,
  shape: MatrixShape,
  options: AssignmentOptions = {},
): Assignment {
  checkInput('assignment', cost, shape);
  checkOptions('assignment', options, ['maximize']);
  const { maximize = false } = options;
  checkBoolean('assignment', 'maximize', maximize);
  const { rows, cols } = shape;
  const costs = Float64Array.from(cost, (c) => (maximize ? -c : c));
  let columns = new Int32Array(rows).fill(-1);
  if (rows <= cols) columns = shortestPaths(costs, rows, cols) as typeof columns;
  else
    shortestPaths(transpose(costs, rows, cols), cols, rows).forEach((row, column) => {
      columns[row] = column;
    });
  let sum = 0;
  columns.forEach((column, row) => {
    if (column >= 0) sum += cost[row * cols + column]!;
  });
  return { columns, cost: sum };
}
