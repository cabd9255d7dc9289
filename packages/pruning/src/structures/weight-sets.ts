import type { Weight } from '@weightkit/core';
import { checkRange } from '@weightkit/numerics/check';
import { blockGroups, sliceGroups } from './block-groups.ts';
import type { GroupSet } from './group-set.ts';
import { layerAxes } from './layer-axes.ts';
import type { AxisStructure, BlockStructure, NOfMStructure, OwnGroups } from './structure.ts';

/** The groups of a shape by a structure that needs no layer; also for a bare tensor. */
export interface Shaped {
  path: string;
  shape: readonly number[];
}

/** Throws unless a shape has two axes: structures are of kernels, never of biases. */
export function checkRank(fn: string, { path, shape }: Shaped): void {
  if (shape.length >= 2) return;
  throw new RangeError(
    `${fn}: structure must be 'entry' for what has no two axes (leave it out by filter), got ${path} of shape [${shape}]`,
  );
}

/** An axis counted from 0. */
function axisOf(fn: string, { path, shape }: Shaped, axis: number): number {
  const rank = shape.length;
  checkRange(
    axis >= -rank && axis < rank,
    `${fn}: axis must be in [-${rank}, ${rank}) for ${path} of shape [${shape}]`,
    axis,
  );
  return axis < 0 ? axis + rank : axis;
}

/** The slices of a shape. */
export function axisGroups(fn: string, shaped: Shaped, { axis }: AxisStructure) {
  checkRank(fn, shaped);
  const axes = typeof axis === 'number' ? [axis] : axis;
  return sliceGroups(
    shaped.shape,
    axes.map((one) => axisOf(fn, shaped, one)),
  );
}

/** Throws unless a shape has two axes and no fewer than a block. */
export function checkBlocks(fn: string, shaped: Shaped, { block }: BlockStructure): void {
  checkRank(fn, shaped);
  const { path, shape } = shaped;
  checkRange(
    block.length <= shape.length,
    `${fn}: block must have at most ${shape.length} sizes for ${path} of shape [${shape}]`,
    block,
  );
}

/** The blocks of a shape. */
export function blocks(fn: string, shaped: Shaped, structure: BlockStructure) {
  checkBlocks(fn, shaped, structure);
  const { shape } = shaped;
  const { block } = structure;
  return blockGroups(shape, [...shape.slice(0, shape.length - block.length).fill(1 as never), ...block]);
}

/** The axis of n of m neighbors; undefined where the layer has none along which products are summed. */
export function neighborAxis(
  fn: string,
  weight: Shaped & Partial<Weight>,
  { axis }: NOfMStructure,
): number | undefined {
  checkRank(fn, weight);
  if (axis !== undefined) return axisOf(fn, weight, axis);
  if (weight.layer === undefined) return weight.shape.length - 2;
  return layerAxes(weight as Weight)?.summed ?? undefined;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Checks the numbers of a weight's groups; returns how many there are at least. */
function readGroups(fn: string, weight: Weight, given: ArrayLike<number>): Int32Array {
  const size = sizeOf(weight.shape);
  checkRange(
    given.length === size,
    `${fn}: groups of ${weight.path} must be ${size} numbers, one for each entry`,
    given.length,
  );
  for (let i = 0; i < size; i++)
    checkRange(
      Number.isInteger(given[i]) && given[i]! >= -1 && given[i]! < 2 ** 31,
      `${fn}: groups of ${weight.path} must be integers of -1 or more`,
      given[i],
    );
  return Int32Array.from(given);
}

/** The sets of groups of one's own. */
export function ownSets(fn: string, all: readonly Weight[], { groups }: OwnGroups): GroupSet[] {
  return groups.map((set) => {
    const members = Object.entries(set).map(([path, given]) => {
      const weight = all.find((one) => one.path === path);
      checkRange(weight !== undefined, `${fn}: groups must be of weights of the model`, path);
      return { weight, of: readGroups(fn, weight, given), votes: true };
    });
    const entries = members.reduce((sum, { of }) => sum + of.length, 0);
    let count = 0;
    for (const { of } of members) for (const group of of) count = Math.max(count, group + 1);
    const named = Object.keys(set).join(' + ');
    checkRange(
      count >= 1 && count <= entries,
      `${fn}: groups of ${named} must be numbered from 0 without a gap`,
      count - 1,
    );
    const seen = new Uint8Array(count);
    for (const { of } of members) for (const group of of) if (group >= 0) seen[group] = 1;
    const gap = seen.indexOf(0);
    checkRange(
      gap === -1,
      `${fn}: groups of ${named} must be numbered from 0 without a gap, and none has the number`,
      gap,
    );
    return { name: named, groups: count, members, keepsOne: true };
  });
}
