import { checkFloats } from '../check-floats.ts';
import { BASE, CHUNK } from '../wasm/instance.ts';
import { type PieceRoom, pieceRoom, readRoom } from '../wasm/piece-kernels.ts';

/** What {@link extent} returns. */
export interface Extent {
  /** The least finite entry; NaN when there is none. */
  min: number;
  /** The greatest finite entry; NaN when there is none. */
  max: number;
  /** Number of entries equal to 0, -0 included. */
  zeros: number;
  /** Number of NaN and infinite entries. */
  nonFinite: number;
}

const nothing = (): Extent => ({
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  zeros: 0,
  nonFinite: 0,
});

function addReference(found: Extent, x: Float32Array | Float64Array, from: number, to: number): void {
  let { min, max, zeros, nonFinite } = found;
  for (let i = from; i < to; i++) {
    const value = x[i]!;
    if (value - value !== 0) {
      nonFinite++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    if (value === 0) zeros++;
  }
  Object.assign(found, { min, max, zeros, nonFinite });
}

function addByKernel({ kernels, ...room }: PieceRoom, found: Extent, x: Float32Array): void {
  const out = new DataView(kernels.memory.buffer, BASE + 4 * CHUNK, 12);
  readRoom({ kernels, ...room }, x, (start, n, place) => {
    if (kernels.extent(place, n, out.byteOffset)) return addReference(found, x, start, start + n);
    found.zeros += out.getInt32(0, true);
    found.min = Math.min(found.min, out.getFloat32(4, true));
    found.max = Math.max(found.max, out.getFloat32(8, true));
  });
}

/**
 * The least and the greatest finite entry, and how many entries are 0 and how many are not finite: what a look over data that is read
 * in pieces needs, about as fast as memory is.
 *
 * @example
 * ```js
 * import { extent } from '@weightkit/numerics';
 * const { min, max, zeros, nonFinite } = extent(Float32Array.of(3, 0, NaN, -1));
 * console.log(min, max, zeros, nonFinite); // -> -1 3 1 1
 * ```
 *
 * @param x - any length; zeros as extremes are +0, but for data that is all 0, where they have the sign of the first entry
 * @throws TypeError unless x is a Float32Array or Float64Array
 */
export function extent(x: Float32Array | Float64Array): Extent {
  checkFloats('extent', x);
  const found = nothing();
  const room = x instanceof Float32Array ? pieceRoom() : null;
  if (room) addByKernel(room, found, x as Float32Array);
  else addReference(found, x, 0, x.length);
  if (found.zeros > 0 && found.zeros === x.length) return { ...found, min: x[0]!, max: x[0]! };
  const none = found.zeros + x.length === 0 || found.nonFinite === x.length;
  // Plus 0, -0 is 0.
  return { ...found, min: none ? Number.NaN : found.min + 0, max: none ? Number.NaN : found.max + 0 };
}
