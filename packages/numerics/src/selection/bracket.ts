import { BASE, CHUNK, inChunks } from '../wasm/instance.ts';
import type { Kernels } from '../wasm/kernels.ts';
import { selectKeys } from './select-keys.ts';
import { type Order, type Rank, sortable, wordsOf } from './sort-integer.ts';

// Selection by a sample (Floyd and Rivest 1975, https://doi.org/10.1145/360680.360691): two entries of the sample enclose the k-th
// largest almost surely. One pass counts what is above them and keeps what is between. What it gives is exact or nothing.

/** From here on it is faster than counting all digits. */
export const ENOUGH = 1 << 17;

/** What the golden ratio adds to an index in 32 bits: equally spread, and out of step with any period of the data. */
const STEP = 0x9e3779b9;

/** Which of n words is in the sample in the i-th place. */
export const samplePlace = (i: number, n: number): number => Math.floor(((Math.imul(i, STEP) >>> 0) / 2 ** 32) * n);

/** About 4 √n sort integers from all over the words; more would cost more reads than they save. */
function sampleOf(words: Uint32Array, order: Order): Uint32Array {
  const sample = new Uint32Array(1 << Math.round(2 + Math.log2(words.length) / 2));
  for (let i = 0; i < sample.length; i++) sample[i] = sortable(words[samplePlace(i, words.length)]!, order);
  return sample;
}

/** Sort integers that enclose the k-th largest almost surely: those of two entries, or the ends of the order. */
function bracketOf(words: Uint32Array, k: number, order: Order): { low: number; high: number } {
  const sample = sampleOf(words, order);
  const m = sample.length;
  const at = (k / words.length) * m;
  // Four standard deviations of the rank in the sample, and a few for extreme ranks.
  const margin = 4 * Math.sqrt(at * (1 - at / m)) + 8;
  const place = (rank: number) => selectKeys(sample.slice(), Math.floor(rank), 32).threshold;
  const end = order === 'magnitude' ? 0x7fffffff : 0xffffffff;
  return { high: at - margin < 1 ? end : place(at - margin), low: at + margin > m ? 0 : place(at + margin) };
}

/** Bytes of kernel memory that {@link selectInBracket} needs. */
export const BRACKET_BYTES = 8 * CHUNK + 4 * (2 + 64);

/** What one pass finds. */
interface Scanned {
  /** How many words are above `high`. */
  above: number;
  /** How many are above `low` and up to `high`. */
  found: number;
  /** How far each of these is above `low`; null where that is more than is worth keeping. */
  kept: Uint32Array | null;
}

/** One pass; null when there is a NaN. */
function scan(
  kernels: Kernels,
  x: Float32Array,
  { low, high }: { low: number; high: number },
  order: Order,
): Scanned | null {
  const kept = new Uint32Array(x.length >> 3);
  const counters = new Int32Array(kernels.memory.buffer, BASE + 8 * CHUNK, 2).fill(0);
  const between = new Uint32Array(kernels.memory.buffer, BASE + 4 * CHUNK, CHUNK);
  const signed = order === 'signed' ? 1 : 0;
  let found = 0;
  inChunks(kernels, x, (_, n) => {
    const some = kernels.scanBracket(BASE, n, signed, low, high, between.byteOffset, counters.byteOffset);
    if (found + some <= kept.length) kept.set(between.subarray(0, some), found);
    found += some;
  });
  const [nans, above] = counters as unknown as [number, number];
  return nans > 0 ? null : { above, found, kept: found <= kept.length ? kept.subarray(0, found) : null };
}

/**
 * The k-th largest sort integer. Where many are equal to an end of the bracket a second pass counts those.
 *
 * @returns null when the sample misleads, there is a NaN, or more lies between than is worth keeping
 */
export function selectInBracket(kernels: Kernels, x: Float32Array, k: number, order: Order): Rank | null {
  const { low, high } = bracketOf(wordsOf(x), k, order);
  // Both ends may be one value: then it alone is between.
  const under = low === high && low > 0 ? low - 1 : low;
  const first = scan(kernels, x, { low: under, high }, order);
  if (!first || first.above >= k) return null;
  if (first.above + first.found < k) {
    const larger = first.above + first.found;
    if (low === 0) return { threshold: low, larger };
    const atLow = under < low ? 0 : scan(kernels, x, { low: low - 1, high: low }, order)!.found;
    return larger + atLow >= k ? { threshold: low, larger } : null;
  }
  if (high - under === 1) return { threshold: high, larger: first.above };
  // More than is worth keeping may be equal to the upper end.
  const { above, kept } = first.kept ? first : scan(kernels, x, { low: under, high: high - 1 }, order)!;
  if (above >= k) return { threshold: high, larger: first.above };
  if (!kept) return null;
  const rest = selectKeys(kept, k - above, 32 - Math.clz32(high - under));
  return { threshold: under + rest.threshold, larger: above + rest.larger };
}
