import { checkOrdered } from '../check-floats.ts';
import { BASE, CHUNK, inChunks, sharedKernels } from '../wasm/instance.ts';

/**
 * How float32 words become integers that sort as the numbers do: `magnitude` drops the sign, `signed` flips the
 * words so that they order as unsigned integers, with -0 equal to 0.
 */
export type Order = 'magnitude' | 'signed';

/** The unsigned integer that a float32's word sorts by. */
export function sortable(word: number, order: Order): number {
  if (order === 'magnitude') return word & 0x7fffffff;
  if (word >>> 0 === 0x80000000) return 0x80000000;
  return word & 0x80000000 ? ~word >>> 0 : (word | 0x80000000) >>> 0;
}

/** The words of a Float32Array, without a copy. */
export const wordsOf = (x: Float32Array) => new Uint32Array(x.buffer, x.byteOffset, x.length);

/** Where the k-th largest lies: its sort integer, and how many entries are larger. */
export interface Rank {
  threshold: number;
  larger: number;
}

/** The k-th largest sort integer by three counting passes of 11, 11 and 10 bits; the reference that the kernel equals. */
export function selectReference(words: Uint32Array, k: number, order: Order): Rank {
  let threshold = 0;
  let larger = 0;
  let known = 0;
  for (const [shift, width] of [
    [21, 11],
    [10, 11],
    [0, 10],
  ] as const) {
    const counts = new Uint32Array(1 << width);
    for (let i = 0; i < words.length; i++) {
      const value = sortable(words[i]!, order);
      if (known === 0 || value >>> (32 - known) === threshold >>> (32 - known))
        counts[(value >>> shift) & (counts.length - 1)]!++;
    }
    let digit = counts.length - 1;
    while (larger + counts[digit]! < k) larger += counts[digit--]!;
    threshold = (threshold | (digit << shift)) >>> 0;
    known += width;
  }
  return { threshold, larger };
}

/** Counts of the top 11 bits and the words under the digit of the k-th largest, by the kernel. */
function selectByKernel(fn: string, what: string, x: Float32Array, k: number, order: Order): Rank | null {
  const kernels = sharedKernels(8 * CHUNK + 4 * 2048);
  if (!kernels) return null;
  const signed = order === 'signed' ? 1 : 0;
  const counts = new Uint32Array(kernels.memory.buffer, BASE + 8 * CHUNK, 2048).fill(0);
  inChunks(kernels, x, (_, n) => {
    if (kernels.countDigits(BASE, n, signed, counts.byteOffset)) checkOrdered(fn, what, x);
  });
  let digit = 2047;
  let larger = 0;
  while (larger + counts[digit]! < k) larger += counts[digit--]!;
  const candidates = new Uint32Array(counts[digit]!);
  const gathered = new Uint32Array(kernels.memory.buffer, BASE + 4 * CHUNK, CHUNK);
  let found = 0;
  inChunks(kernels, x, (_, n) => {
    const some = kernels.gatherDigit(BASE, n, signed, digit, gathered.byteOffset);
    candidates.set(gathered.subarray(0, some), found);
    found += some;
  });
  const rest = selectReference(candidates, k - larger, order);
  return { threshold: rest.threshold, larger: larger + rest.larger };
}

/** The k-th largest of x, k from 1 to its length; throws for NaN, naming its index. */
export function select(fn: string, what: string, x: Float32Array, k: number, order: Order): Rank {
  const rank = selectByKernel(fn, what, x, k, order);
  if (rank) return rank;
  checkOrdered(fn, what, x);
  return selectReference(wordsOf(x), k, order);
}
