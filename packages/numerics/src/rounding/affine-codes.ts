import { checkNumber, checkOptions, checkRange, checkType } from '../check.ts';
import { pieceRoom, placeFor, readRoom } from '../wasm/piece-kernels.ts';

/**
 * How a code is rounded: `float64` as the tensorflowjs converter does under NumPy 2, each step in float64; `float32` as under
 * NumPy 1, where clip, difference and quotient are float32, which is how the published files were made.
 */
export type RoundingLaw = 'float64' | 'float32';

/** The grid of {@link affineCodes}. */
export interface AffineGrid {
  /** Distance of neighboring values: finite, above 0. */
  scale: number;
  /** The value of code 0. */
  min: number;
  /** The value of the last code. */
  max: number;
  /**
   * In what the steps are rounded.
   * @defaultValue 'float64'
   */
  law?: RoundingLaw;
}

const { fround } = Math;
// Below, a float32 step has lost digits, and the smallest ones are 0.
const SMALLEST_NORMAL = 2 ** -126;

/** Whether float32 is too narrow for a grid: for its step, or for how far its ends are apart, which would be infinite. */
const isTooNarrow = (min: number, max: number, scale: number): boolean =>
  scale < SMALLEST_NORMAL || fround(fround(max) - fround(min)) === Number.POSITIVE_INFINITY;

type Codes = Uint8Array | Uint16Array;

/** 2^52 and more has no fraction: adding it rounds, halves to even. */
function reference64(x: Float32Array, codes: Codes, min: number, max: number, scale: number): void {
  for (let i = 0; i < x.length; i++) codes[i] = (Math.min(Math.max(x[i]!, min), max) - min) / scale + 2 ** 52 - 2 ** 52;
}

function reference32(x: Float32Array, codes: Codes, low: number, high: number, step: number): void {
  for (let i = 0; i < x.length; i++)
    codes[i] = fround(fround(Math.min(Math.max(x[i]!, low), high) - low) / step) + 2 ** 52 - 2 ** 52;
}

/**
 * Codes of values on an evenly spaced grid: round((clip(x, min, max) - min) / scale), halves to even.
 *
 * @example
 * ```js
 * import { affineCodes } from '@weightkit/numerics';
 * const codes = affineCodes(Float32Array.of(-1, 0, 2), new Uint8Array(3), { scale: 3 / 255, min: -1, max: 2 });
 * console.log(codes.join(' ')); // -> 0 85 255
 * ```
 *
 * @param x - finite values; others get code 0 or the last one
 * @param codes - where the codes go: of the length of x
 * @param grid - see {@link AffineGrid}; (max - min) / scale is the last code
 * @returns codes
 * @throws TypeError or RangeError for other arrays, another length, a grid that is not finite or has more codes than the array holds
 */
export function affineCodes<C extends Uint8Array | Uint16Array>(x: Float32Array, codes: C, grid: AffineGrid): C {
  const fn = 'affineCodes';
  checkType(x instanceof Float32Array, `${fn}: x must be a Float32Array`, x);
  checkType(
    codes instanceof Uint8Array || codes instanceof Uint16Array,
    `${fn}: codes must be a Uint8Array or a Uint16Array`,
    codes,
  );
  checkRange(codes.length === x.length, `${fn}: codes must have length ${x.length}`, codes.length);
  checkType(typeof grid === 'object' && grid !== null, `${fn}: grid must have scale, min and max`, grid);
  checkOptions(fn, grid, ['scale', 'min', 'max', 'law']);
  const { scale, min, max, law = 'float64' } = grid;
  checkNumber(`${fn}: scale must be finite and above 0`, scale, (value) => value > 0 && Number.isFinite(value));
  checkNumber(`${fn}: min must be finite`, min, Number.isFinite);
  checkNumber(`${fn}: max must be finite, min or more`, max, (value) => Number.isFinite(value) && value >= min);
  checkRange(law === 'float64' || law === 'float32', `${fn}: law must be float64 or float32`, law);
  const bytes = codes.BYTES_PER_ELEMENT;
  const most = 256 ** bytes;
  checkRange((max - min) / scale < most, `${fn}: grid must have ${most} codes at most`, (max - min) / scale + 1);
  const wide = law === 'float64' || isTooNarrow(min, max, scale);
  const [low, high, step] = wide ? [min, max, scale] : [fround(min), fround(max), fround(scale)];
  const room = pieceRoom();
  if (!room) {
    (wide ? reference64 : reference32)(x, codes, low, high, step);
    return codes;
  }
  const { kernels, out } = room;
  const kernel = wide ? kernels.codes64 : kernels.codes32;
  const made = codes instanceof Uint8Array ? out : new Uint16Array(out.buffer, out.byteOffset, out.length / 2);
  readRoom(room, x, (start, n, place) => {
    const there = placeFor(room, codes, x, start, n);
    kernel(place, n, low, high, step, bytes, there ?? out.byteOffset);
    if (there === null) codes.set(made.subarray(0, n), start);
  });
  return codes;
}
