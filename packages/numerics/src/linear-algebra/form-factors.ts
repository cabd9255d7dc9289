import type { MatrixEngine, Slab } from './matrix-engine.ts';

/** Writes the rows of Q', Q formed in place from a factorization, to `rows`. */
export function formRows(engine: MatrixEngine, q: Slab, taus: Float64Array, rows: Slab): void {
  engine.formQ(q, taus);
  for (let i = 0; i < q.rows; i++) {
    for (let j = 0; j < q.cols; j++) rows.data[j * rows.ld + i] = q.data[i * q.ld + j]!;
  }
}

/**
 * Writes the rows of [1, 0; 0, Q'] to `rows`, where the vectors of Q begin one place off the diagonal of `a`: entry i of
 * vector k is at column k of row i, or the other way round when `across`.
 */
export function formShifted(
  engine: MatrixEngine,
  a: Slab,
  taus: Float64Array,
  room: Slab,
  rows: Slab,
  across: boolean,
): void {
  const n = rows.rows;
  rows.data[0] = 1;
  if (n < 2) return;
  for (let i = 1; i < n; i++) {
    for (let k = 0; k < i; k++) {
      room.data[(i - 1) * room.ld + k] = across ? a.data[k * a.ld + i]! : a.data[i * a.ld + k]!;
    }
  }
  engine.formQ(room, taus);
  for (let i = 1; i < n; i++) {
    for (let j = 1; j < n; j++) rows.data[j * rows.ld + i] = room.data[(i - 1) * room.ld + j - 1]!;
  }
}

/** Rows of a slab in the given order, each times its sign, in one array. */
export function gatherRows(slab: Slab, order: readonly number[], sign: (row: number) => number): Float64Array {
  const { data, ld, cols } = slab;
  const out = new Float64Array(order.length * cols);
  order.forEach((row, place) => {
    const factor = sign(row);
    for (let j = 0; j < cols; j++) out[place * cols + j] = factor * data[row * ld + j]!;
  });
  return out;
}
