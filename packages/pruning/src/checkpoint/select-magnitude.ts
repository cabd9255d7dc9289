import { countMagnitudes } from '@weightkit/numerics';
import type { Floats } from './stored-zeros.ts';
import type { Walk } from './walk.ts';

/** Where the smallest magnitude that is kept lies. */
export interface MagnitudeRank {
  /** The smallest magnitude that is kept; Infinity when none is. */
  threshold: number;
  /** How many entries are larger. */
  larger: number;
  /** How many have this magnitude. */
  equal: number;
}

const DIGIT = 1 << 16;

/** Counts the digit of `known.length` among the magnitudes whose digits above are the known ones, highest first. */
function countDigit(values: Floats, known: readonly number[], counts: Float64Array): void {
  const size = values.BYTES_PER_ELEMENT / 2;
  const digits = new Uint16Array(values.buffer, values.byteOffset, values.length * size);
  const level = known.length;
  const first = known[0];
  for (let top = size - 1; top < digits.length; top += size) {
    const high = digits[top]! & 0x7fff;
    if (level === 0) counts[high]!++;
    else if (high === first) {
      let below = 1;
      while (below < level && digits[top - below] === known[below]) below++;
      if (below === level) counts[digits[top - level]!]!++;
    }
  }
}

const asFloat32 = (digits: readonly number[]): number =>
  new Float32Array(Uint16Array.from(digits).reverse().buffer)[0]!;
const asFloat64 = (digits: readonly number[]): number =>
  new Float64Array(Uint16Array.from(digits).reverse().buffer)[0]!;

/** Counts the digit among float32 numbers. */
async function countFloat32(walk: Walk, known: readonly number[]): Promise<Float64Array> {
  const counter = countMagnitudes(known[0]);
  try {
    await walk((values) => counter.add(values as Float32Array));
  } catch (error) {
    // Its memory is for the next one.
    counter.end();
    throw error;
  }
  return counter.end();
}

/** Counts the digit among numbers of which some are float64. */
async function countFloat64(walk: Walk, known: readonly number[]): Promise<Float64Array> {
  const counts = new Float64Array(DIGIT);
  await walk((values) =>
    countDigit(values instanceof Float32Array ? Float64Array.from(values) : values, known, counts),
  );
  return counts;
}

/**
 * The keep-th largest magnitude of finite numbers that are read in pieces, exact: one reading for each 16 bits, of which the
 * counts are all that memory holds. Without the sign the bits of floating-point numbers sort as their magnitudes do.
 *
 * @param walk - reads the numbers; float32 and float64 may lie side by side
 * @param keep - from 0 to their number
 * @param bits - 32 when all are float32, else 64
 */
export async function selectMagnitude(walk: Walk, keep: number, bits: 32 | 64): Promise<MagnitudeRank> {
  if (keep === 0) return { threshold: Number.POSITIVE_INFINITY, larger: 0, equal: 0 };
  const known: number[] = [];
  let [larger, equal] = [0, 0];
  while (known.length < bits / 16) {
    const counts = await (bits === 32 ? countFloat32 : countFloat64)(walk, known);
    let digit = counts.length - 1;
    while (larger + counts[digit]! < keep) larger += counts[digit--]!;
    known.push(digit);
    equal = counts[digit]!;
  }
  const threshold = bits === 32 ? asFloat32(known) : asFloat64(known);
  return { threshold, larger, equal };
}
