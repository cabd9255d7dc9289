import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockGroups, sliceGroups } from '../../src/structures/block-groups.ts';

/** The indices of the entry at a place, row by row. */
function indicesOf(shape: readonly number[], at: number): number[] {
  const indices: number[] = [];
  let rest = at;
  for (const size of [...shape].reverse()) {
    indices.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return indices;
}

const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });

describe('blockGroups', () => {
  it('blockGroups numbers blocks row by row, the last of each axis smaller', () => {
    expect(blockGroups([3, 5], [2, 2])).toEqual({
      groups: 6,
      of: Int32Array.of(0, 0, 1, 1, 2, 0, 0, 1, 1, 2, 3, 3, 4, 4, 5),
    });
  });

  it('blockGroups puts two entries in one group exactly when their indices lie in the same blocks', () => {
    fc.assert(
      fc.property(shapes, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 4, maxLength: 4 }), (shape, sizes) => {
        const block = sizes.slice(0, shape.length);
        const { groups, of } = blockGroups(shape, block);
        const keys = Array.from(of, (_, at) =>
          indicesOf(shape, at)
            .map((i, axis) => Math.floor(i / block[axis]!))
            .join(),
        );
        expect(of).toHaveLength(shape.reduce((a, b) => a * b, 1));
        expect(new Set(of).size).toBe(groups);
        expect(new Set(keys).size).toBe(groups);
        // Ordered by first occurrence along each axis: the same key has the same number.
        expect(new Set(keys.map((key, at) => `${key}:${of[at]}`)).size).toBe(groups);
      }),
      { numRuns: 60, seed: 4 },
    );
  });
});

describe('sliceGroups', () => {
  it('sliceGroups of an axis is the index on it; of two the product of both', () => {
    expect(Array.from(sliceGroups([2, 3], [1]).of)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(Array.from(sliceGroups([2, 3], [0]).of)).toEqual([0, 0, 0, 1, 1, 1]);
    const { groups, of } = sliceGroups([2, 2, 3], [1, 2]);
    expect([groups, Array.from(of)]).toEqual([6, [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]]);
  });

  it('sliceGroups puts entries in one group exactly when they share the indices', () => {
    fc.assert(
      fc.property(shapes, fc.nat(3), (shape, pick) => {
        const axis = pick % shape.length;
        const { groups, of } = sliceGroups(shape, [axis]);
        expect(groups).toBe(shape[axis]);
        expect(Array.from(of)).toEqual(Array.from(of, (_, at) => indicesOf(shape, at)[axis]));
      }),
      { numRuns: 40, seed: 5 },
    );
  });
});
