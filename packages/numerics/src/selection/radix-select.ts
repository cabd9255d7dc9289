import { checkOrdered } from '../check-floats.ts';
import { BASE, CHUNK, inChunks, sharedKernels } from '../wasm/instance.ts';
import { BRACKET_BYTES, ENOUGH, selectInBracket } from './bracket.ts';
import { selectReference } from './select-reference.ts';
import { type Order, type Rank, wordsOf } from './sort-integer.ts';

/** By a bracket where that is worth it; else by counts of the top 11 bits and the words under the digit of the k-th largest. */
function selectByKernel(fn: string, what: string, x: Float32Array, k: number, order: Order): Rank | null {
  const kernels = sharedKernels(Math.max(BRACKET_BYTES, 8 * CHUNK + 4 * 2048));
  if (!kernels) return null;
  const bracketed = x.length >= ENOUGH ? selectInBracket(kernels, x, k, order) : null;
  if (bracketed) return bracketed;
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
