import { checkOptions, checkPlainObject, checkRange, checkType } from '../check.ts';
import { axesOf, checkBlocks, countOf } from '../packing/block-axes.ts';
import { eachRun, hasLongRuns, type VisitRun } from '../packing/code-runs.ts';
import { BASE, CHUNK } from '../wasm/instance.ts';
import { type PieceRoom, pieceRoom, readRoom } from '../wasm/piece-kernels.ts';

/** A shape that is cut into blocks. */
export interface BlockShape {
  /** Lengths of the axes. */
  shape: readonly number[];
  /** Edges of a block, one for an axis; the last block of an axis may be smaller. */
  block: readonly number[];
}

/** What {@link blockExtents} returns. */
export interface BlockExtents {
  /** The least entry of each block, row-major. */
  min: Float32Array;
  /** The greatest. */
  max: Float32Array;
  /** Whether all entries are finite. NaN is passed over; the extents of a block of nothing else are Infinity and −Infinity. */
  finite: boolean;
}

function reference(x: Float32Array, found: BlockExtents): VisitRun {
  const { min, max } = found;
  return (start, end, k, each) => {
    // Of what is finite nothing is left, of the rest NaN.
    let left = 0;
    if (each)
      for (let i = start, b = k; i < end; i++, b++) {
        const value = x[i]!;
        left += value - value;
        if (value < min[b]!) min[b] = value;
        if (value > max[b]!) max[b] = value;
      }
    else {
      let [low, high] = [min[k]!, max[k]!];
      for (let i = start; i < end; i++) {
        const value = x[i]!;
        left += value - value;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      min[k] = low;
      max[k] = high;
    }
    if (left !== 0) found.finite = false;
  };
}

function byKernel(room: PieceRoom, x: Float32Array, axes: [number, number][], found: BlockExtents, visit: VisitRun) {
  const { min, max } = found;
  const out = BASE + 4 * CHUNK;
  const [low, high] = [1, 2].map((i) => new Float32Array(room.out.buffer, out + 4 * i, 1)) as [
    Float32Array,
    Float32Array,
  ];
  readRoom(room, x, (start, n, place) =>
    eachRun(axes, start, n, (i, end, k) => {
      const bad = room.kernels.extent(place + 4 * i, end - i, out);
      const [least, most] = [low[0]!, high[0]!];
      // Which sign a 0 has depends on which came first, and NaN is passed over.
      if (bad || least === 0 || most === 0) return visit(start + i, start + end, k, false);
      if (least < min[k]!) min[k] = least;
      if (most > max[k]!) max[k] = most;
    }),
  );
}

/**
 * The least and the greatest entry of each block of a shape.
 *
 * @example
 * ```js
 * import { blockExtents } from '@weightkit/numerics';
 * const { min, max } = blockExtents(Float32Array.of(1, -2, 3, 4), { shape: [2, 2], block: [1, 2] });
 * console.log(min.join(' '), max.join(' ')); // -> -2 3 1 4
 * ```
 *
 * @param x - in row-major order; not changed
 * @param blocks - see {@link BlockShape}
 * @returns new arrays, one number for a block
 * @throws TypeError or RangeError for another array and a shape that is not its
 */
export function blockExtents(x: Float32Array, blocks: BlockShape): BlockExtents {
  const fn = 'blockExtents';
  checkType(x instanceof Float32Array, `${fn}: x must be a Float32Array`, x);
  checkPlainObject(`${fn}: blocks must be a plain object`, blocks);
  checkOptions(fn, blocks, ['shape', 'block'], 'blocks');
  const { shape, block } = blocks;
  checkBlocks(fn, shape, block);
  const size = shape.reduce((product, n) => product * n, 1);
  checkRange(size === x.length, `${fn}: shape must have ${x.length} entries`, size);
  const count = countOf(shape, block);
  const found = {
    min: new Float32Array(count).fill(Number.POSITIVE_INFINITY),
    max: new Float32Array(count).fill(Number.NEGATIVE_INFINITY),
    finite: true,
  };
  if (size === 0) return found;
  const axes = axesOf(shape, block);
  const visit = reference(x, found);
  const room = axes.at(-1)![1] > 1 && hasLongRuns(axes) ? pieceRoom() : null;
  if (room) byKernel(room, x, axes, found, visit);
  else eachRun(axes, 0, x.length, visit);
  return found;
}
