import type { CheckpointTensor } from '@weightkit/checkpoint';
import { cleared } from './pruned-tensor.ts';
import type { StoredZeros } from './stored-zeros.ts';
import { walkOver } from './walk.ts';

/** How a shape falls into blocks, numbered row by row; the last along an axis is smaller where the block does not divide it. */
export interface Blocks {
  shape: readonly number[];
  /** The size of a block on each axis, at most that of the axis. */
  block: readonly number[];
  /** How many blocks lie along each axis. */
  counts: readonly number[];
  /** How many there are. */
  groups: number;
}

/** The blocks of a shape; sizes that are left out at the front are 1. */
export function blocksOf(shape: readonly number[], block: readonly number[]): Blocks {
  const more = shape.length - block.length;
  const sizes = shape.map((size, axis) => Math.max(1, Math.min(size, axis < more ? 1 : block[axis - more]!)));
  const counts = shape.map((size, axis) => Math.ceil(size / sizes[axis]!));
  return { shape, block: sizes, counts, groups: counts.reduce((product, count) => product * count, 1) };
}

/**
 * Hands over the runs of entries that lie together in one block.
 *
 * @param from - the index of the first entry in the tensor
 * @param length - how many entries
 * @param visit - called with the first entry and the one after the last, counted from `from`, and the block
 */
export function runsOf(
  { shape, block, counts }: Blocks,
  from: number,
  length: number,
  visit: (begin: number, end: number, group: number) => void,
): void {
  const rank = shape.length;
  const row = shape[rank - 1]!;
  const step = block[rank - 1]!;
  for (let at = from; at < from + length; ) {
    let line = Math.floor(at / row);
    const rowEnd = Math.min(from + length, (line + 1) * row);
    let [first, stride] = [0, counts[rank - 1]!];
    for (let axis = rank - 2; axis >= 0; axis--) {
      first += Math.floor((line % shape[axis]!) / block[axis]!) * stride;
      line = Math.floor(line / shape[axis]!);
      stride *= counts[axis]!;
    }
    for (let place = at % row; at < rowEnd; ) {
      const group = Math.floor(place / step);
      const end = Math.min(rowEnd, at + (group + 1) * step - place);
      visit(at - from, end - from, first + group);
      place += end - at;
      at = end;
    }
  }
}

/** What is known of each block of a tensor. */
export interface BlockSums {
  /** The mean of its magnitudes. */
  means: Float32Array;
  /** How many entries it has. */
  sizes: Uint32Array;
  /** How many of them are 0. */
  zeros: Uint32Array;
}

/**
 * Reads a tensor once.
 *
 * @param check - called with the numbers of each piece before they are added up
 */
export async function sumBlocks(
  stored: StoredZeros,
  blocks: Blocks,
  signal: AbortSignal | undefined,
  check: (values: Float32Array | Float64Array, from: number) => void,
): Promise<BlockSums> {
  const sums = new Float64Array(blocks.groups);
  const sizes = new Uint32Array(blocks.groups);
  const zeros = new Uint32Array(blocks.groups);
  await walkOver([stored], signal, () => {})((values, _, from) => {
    check(values, from);
    runsOf(blocks, from, values.length, (begin, end, group) => {
      let [sum, none] = [0, 0];
      for (let i = begin; i < end; i++) {
        sum += Math.abs(values[i]!);
        if (values[i] === 0) none++;
      }
      sums[group]! += sum;
      sizes[group]! += end - begin;
      zeros[group]! += none;
    });
  });
  return { means: Float32Array.from(sums, (sum, i) => sum / sizes[i]!), sizes, zeros };
}

/** The tensor without some blocks; zeros are written over the stored bytes when these are asked for. */
export function blockTensor(stored: StoredZeros, blocks: Blocks, isKept: (group: number) => boolean): CheckpointTensor {
  return cleared(stored, (entries, zero, from) => {
    runsOf(blocks, from, entries.length, (begin, end, group) => {
      if (!isKept(group)) entries.fill(zero, begin, end);
    });
  });
}
