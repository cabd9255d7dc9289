/** A number for each entry of a weight, row by row: entries with the same one go together. */
export interface GroupMap {
  /** How many groups there are; they are numbered from 0. */
  groups: number;
  /** The group of each entry; -1 for one that always stays. */
  of: Int32Array;
}

/**
 * The blocks that a shape falls into, numbered row by row; the last along an axis is smaller where the block does not divide it.
 *
 * @param shape - sizes
 * @param block - the size of a block on each axis; a size of the whole axis or more leaves the axis together
 */
export function blockGroups(shape: readonly number[], block: readonly number[]): GroupMap {
  let of = new Int32Array(1);
  let groups = 1;
  for (const [axis, size] of shape.entries()) {
    const length = block[axis]!;
    const blocks = Math.ceil(size / length);
    const next = new Int32Array(of.length * size);
    for (let i = 0, at = 0; i < of.length; i++) {
      const before = of[i]! * blocks;
      for (let j = 0; j < size; j++) next[at++] = before + Math.floor(j / length);
    }
    of = next;
    groups *= blocks;
  }
  return { groups, of };
}

/**
 * The slices of a shape: entries with the same index on each of some axes.
 *
 * @param shape - sizes
 * @param axes - from 0; groups are numbered row by row over these axes, in the order of the shape
 */
export const sliceGroups = (shape: readonly number[], axes: readonly number[]): GroupMap =>
  blockGroups(
    shape,
    shape.map((size, axis) => (axes.includes(axis) ? 1 : Math.max(1, size))),
  );
