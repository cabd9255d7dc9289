import { checkRange, checkType } from '../check.ts';
import { checkNoNaN } from '../check-floats.ts';
import { BASE, CHUNK, inChunks, sharedKernels } from '../wasm/instance.ts';
import { type Order, select, sortable, wordsOf } from './radix-select.ts';

/** Ones where the sort integer is above the threshold and at the first `ties` entries equal to it. */
function maskReference(words: Uint32Array, mask: Uint8Array, threshold: number, ties: number, order: Order): void {
  let left = ties;
  for (let i = 0; i < words.length; i++) {
    const value = sortable(words[i]!, order);
    if (value > threshold) mask[i] = 1;
    else if (value === threshold && left > 0) {
      mask[i] = 1;
      left--;
    }
  }
}

/** {@link maskReference} by the kernel; returns whether there was one. */
function maskByKernel(x: Float32Array, mask: Uint8Array, threshold: number, ties: number, order: Order): boolean {
  const kernels = sharedKernels(5 * CHUNK);
  if (!kernels) return false;
  const bytes = new Uint8Array(kernels.memory.buffer, BASE + 4 * CHUNK, CHUNK);
  let left = ties;
  inChunks(kernels, x, (start, n) => {
    left = kernels.markLargest(BASE, n, order === 'signed' ? 1 : 0, threshold, left, bytes.byteOffset);
    mask.set(bytes.subarray(0, n), start);
  });
  return true;
}

function maskOf(fn: string, what: string, x: Float32Array, keep: number, order: Order): Uint8Array {
  checkType(x instanceof Float32Array, `${fn}: ${what} must be a Float32Array`, x);
  const rule = `${fn}: keep must be an integer in [0, ${x.length}]`;
  checkRange(Number.isInteger(keep) && keep >= 0 && keep <= x.length, rule, keep);
  if (keep === 0) {
    checkNoNaN(fn, what, x);
    return new Uint8Array(x.length);
  }
  const { threshold, larger } = select(fn, what, x, keep, order);
  const mask = new Uint8Array(x.length);
  const ties = keep - larger;
  if (!maskByKernel(x, mask, threshold, ties, order)) maskReference(wordsOf(x), mask, threshold, ties, order);
  return mask;
}

/**
 * A mask with exactly `keep` ones, at the largest scores. Scores compare as signed numbers, -0 equal to 0; of equal
 * scores the lowest index is kept first.
 *
 * @param scores - no NaN
 * @param keep - an integer from 0 to the length
 * @throws RangeError for NaN (naming the index) and for a bad keep
 */
export function largestMask(scores: Float32Array, keep: number): Uint8Array {
  return maskOf('largestMask', 'scores', scores, keep, 'signed');
}

/**
 * A mask with exactly `keep` ones, at the largest |x|; of equal magnitudes the lowest index is kept first.
 *
 * @param x - no NaN
 * @param keep - an integer from 0 to the length
 * @throws RangeError for NaN (naming the index) and for a bad keep
 */
export function magnitudeMask(x: Float32Array, keep: number): Uint8Array {
  return maskOf('magnitudeMask', 'x', x, keep, 'magnitude');
}
