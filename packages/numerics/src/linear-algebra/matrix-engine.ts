import { BASE, freshKernels } from '../wasm/instance.ts';
import type { Kernels } from '../wasm/kernels.ts';
import { room } from '../wasm/room.ts';
import { type Bidiagonal, bidiagonalizeReference } from './bidiagonalize.ts';
import { formQReference, qrReference } from './householder-qr.ts';
import type { Grid } from './reflect.ts';
import { rotateRowsReference, sweepRoom } from './sweeps.ts';
import { type Tridiagonal, tridiagonalizeReference } from './tridiagonalize.ts';

/** A matrix in an engine's memory: entry (i, j) is data[i * ld + j]; good until the next call of any other function. */
export interface Slab extends Grid {
  /** Entries from row to row, cols or more. */
  ld: number;
  /** Where it begins in the kernels' memory, in bytes. */
  at: number;
}

/** Matrices, all made at once and zero, and what can be done to them in place. */
export interface MatrixEngine {
  /** One matrix for each of the shapes asked for. */
  slabs: Slab[];
  /** Householder QR as {@link qrReference}; returns the factors tau. */
  qr(a: Slab): Float64Array;
  /** The first cols columns of Q from a QR. */
  formQ(a: Slab, taus: Float64Array): void;
  /** As {@link bidiagonalizeReference}. */
  bidiagonalize(a: Slab): Bidiagonal;
  /** As {@link tridiagonalizeReference}. */
  tridiagonalize(a: Slab): Tridiagonal;
  /** c += sign a b, or sign a' b. */
  multiply(c: Slab, a: Slab, b: Slab, sign: 1 | -1, transposed?: boolean): void;
  /** Applies a batch of sweeps to the rows, which are no more than the columns. */
  rotateRows(a: Slab, batch: Float64Array): void;
}

type Shape = readonly [rows: number, cols: number];

/** What the kernels' scratch memory holds for matrices of at most this size. */
export const scratchEntries = (rows: number, cols: number) => 34 * rows + 132 * cols + 4096;

/** Rows start at odd multiples of 64 bytes, so that a column is not all in one set of the cache; thin matrices stay thin. */
function stride(rows: number, cols: number): number {
  if (cols < 8 && rows > 64) return cols;
  const lines = Math.ceil(cols / 8);
  return 8 * (lines + (lines % 2 === 0 ? 1 : 0));
}

function multiplyReference(c: Slab, a: Slab, b: Slab, sign: 1 | -1, transposed = false): void {
  const depth = transposed ? a.rows : a.cols;
  for (let i = 0; i < c.rows; i++) {
    for (let k = 0; k < depth; k++) {
      const f = sign * (transposed ? a.data[k * a.ld + i]! : a.data[i * a.ld + k]!);
      for (let j = 0, p = i * c.ld, q = k * b.ld; j < c.cols; j++, p++, q++) c.data[p] = c.data[p]! + f * b.data[q]!;
    }
  }
}

function referenceEngine(shapes: readonly Shape[]): MatrixEngine {
  return {
    slabs: shapes.map(([rows, cols]) => ({ rows, cols, ld: cols, at: 0, data: new Float64Array(rows * cols) })),
    qr: qrReference,
    formQ: (a, taus) => formQReference(a, taus, new Float64Array(a.cols).fill(1)),
    bidiagonalize: bidiagonalizeReference,
    tridiagonalize: tridiagonalizeReference,
    multiply: multiplyReference,
    rotateRows: ({ data, cols }, batch) => rotateRowsReference(data, cols, batch),
  };
}

/** The memory: scratch, vectors, a batch of sweeps, then the matrices. */
function layOut(shapes: readonly Shape[]) {
  const height = Math.max(...shapes.map(([rows]) => rows));
  const width = Math.max(...shapes.map(([rows, cols]) => stride(rows, cols)));
  const n = Math.max(...shapes.map(([rows, cols]) => Math.min(rows, cols)));
  const vectors = BASE + 8 * scratchEntries(height, width);
  const batch = vectors + 32 * (n + 16);
  const matrices = Math.ceil((batch + 8 * sweepRoom(n)) / 64) * 64;
  const entries = shapes.reduce((sum, [rows, cols]) => sum + Math.ceil((rows * stride(rows, cols)) / 8) * 8, 0);
  return { vectors, batch, matrices, bytes: matrices - BASE + 8 * entries };
}

function kernelSlabs(shapes: readonly Shape[], { memory }: Kernels, start: number): Slab[] {
  let at = start;
  return shapes.map(([rows, cols]) => {
    const ld = stride(rows, cols);
    const data = new Float64Array(memory.buffer, at, rows * ld).fill(0);
    const slab = { rows, cols, ld, at, data };
    at += Math.ceil(data.byteLength / 64) * 64;
    return slab;
  });
}

function kernelEngine(shapes: readonly Shape[], own: boolean): MatrixEngine | null {
  const { vectors, batch, matrices, bytes } = layOut(shapes);
  const kernels = own ? freshKernels(bytes) : room(bytes);
  if (!kernels) return null;
  const view = (at: number, n: number) => new Float64Array(kernels.memory.buffer, at, n);
  const places = (n: number) => [0, 1, 2, 3].map((i) => vectors + 8 * i * n) as [number, number, number, number];
  return {
    slabs: kernelSlabs(shapes, kernels, matrices),
    qr(a) {
      kernels.qr(a.at, a.ld, a.rows, a.cols, vectors, BASE);
      return view(vectors, a.cols).slice();
    },
    formQ(a, taus) {
      view(vectors, a.cols).set(taus);
      kernels.formQ(a.at, a.ld, a.rows, a.cols, vectors, 0, BASE);
    },
    bidiagonalize({ at, ld, rows, cols }) {
      const [d, e, left, right] = places(cols);
      kernels.bidiagonalize(at, ld, rows, cols, d, e, left, right, BASE);
      const take = (place: number, n: number) => view(place, Math.max(0, n)).slice();
      return { d: take(d, cols), e: take(e, cols - 1), left: take(left, cols), right: take(right, cols - 1) };
    },
    tridiagonalize({ at, ld, cols }) {
      const [d, e, taus] = places(cols);
      kernels.tridiagonalize(at, ld, cols, d, e, taus, BASE);
      const take = (place: number, n: number) => view(place, Math.max(0, n)).slice();
      return { d: take(d, cols), e: take(e, cols - 1), taus: take(taus, cols - 1) };
    },
    multiply(c, a, b, sign, transposed = false) {
      const [rowStep, colStep, depth] = transposed ? [8, 8 * a.ld, a.rows] : [8 * a.ld, 8, a.cols];
      kernels.multiply(c.at, 8 * c.ld, a.at, rowStep, colStep, b.at, 8 * b.ld, c.rows, c.cols, depth, sign, BASE);
    },
    rotateRows(a, pairs) {
      view(batch, pairs.length).set(pairs);
      kernels.rotateRows(a.at, a.ld, a.cols, batch, pairs.length);
    },
  };
}

/**
 * An engine in the kernels' memory, or with the references where there are no kernels or not enough memory. With `own`
 * memory it survives calls of other functions.
 */
export function matrixEngine(shapes: readonly Shape[], own = false): MatrixEngine {
  return kernelEngine(shapes, own) ?? referenceEngine(shapes);
}
