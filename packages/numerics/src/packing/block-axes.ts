import { checkNumbers, checkRange } from '../check.ts';

const isLength = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
const isEdge = (n: number): boolean => Number.isSafeInteger(n) && n > 0;

/** Throws unless a shape and the edges of its blocks are ones. */
export function checkBlocks(fn: string, shape: readonly number[], block: readonly number[]): void {
  checkNumbers(`${fn}: shape must be a list of whole numbers`, shape, isLength);
  checkNumbers(`${fn}: block must be a list of whole numbers above 0`, block, isEdge);
  checkRange(block.length === shape.length, `${fn}: block must have an edge for each of ${shape.length} axes`, block);
}

/** {@link blockAxes} of lists that have been checked. */
export function axesOf(shape: readonly number[], block: readonly number[]): [length: number, edge: number][] {
  const axes: [number, number][] = [];
  for (let i = 0; i < shape.length; i++) {
    const [n, edge] = [shape[i]!, block[i]!];
    const last = axes.at(-1);
    if (last && edge >= n) axes[axes.length - 1] = [last[0] * n, last[1] * n];
    else if (last && last[1] === 1 && edge === 1) last[0] *= n;
    else axes.push([n, edge]);
  }
  return axes.length > 0 ? axes : [[1, 1]];
}

/**
 * The axes of a shape that is cut into blocks, as few as tell the blocks apart: an axis that lies in one block goes with the one
 * before it, and so does one whose indices are blocks of their own where that is so before it. Row-major places stay what they are.
 *
 * @example
 * ```js
 * import { blockAxes } from '@weightkit/numerics';
 * console.log(blockAxes([3, 3, 8, 16], [3, 3, 8, 1])); // -> [ [ 72, 72 ], [ 16, 1 ] ]
 * ```
 *
 * @param shape - lengths of the axes
 * @param block - edges of a block, one for an axis; the last block of an axis may be smaller
 * @returns length and edge of each axis, one axis at least
 * @throws TypeError or RangeError for lists that are none, or not of one length
 */
export function blockAxes(shape: readonly number[], block: readonly number[]): [length: number, edge: number][] {
  checkBlocks('blockAxes', shape, block);
  return axesOf(shape, block);
}

/**
 * How many blocks a shape is cut into.
 *
 * @example
 * ```js
 * import { blockCount } from '@weightkit/numerics';
 * console.log(blockCount([2, 70], [1, 32])); // -> 6
 * ```
 *
 * @param shape - lengths of the axes
 * @param block - edges of a block, one for an axis; the last block of an axis may be smaller
 * @returns the product over the axes of ceil(length / edge); 0 where there is nothing to cut
 * @throws TypeError or RangeError for lists that are none, or not of one length
 */
export function blockCount(shape: readonly number[], block: readonly number[]): number {
  checkBlocks('blockCount', shape, block);
  return countOf(shape, block);
}

/** {@link blockCount} of lists that have been checked. */
export function countOf(shape: readonly number[], block: readonly number[]): number {
  let count = 1;
  for (let i = 0; i < shape.length; i++) count *= Math.ceil(shape[i]! / block[i]!);
  return count;
}
