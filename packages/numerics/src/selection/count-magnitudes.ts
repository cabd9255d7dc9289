import { checkNumber, checkRange, checkType } from '../check.ts';
import { giveRoom, type PieceRoom, readRoom, takeRoom } from '../wasm/piece-kernels.ts';
import { wordsOf } from './sort-integer.ts';

// What selects by magnitude when data is read in pieces, piece after piece: without the sign the bits of a float32 sort as magnitudes
// do, so the k-th largest is found by counting the upper 15 bits in one reading and the lower 16 in another.

/** Counts of magnitudes by a part of their bits; see {@link countMagnitudes}. */
export interface MagnitudeCounts {
  /**
   * Counts a piece.
   *
   * @param x - NaN and infinities count too: their upper bits are 0x7f80 and more
   */
  add(x: Float32Array): void;
  /** The counts, 2^15 of upper or 2^16 of lower bits; the object cannot be used afterwards. */
  end(): Float64Array;
}

/** Entries after which 32 bits might not hold a count any more. */
const FLUSH = 2 ** 31;

class Counter implements MagnitudeCounts {
  private readonly upper: number | undefined;
  private readonly room: PieceRoom | null = takeRoom();
  private readonly counts: Uint32Array;
  private readonly totals: Float64Array;
  private pending = 0;
  private ended = false;

  constructor(upper: number | undefined) {
    this.upper = upper;
    const size = upper === undefined ? 1 << 15 : 1 << 16;
    this.counts = this.room?.counts.subarray(0, size) ?? new Uint32Array(size);
    this.totals = new Float64Array(size);
  }

  private flush(): void {
    const { counts, totals } = this;
    for (let i = 0; i < totals.length; i++) totals[i] = totals[i]! + counts[i]!;
    counts.fill(0);
    this.pending = 0;
  }

  private addReference(x: Float32Array): void {
    const { upper, counts } = this;
    const words = wordsOf(x);
    for (let i = 0; i < words.length; i++) {
      const magnitude = words[i]! & 0x7fffffff;
      const digit = magnitude >>> 16;
      if (upper === undefined) counts[digit] = counts[digit]! + 1;
      else if (digit === upper) counts[magnitude & 0xffff] = counts[magnitude & 0xffff]! + 1;
    }
  }

  add(x: Float32Array): void {
    checkType(x instanceof Float32Array, 'countMagnitudes: x must be a Float32Array', x);
    checkRange(!this.ended, 'countMagnitudes: pieces must come before the end', 'one after it');
    const { room, upper } = this;
    if (this.pending + x.length > FLUSH) this.flush();
    this.pending += x.length;
    if (!room) {
      this.addReference(x);
      return;
    }
    const { kernels, counts } = room;
    readRoom(room, x, (_, n, place) => {
      if (upper === undefined) kernels.countUpper(place, n, counts.byteOffset);
      else kernels.countLower(place, n, upper, counts.byteOffset);
    });
  }

  end(): Float64Array {
    checkRange(!this.ended, 'countMagnitudes: end must be called once', 'a second call');
    this.flush();
    this.ended = true;
    if (this.room) giveRoom(this.room);
    return this.totals;
  }
}

/**
 * Counts magnitudes of numbers that come in pieces, by their upper 15 bits, or by the lower 16 of those that have given upper bits:
 * two readings that find the k-th largest magnitude of data of any size, exactly.
 *
 * @example
 * ```js
 * import { countMagnitudes } from '@weightkit/numerics';
 * const counts = countMagnitudes();
 * counts.add(Float32Array.of(1, -1, 0));
 * console.log(counts.end()[0x3f80]); // -> 2
 * ```
 *
 * @param upper - the upper bits, an integer from 0 to 2^15 - 1; left out, these are counted
 * @returns what counts; end it
 */
export function countMagnitudes(upper?: number): MagnitudeCounts {
  const isDigit = (value: number) => Number.isInteger(value) && value >= 0 && value < 1 << 15;
  if (upper !== undefined) checkNumber('countMagnitudes: upper must be an integer from 0 to 2^15 - 1', upper, isDigit);
  return new Counter(upper);
}
