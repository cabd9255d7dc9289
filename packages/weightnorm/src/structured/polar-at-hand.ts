// The iteration of Björck and Bowie on values in main memory, in float64, which looks at how far it is: columns that are nearly orthonormal,
// as in training, take two or three steps, where operations that look at nothing take as many as the worst matrix needs.
import { arrayProduct } from '../orthogonal/array-product.ts';

interface Size {
  long: number;
  short: number;
}

/** One step, for the gradient: what it began with. */
interface Step {
  q: Float64Array;
  gram: Float64Array;
}

/** A polar factor, and how it was found. */
export interface PolarFactor {
  value: Float64Array;
  steps: readonly Step[];
  /** What the matrix was divided by first. */
  bound: number;
}

/** So many steps bring singular values of 2e-5 of the largest to 1. */
const MOST = 30;
/** A step makes an error of e into ¾ e²: of this into what float32 does not see. */
const NEAR = 2 ** -14;
/** Where rows of QᵀQ − I are smaller, no singular value is beyond what the iteration brings to 1. */
const SAFE = 0.5;

const squared = (q: Float64Array | Float32Array, { long, short }: Size): Float64Array =>
  arrayProduct(q, q, { rows: short, inner: long, cols: short, transposed: true });

/** The largest sum of magnitudes of a row of QᵀQ − I, and of QᵀQ. */
function sumsOf(gram: Float64Array, size: number): { error: number; norm: number } {
  let [error, norm] = [0, 0];
  for (let row = 0, i = 0; row < size; row++) {
    let sum = 0;
    const diagonal = gram[row * size + row]!;
    for (const end = i + size; i < end; i++) sum += Math.abs(gram[i]!);
    norm = Math.max(norm, sum);
    error = Math.max(error, sum - Math.abs(diagonal) + Math.abs(diagonal - 1));
  }
  return { error, norm };
}

/** The nearest matrix with orthonormal columns; null where the entries are not finite, or columns so near to others that steps do not end. */
export function polarFactor(x: Float32Array, size: Size): PolarFactor | null {
  const { long, short } = size;
  if (!x.every(Number.isFinite)) return null;
  let q: Float64Array = new Float64Array(x);
  let gram = squared(q, size);
  const first = sumsOf(gram, short);
  const bound = first.error < SAFE ? 1 : Math.sqrt(first.norm);
  if (bound === 0) return null;
  if (bound !== 1) {
    q = q.map((entry) => entry / bound);
    gram = gram.map((entry) => entry / bound ** 2);
  }
  const steps: Step[] = [];
  while (steps.length < MOST) {
    steps.push({ q, gram });
    const cubic = arrayProduct(q, gram, { rows: long, inner: short, cols: short });
    q = cubic.map((entry, i) => 1.5 * q[i]! - 0.5 * entry);
    if (sumsOf(gram, short).error < NEAR) return { value: q, steps, bound };
    gram = squared(q, size);
  }
  return null;
}

const transposed = (m: Float64Array, size: number): Float64Array =>
  m.map((_, i) => m[(i % size) * size + Math.floor(i / size)]!);

/** The gradient of the matrix from that of its factor, back through the steps: that of a multiple of the matrix is 0, and so that of the bound. */
export function polarGradient({ steps, bound }: PolarFactor, dy: Float32Array, { long, short }: Size): Float64Array {
  let d: Float64Array = new Float64Array(dy);
  for (const { q, gram } of [...steps].reverse()) {
    // Of 1.5 Q − 0.5 Q (QᵀQ): 1.5 D − 0.5 (D QᵀQ + Q (QᵀD + DᵀQ)).
    const turned = arrayProduct(q, d, { rows: short, inner: long, cols: short, transposed: true });
    const mirrored = transposed(turned, short);
    const both = turned.map((entry, i) => entry + mirrored[i]!);
    const first = arrayProduct(d, gram, { rows: long, inner: short, cols: short });
    const second = arrayProduct(q, both, { rows: long, inner: short, cols: short });
    d = d.map((entry, i) => 1.5 * entry - 0.5 * (first[i]! + second[i]!));
  }
  return bound === 1 ? d : d.map((entry) => entry / bound);
}
