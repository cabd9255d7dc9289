import type { CheckpointTensor, Format } from '@weightkit/checkpoint';
import { checkRange } from '@weightkit/numerics/check';
import { chooseGroups } from '../masks/choose-groups.ts';
import type { BlockStructure, NOfMStructure } from '../structures/structure.ts';
import { checkBlocks, neighborAxis } from '../structures/weight-sets.ts';
import { type BlockSums, type Blocks, blocksOf, blockTensor, sumBlocks } from './block-walk.ts';
import { type GroupZeros, zerosOfGroups } from './group-zeros.ts';
import { nOfMTensor, walkNOfM } from './n-of-m-tensor.ts';
import type { Floats, StoredZeros } from './stored-zeros.ts';

/** A tensor with its zeros, and how many it has before and after. */
export interface StructuredTensor {
  stored: StoredZeros;
  tensor: CheckpointTensor;
  zeros: [before: number, after: number];
  /** The smallest mean of a block that is kept; null for n of m. */
  threshold: number | null;
}

/** What a reading needs to know. */
export interface Reading {
  fn: string;
  signal: AbortSignal | undefined;
  /** Counts zeros; refuses NaN and infinity. */
  zerosOf: (values: Floats, name: string, from: number) => number;
  /** Called after each reading of a tensor. */
  onTensor: (tensor: string) => void | Promise<void>;
}

/**
 * The axis along which the products of a layer are summed, as the format lies in memory: of files of TensorFlow.js kernels end in
 * `[in, out]`, of those of PyTorch they begin with `[out, in]`.
 */
function inputAxis(fn: string, { name, shape }: CheckpointTensor, format: Format): number {
  checkRange(
    format !== 'npz' && format !== 'npy' && format !== 'compact',
    `${fn}: structure must name its axis for ${format}, which may come from anywhere`,
    name,
  );
  return format === 'tfjs' ? shape.length - 2 : 1;
}

/** Prunes tensors to n of m neighbors. */
export async function pruneNOfM(
  chosen: readonly StoredZeros[],
  structure: NOfMStructure,
  format: Format,
  { fn, signal, zerosOf, onTensor }: Reading,
): Promise<StructuredTensor[]> {
  const axes = chosen.map(({ tensor }) => {
    const axis = structure.axis ?? inputAxis(fn, tensor, format);
    return neighborAxis(fn, { path: tensor.name, shape: tensor.shape }, { ...structure, axis })!;
  });
  const pruned: StructuredTensor[] = [];
  for (const [i, stored] of chosen.entries()) {
    const { name } = stored.tensor;
    const zeros: [number, number] = [0, 0];
    await walkNOfM(stored, axes[i]!, structure, signal, (values, mask, from) => {
      zeros[0] += zerosOf(values, name, from);
      for (let k = 0; k < mask.length; k++) if (mask[k] === 0 || values[k] === 0) zeros[1]++;
    });
    pruned.push({ stored, tensor: nOfMTensor(stored, axes[i]!, structure), zeros, threshold: null });
    await onTensor(name);
  }
  return pruned;
}

/** A bit for each block that is kept. */
function packed(kept: Uint8Array): (group: number) => boolean {
  const bits = new Uint8Array(Math.ceil(kept.length / 8));
  for (let i = 0; i < kept.length; i++) if (kept[i] === 1) bits[i >> 3]! |= 1 << (i & 7);
  return (group) => ((bits[group >> 3]! >> (group & 7)) & 1) === 1;
}

function outcome(
  stored: StoredZeros,
  at: Blocks,
  { means, sizes, zeros }: BlockSums,
  kept: Uint8Array,
): StructuredTensor {
  let [before, after, threshold] = [0, 0, Number.POSITIVE_INFINITY];
  for (let g = 0; g < kept.length; g++) {
    before += zeros[g]!;
    after += kept[g] === 1 ? zeros[g]! : sizes[g]!;
    if (kept[g] === 1) threshold = Math.min(threshold, means[g]!);
  }
  return {
    stored,
    tensor: blockTensor(stored, at, packed(kept)),
    zeros: [before, after],
    threshold: kept.length > 0 ? threshold : null,
  };
}

/** Prunes blocks of tensors, each by itself or all together. */
export async function pruneBlocks(
  chosen: readonly StoredZeros[],
  structure: BlockStructure,
  how: GroupZeros,
  { fn, signal, zerosOf, onTensor }: Reading,
): Promise<StructuredTensor[]> {
  const all = chosen.map(({ tensor: { name, shape } }) => {
    checkBlocks(fn, { path: name, shape }, structure);
    return blocksOf(shape, structure.block);
  });
  const named = all.map(({ groups }, i) => ({
    name: chosen[i]!.tensor.name,
    groups,
    tensors: [chosen[i]!.tensor.name],
  }));
  const { zeros, rule } = zerosOfGroups(fn, named, 'blocks', how);
  const sumsOf = async (i: number): Promise<BlockSums> => {
    const stored = chosen[i]!;
    const sums = await sumBlocks(stored, all[i]!, signal, (values, from) => {
      zerosOf(values, stored.tensor.name, from);
    });
    await onTensor(stored.tensor.name);
    return sums;
  };
  if (typeof zeros !== 'number') {
    const pruned: StructuredTensor[] = [];
    for (const [i, stored] of chosen.entries()) {
      const sums = await sumsOf(i);
      const [kept] = chooseGroups(fn, [sums.means], [zeros[i]!], rule);
      pruned.push(outcome(stored, all[i]!, sums, kept!));
    }
    return pruned;
  }
  const sums: BlockSums[] = [];
  for (const i of chosen.keys()) sums.push(await sumsOf(i));
  const kept = chooseGroups(
    fn,
    sums.map(({ means }) => means),
    zeros,
    rule,
  );
  return chosen.map((stored, i) => outcome(stored, all[i]!, sums[i]!, kept[i]!));
}
