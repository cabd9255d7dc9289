import { bidiagonalizeReference } from './bidiagonalize.ts';
import { formQReference, qrReference } from './householder-qr.ts';
import { BASE, freshKernels, sharedKernels } from './wasm/instance.ts';

/** A matrix with rows >= cols, in row-major order, and what can be done to it in place. */
export interface Workbench {
  /** The entries, to be written first; only good until the next call of any function of this package. */
  data: Float64Array;
  /** Householder QR as {@link qrReference}; returns the factors tau. */
  qr(): Float64Array;
  /** Q from a QR as {@link formQReference}. */
  formQ(taus: Float64Array, signs: Float64Array): void;
  /** Diagonal and superdiagonal of the bidiagonal form of the first `rows` rows. */
  bidiagonalize(rows: number): { d: Float64Array; e: Float64Array };
}

function referenceBench(rows: number, cols: number): Workbench {
  const data = new Float64Array(rows * cols);
  return {
    data,
    qr: () => qrReference({ data, rows, cols }),
    formQ: (taus, signs) => formQReference({ data, rows, cols }, taus, signs),
    bidiagonalize: (height) => bidiagonalizeReference({ data, rows: height, cols }),
  };
}

/** Up to this size a matrix uses the shared kernels' memory, which is never given back. */
const SHARED_BYTES = 2 ** 23;

function kernelBench(rows: number, cols: number): Workbench | null {
  const bytes = 8 * (rows * cols + rows + 4 * cols + 2);
  const kernels = bytes <= SHARED_BYTES ? sharedKernels(bytes) : freshKernels(bytes);
  if (!kernels) return null;
  const view = (at: number, n: number) => new Float64Array(kernels.memory.buffer, at, n);
  const v = BASE + 8 * rows * cols;
  const work = v + 8 * rows;
  const [x, y, z] = [0, 1, 2].map((i) => work + 8 * (cols + 2 + i * cols)) as [number, number, number];
  return {
    data: view(BASE, rows * cols),
    qr: () => {
      kernels.qr(BASE, rows, cols, x, v, work);
      return view(x, cols).slice();
    },
    formQ: (taus, signs) => {
      view(x, cols).set(taus);
      view(y, cols).set(signs);
      kernels.formQ(BASE, rows, cols, x, y, v, work);
    },
    bidiagonalize: (height) => {
      kernels.bidiagonalize(BASE, height, cols, x, y, v, work, z);
      return { d: view(x, cols).slice(), e: view(y, Math.max(0, cols - 1)).slice() };
    },
  };
}

/** A workbench in the kernels' memory, or with the references where there are no kernels or not enough memory. */
export function workbench(rows: number, cols: number): Workbench {
  return kernelBench(rows, cols) ?? referenceBench(rows, cols);
}
