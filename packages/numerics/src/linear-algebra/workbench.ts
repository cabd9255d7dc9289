import { BASE } from '../wasm/instance.ts';
import { room } from '../wasm/room.ts';
import { formQReference, qrReference } from './householder-qr.ts';
import { scratchEntries } from './matrix-engine.ts';

/** A matrix with rows >= cols, in row-major order, and what can be done to it in place. */
export interface Workbench {
  /** The entries, to be written first; only good until the next call of any function of this package. */
  data: Float64Array;
  /** Householder QR as {@link qrReference}; returns the factors tau. */
  qr(): Float64Array;
  /** Q from a QR as {@link formQReference}. */
  formQ(taus: Float64Array, signs: Float64Array): void;
}

function referenceBench(rows: number, cols: number): Workbench {
  const data = new Float64Array(rows * cols);
  return {
    data,
    qr: () => qrReference({ data, rows, cols }),
    formQ: (taus, signs) => formQReference({ data, rows, cols }, taus, signs),
  };
}

function kernelBench(rows: number, cols: number): Workbench | null {
  const scratch = scratchEntries(rows, cols);
  const bytes = 8 * (rows * cols + 2 * cols + scratch);
  const kernels = room(bytes);
  if (!kernels) return null;
  const view = (at: number, n: number) => new Float64Array(kernels.memory.buffer, at, n);
  const vectors = BASE + 8 * scratch;
  const factors = vectors + 8 * cols;
  const data = factors + 8 * cols;
  return {
    data: view(data, rows * cols),
    qr: () => {
      kernels.qr(data, cols, rows, cols, factors, BASE);
      return view(factors, cols).slice();
    },
    formQ: (taus, signs) => {
      view(factors, cols).set(taus);
      view(vectors, cols).set(signs);
      kernels.formQ(data, cols, rows, cols, factors, vectors, BASE);
    },
  };
}

/** A workbench in the kernels' memory, or with the references where there are no kernels or not enough memory. */
export function workbench(rows: number, cols: number): Workbench {
  return kernelBench(rows, cols) ?? referenceBench(rows, cols);
}
