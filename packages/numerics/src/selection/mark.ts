import { BASE, CHUNK, inChunks, sharedKernels } from '../wasm/instance.ts';
import { type Order, sortable, wordsOf } from './sort-integer.ts';

/** What is kept: sort integers above the threshold, and the first `ties` equal to it. */
export interface Kept {
  threshold: number;
  ties: number;
}

function markReference(x: Float32Array, { threshold, ties }: Kept, order: Order): Uint8Array {
  const words = wordsOf(x);
  const mask = new Uint8Array(words.length);
  let left = ties;
  for (let i = 0; i < words.length; i++) {
    const value = sortable(words[i]!, order);
    if (value > threshold) mask[i] = 1;
    else if (value === threshold && left > 0) {
      mask[i] = 1;
      left--;
    }
  }
  return mask;
}

/** The mask with ones at what is kept. */
export function markLargest(x: Float32Array, kept: Kept, order: Order): Uint8Array {
  const kernels = sharedKernels(5 * CHUNK);
  if (!kernels) return markReference(x, kept, order);
  const mask = new Uint8Array(x.length);
  const bytes = new Uint8Array(kernels.memory.buffer, BASE + 4 * CHUNK, CHUNK);
  let left = kept.ties;
  inChunks(kernels, x, (start, n) => {
    left = kernels.markLargest(BASE, n, order === 'signed' ? 1 : 0, kept.threshold, left, bytes.byteOffset);
    mask.set(bytes.subarray(0, n), start);
  });
  return mask;
}

/** The mask of magnitudes, and x with +0 at its zeros in `out`, which may be x; one pass for both. */
export function markAndPrune(x: Float32Array, kept: Kept, out: Float32Array): Uint8Array {
  const kernels = sharedKernels(5 * CHUNK);
  if (!kernels) {
    const mask = markReference(x, kept, 'magnitude');
    for (let i = 0; i < mask.length; i++) out[i] = mask[i] === 1 ? x[i]! : 0;
    return mask;
  }
  const mask = new Uint8Array(x.length);
  const inside = new Float32Array(kernels.memory.buffer, BASE, CHUNK);
  const bytes = new Uint8Array(kernels.memory.buffer, BASE + 4 * CHUNK, CHUNK);
  let left = kept.ties;
  inChunks(kernels, x, (start, n) => {
    left = kernels.pruneSmallest(BASE, n, kept.threshold, left, bytes.byteOffset);
    mask.set(bytes.subarray(0, n), start);
    out.set(inside.subarray(0, n), start);
  });
  return mask;
}
