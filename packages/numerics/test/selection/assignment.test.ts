import { assignment } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { golden } from '../both.ts';

interface Case {
  rows: number;
  cols: number;
  seed: number;
  integers: boolean;
  maximize: boolean;
  row_ind: number[];
  col_ind: number[];
  cost: number;
}

/** The matrix of golden/numerics_assignment.py. */
const matrixOf = ({ rows, cols, seed, integers }: Case) =>
  Float64Array.from({ length: rows * cols }, (_, i) => {
    const n = (i * 7919 + 104729 * seed) % 2003;
    const u = n / 1001 - 1;
    return integers ? n % 7 : u * Math.abs(u);
  });

/** The least sum by trying every pairing of at most as many rows as columns. */
function leastOf(cost: readonly number[], rows: number, cols: number, row = 0, used = 0): number {
  if (row === rows) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (let j = 0; j < cols; j++)
    if (!(used & (1 << j)))
      least = Math.min(least, cost[row * cols + j]! + leastOf(cost, rows, cols, row + 1, used | (1 << j)));
  return least;
}

describe('assignment', () => {
  it('assignment(cost, shape) costs what scipy.optimize.linear_sum_assignment finds, by the same pairs where one pairing is best', () => {
    const cases = golden<Case>('assignment', 'linear_sum_assignment');
    expect(cases.length).toBe(48);
    for (const one of cases) {
      const { rows, cols, maximize, integers } = one;
      const { columns, cost } = assignment(matrixOf(one), { rows, cols }, { maximize });
      const paired = [...columns.keys()].filter((row) => columns[row]! >= 0);
      expect(new Set(paired.map((row) => columns[row])).size).toBe(Math.min(rows, cols));
      // A sum of at most 90 numbers of size 1, in another order; integers are exact.
      expect(Math.abs(cost - one.cost)).toBeLessThanOrEqual(integers ? 0 : 90 * 90 * 2 ** -53);
      // Entries repeat every 2003; within these sizes the best of the fractions is one.
      if (!integers && rows * cols < 2003) {
        expect(paired).toEqual(one.row_ind);
        expect(paired.map((row) => columns[row])).toEqual(one.col_ind);
      }
    }
  });

  it('assignment(cost, shape) is the least of all pairings, and ties are no trouble', () => {
    const entry = fc.integer({ min: -3, max: 3 });
    const shapes = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 2 }));
    fc.assert(
      fc.property(
        shapes.chain(([rows, more]) =>
          fc.tuple(
            fc.constant(rows),
            fc.constant(rows + more),
            fc.array(entry, { minLength: rows * (rows + more), maxLength: rows * (rows + more) }),
          ),
        ),
        ([rows, cols, list]) => {
          const cost = Float64Array.from(list);
          expect(assignment(cost, { rows, cols }).cost).toBe(leastOf(list, rows, cols));
          const flipped = Float64Array.from(cost, (_, p) => cost[(p % rows) * cols + Math.floor(p / rows)]!);
          const tall = assignment(flipped, { rows: cols, cols: rows });
          expect(tall.cost).toBe(leastOf(list, rows, cols));
          expect([...tall.columns].filter((column) => column < 0)).toHaveLength(cols - rows);
          const most = assignment(
            cost.map((c) => -c),
            { rows, cols },
            { maximize: true },
          );
          expect(most.cost + leastOf(list, rows, cols)).toBe(0);
        },
      ),
    );
  });

  it('assignment(cost, shape) takes huge and tiny costs, float32 and no rows', () => {
    expect(assignment(Float64Array.of(1e300, 1, 1, 1e-300), { rows: 2, cols: 2 }).columns).toEqual(Int32Array.of(1, 0));
    expect(assignment(Float32Array.of(5, 1, 2, 4), { rows: 2, cols: 2 })).toEqual({
      columns: Int32Array.of(1, 0),
      cost: 3,
    });
    expect(assignment(new Float64Array(0), { rows: 0, cols: 3 })).toEqual({ columns: new Int32Array(0), cost: 0 });
    expect(assignment(new Float64Array(0), { rows: 2, cols: 0 })).toEqual({ columns: Int32Array.of(-1, -1), cost: 0 });
  });

  it('assignment(cost, shape) refuses shapes that do not fit and entries that are not finite', () => {
    expect(() => assignment(new Float64Array(3), { rows: 2, cols: 2 })).toThrow(
      'assignment: a must have rows * cols = 4 entries, got 3',
    );
    expect(() => assignment(Float64Array.of(1, Number.NaN), { rows: 1, cols: 2 })).toThrow('assignment: ');
    expect(() => assignment(Float64Array.of(1), { rows: 1, cols: 1 }, { maximize: 1 as never })).toThrow(
      'assignment: maximize must be',
    );
  });
});
