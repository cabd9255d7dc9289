import { type InputGrams, type KernelProduct, outputEnergy } from '@weightkit/core';
import { chooseByLine } from '../masks/choose-masks.ts';
import { nOfM } from '../structures/n-of-m.ts';
import { withoutSmallest } from './smallest.ts';
import { type KernelMatrix, type Pattern, type SparseGptSettings, type SparseMatrix, sparseGpt } from './sparse-gpt.ts';

/** By what rule a kernel is pruned. */
export type OneShotMethod = 'sparsegpt' | 'wanda' | 'magnitude';

/** The rules by name. */
export const METHODS: readonly OneShotMethod[] = ['sparsegpt', 'wanda', 'magnitude'];

/** A kernel, its inputs and how many of its entries go. */
export interface KernelTask {
  method: OneShotMethod;
  /** The kernel's values in row-major order. */
  values: Float32Array;
  /** The matrices that it consists of. */
  products: readonly KernelProduct[];
  calibration: InputGrams;
  /** How many examples the calibration is of. */
  examples: number;
  /** The zeros of all, or how many of m neighbors stay. */
  zeros: number | { n: number; m: number };
  settings: SparseGptSettings;
}

/** What became of a kernel. */
export interface PrunedKernel {
  values: Float32Array;
  mask: Uint8Array;
  dead: number;
  /** ‖X W − X Ŵ‖ / ‖X W‖ of what the layer adds up, before bias and activation; 0 where X W is 0 and stays so. */
  error: number;
}

function matrixOf(values: Float32Array, { inputs, outputs, at }: KernelProduct): KernelMatrix {
  const w = new Float64Array(inputs * outputs);
  for (let j = 0, p = 0; j < inputs; j++) for (let o = 0; o < outputs; o++, p++) w[p] = values[at(j, o)]!;
  return { w, inputs, outputs };
}

function putBack<T extends Float32Array | Uint8Array>(
  to: T,
  from: ArrayLike<number>,
  { inputs, outputs, at }: KernelProduct,
): void {
  for (let j = 0, p = 0; j < inputs; j++) for (let o = 0; o < outputs; o++, p++) to[at(j, o)] = from[p]!;
}

/** |w| ‖x_j‖, or |w|. */
function scoresOf(matrix: KernelMatrix, gram: Float64Array, method: OneShotMethod): Float64Array {
  const { w, inputs, outputs } = matrix;
  return w.map((value, p) => {
    const j = Math.floor(p / outputs);
    return Math.abs(value) * (method === 'wanda' ? Math.sqrt(gram[j * inputs + j]!) : 1);
  });
}

/** Wanda, of each output by itself, and magnitude: no weight that stays changes. */
function pruneByScores(
  matrix: KernelMatrix,
  gram: Float64Array,
  pattern: Pattern,
  method: OneShotMethod,
): SparseMatrix {
  const { w, inputs, outputs } = matrix;
  const scores = scoresOf(matrix, gram, method);
  let mask: Uint8Array;
  if ('m' in pattern) {
    const { n, m, period } = pattern;
    const shape = [inputs / period, period, outputs];
    mask = nOfM(Float32Array.from(scores), shape, 1, { n, m });
  } else if (method === 'wanda') {
    const line = { groups: outputs, of: Int32Array.from(w, (_, p) => p % outputs) };
    mask = chooseByLine(Float32Array.from(scores), line, pattern.zerosUpTo(w.length) / Math.max(1, outputs));
  } else mask = withoutSmallest(scores, pattern.zerosUpTo(w.length));
  let dead = 0;
  for (let j = 0; j < inputs; j++) if (gram[j * inputs + j] === 0) dead++;
  return { w: w.map((value, p) => (mask[p] === 0 ? 0 : value)), mask, dead };
}

/** Prunes a kernel by its inputs. */
export function pruneKernel(task: KernelTask): PrunedKernel {
  const { method, values, products, calibration, examples, zeros, settings } = task;
  const result: PrunedKernel = {
    values: new Float32Array(values.length),
    mask: new Uint8Array(values.length),
    dead: 0,
    error: 0,
  };
  let lost = 0;
  let whole = 0;
  /** The entries of the products before this one: each gets its share of the zeros. */
  let before = 0;
  for (const [i, product] of products.entries()) {
    const gram = calibration.grams[i]!;
    const matrix = matrixOf(values, product);
    const { w, outputs } = matrix;
    const upTo = (entries: number) => Math.round(((zeros as number) * entries) / values.length);
    const first = before;
    const zerosUpTo = (entries: number) => upTo(first + entries) - upTo(first);
    const pattern: Pattern = typeof zeros === 'number' ? { zerosUpTo } : { ...zeros, period: product.period };
    const hessian = () => gram.map((v) => (2 / examples) * v);
    const pruned =
      method === 'sparsegpt'
        ? sparseGpt(matrix, hessian(), pattern, settings)
        : pruneByScores(matrix, gram, pattern, method);
    putBack(result.values, pruned.w, product);
    putBack(result.mask, pruned.mask, product);
    result.dead += pruned.dead;
    // Of what the layer computes with, in float32.
    const difference = w.map((value, p) => value - Math.fround(pruned.w[p]!));
    lost += outputEnergy(gram, difference, outputs);
    whole += outputEnergy(gram, w, outputs);
    before += w.length;
  }
  result.error = lost === 0 ? 0 : Math.sqrt(lost / whole);
  return result;
}
