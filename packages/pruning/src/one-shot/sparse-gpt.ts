import { inverseFactor, matrixProduct } from '@weightkit/numerics';
import { withoutSmallest } from './smallest.ts';

/** A kernel as a matrix: row by row the weights of an input. */
export interface KernelMatrix {
  /** inputs * outputs entries in row-major order. */
  w: Float64Array;
  /** The number of inputs. */
  inputs: number;
  /** The number of outputs. */
  outputs: number;
}

/** How many entries go. */
export type Pattern =
  | {
      /** The zeros among the first so many entries, whole rows of the matrix. */
      zerosUpTo: (entries: number) => number;
    }
  | {
      /** How many of m neighboring inputs are kept, of each output. */
      n: number;
      /** The neighbors. */
      m: number;
      /** The number of inputs after which groups begin anew: the channels of a convolution. */
      period: number;
    };

/** The numbers of {@link sparseGpt}. */
export interface SparseGptSettings {
  /** How many inputs are pruned before the correction goes to all later ones. */
  blockSize: number;
  /** What is added to the diagonal of H, as a share of its mean. */
  dampening: number;
}

/** What pruning made of a kernel. */
export interface SparseMatrix {
  /** The weights, corrected, 0 where pruned. */
  w: Float64Array;
  /** 0 for each pruned entry, 1 for each kept one. */
  mask: Uint8Array;
  /** How many inputs were 0 in all examples; their weights are 0. */
  dead: number;
}

/** H with 1 for dead inputs and what is added to its diagonal; the weights of dead inputs become 0. */
function dampened(h: Float64Array, { w, inputs, outputs }: KernelMatrix, dampening: number) {
  const damped = h.slice();
  let dead = 0;
  let sum = 0;
  for (let j = 0; j < inputs; j++) {
    const at = j * inputs + j;
    if (damped[at] === 0) {
      damped[at] = 1;
      w.fill(0, j * outputs, (j + 1) * outputs);
      dead++;
    }
    sum += damped[at]!;
  }
  for (let j = 0; j < inputs; j++) damped[j * inputs + j]! += (dampening * sum) / inputs;
  return { damped, dead };
}

/** Where the block that begins at `from` ends: never within a group of neighbors. */
function blockEnd(from: number, inputs: number, blockSize: number, pattern: Pattern): number {
  let to = Math.min(inputs, from + blockSize);
  if ('m' in pattern) while (to < inputs && (to % pattern.period) % pattern.m !== 0) to++;
  return to;
}

/** The squares of weights over those of the diagonal of U, of rows. */
function saliency({ w, inputs, outputs }: KernelMatrix, u: Float64Array, from: number, to: number): Float64Array {
  const scores = w.slice(from * outputs, to * outputs);
  for (let j = from, p = 0; j < to; j++) {
    const d = u[j * inputs + j]!;
    for (let o = 0; o < outputs; o++, p++) scores[p] = (scores[p]! / d) ** 2;
  }
  return scores;
}

/** Chooses n of the neighbors from row j on, for each output, by the weights as they are by now. */
function chooseNeighbors(
  matrix: KernelMatrix,
  u: Float64Array,
  mask: Uint8Array,
  j: number,
  { n, m, period }: { n: number; m: number; period: number },
): void {
  const { outputs } = matrix;
  const to = j + Math.min(m, period - (j % period));
  const scores = saliency(matrix, u, j, to);
  const line = new Float64Array(to - j);
  for (let o = 0; o < outputs; o++) {
    for (let k = 0; k < line.length; k++) line[k] = scores[k * outputs + o]!;
    const kept = withoutSmallest(line, Math.max(0, line.length - n));
    for (let k = 0; k < line.length; k++) mask[(j + k) * outputs + o] = kept[k]!;
  }
}

/** Prunes one row: what it loses, over the diagonal, goes into `errors` and, times row j of U, off the later rows of the block. */
function pruneRow(
  { w, inputs, outputs }: KernelMatrix,
  u: Float64Array,
  mask: Uint8Array,
  j: number,
  to: number,
  errors: Float64Array,
): void {
  const d = u[j * inputs + j]!;
  const start = j * outputs;
  for (let o = 0; o < outputs; o++) {
    const gone = mask[start + o] === 0;
    errors[o] = gone ? w[start + o]! / d : 0;
    if (gone) w[start + o] = 0;
  }
  for (let k = j + 1; k < to; k++) {
    const factor = u[j * inputs + k]!;
    const row = k * outputs;
    for (let o = 0; o < outputs; o++) w[row + o] = w[row + o]! - factor * errors[o]!;
  }
}

/** Takes what a block lost, times its rows of U, off all rows behind it. */
function correctLater(
  { w, inputs, outputs }: KernelMatrix,
  u: Float64Array,
  from: number,
  to: number,
  errors: Float64Array,
): void {
  const [inner, rest] = [to - from, inputs - to];
  if (rest === 0) return;
  const behind = new Float64Array(inner * rest);
  for (let j = 0; j < inner; j++) behind.set(u.subarray((from + j) * inputs + to, (from + j + 1) * inputs), j * rest);
  const change = matrixProduct(behind, errors, { rows: rest, inner, cols: outputs, transposed: true });
  const later = w.subarray(to * outputs);
  for (let p = 0; p < change.length; p++) later[p] = later[p]! - change[p]!;
}

/**
 * Prunes a kernel by what its outputs lose on examples, and corrects what is left: SparseGPT. With H = XᵀX of the inputs and U'U = H⁻¹, an
 * entry of input j costs w² / U_jj²; block by block the cheapest go, and what an entry loses is taken, times U_jk / U_jj, off the weights of
 * all later inputs k. In float64.
 *
 * Frantar and Alistarh 2023, https://arxiv.org/abs/2301.00774. Where its code prunes all that is not above the kth score, this prunes
 * exactly so many.
 *
 * @param matrix - the kernel; left as it is
 * @param h - 2 XᵀX over the number of examples, inputs * inputs entries. A factor makes a difference to dead inputs alone, of which the
 * diagonal becomes 1
 * @param pattern - how many go
 * @param settings - the size of blocks and the dampening
 */
export function sparseGpt(
  matrix: KernelMatrix,
  h: Float64Array,
  pattern: Pattern,
  { blockSize, dampening }: SparseGptSettings,
): SparseMatrix {
  const { inputs, outputs } = matrix;
  const own = { ...matrix, w: matrix.w.slice() };
  const mask = new Uint8Array(inputs * outputs).fill(1);
  const { damped, dead } = dampened(h, own, dampening);
  const u = inverseFactor(damped, { rows: inputs, cols: inputs });
  for (let from = 0; from < inputs; ) {
    const to = blockEnd(from, inputs, blockSize, pattern);
    const errors = new Float64Array((to - from) * outputs);
    if ('zerosUpTo' in pattern) {
      const zeros = pattern.zerosUpTo(to * outputs) - pattern.zerosUpTo(from * outputs);
      mask.set(withoutSmallest(saliency(own, u, from, to), zeros), from * outputs);
    }
    for (let j = from; j < to; j++) {
      if ('m' in pattern && (j % pattern.period) % pattern.m === 0) chooseNeighbors(own, u, mask, j, pattern);
      pruneRow(own, u, mask, j, to, errors.subarray((j - from) * outputs, (j - from + 1) * outputs));
    }
    correctLater(own, u, from, to, errors);
    from = to;
  }
  return { w: own.w, mask, dead };
}
