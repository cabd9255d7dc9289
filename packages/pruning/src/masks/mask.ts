import * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { checkFinite, checkInteger, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { magnitude } from '../scores/magnitude.ts';
import { type Score, scoreValues } from '../scores/score.ts';
import { nOfM } from '../structures/n-of-m.ts';
import { checkReduce, type Reduce, reduceScores } from '../structures/reduce-scores.ts';
import {
  type AxisStructure,
  type BlockStructure,
  checkStructure,
  isNOfM,
  type NOfMStructure,
} from '../structures/structure.ts';
import { axisGroups, blocks, neighborAxis } from '../structures/weight-sets.ts';
import { type Amount, checkAmount, zerosAmong } from './amount.ts';
import { roundedZeros } from './choose-groups.ts';
import { chooseMasks } from './choose-masks.ts';

/** Options of {@link mask}. */
export interface MaskOptions {
  /**
   * Which entries to keep: those with the largest score.
   * @defaultValue {@link magnitude}
   */
  score?: Score;
  /**
   * What goes as one: entries, slices, blocks, or entries of which n of m neighbors are kept; units and channels are those of a
   * layer, which a tensor has none of.
   * @defaultValue 'entry'
   */
  structure?: 'entry' | AxisStructure | BlockStructure | NOfMStructure;
  /**
   * How scores of a group's entries become its score. For slices and blocks alone.
   * @defaultValue 'mean'
   */
  reduce?: Reduce;
  /**
   * What the number of kept slices or blocks is a multiple of; more are kept to get there, or all.
   * @defaultValue 1
   */
  multipleOf?: number;
}

/** No amount, for the structure `{ n, m }`, which says it. */
export interface NoAmount {
  /** The structure says it. */
  sparsity?: never;
  /** The structure says it. */
  count?: never;
}

function checkMaskOptions(options: MaskOptions): Required<MaskOptions> {
  checkOptions('mask', options, ['score', 'structure', 'reduce', 'multipleOf']);
  const { score = magnitude, structure = 'entry', reduce = 'mean', multipleOf = 1 } = options;
  checkType(typeof score === 'function', 'mask: score must be a function', score);
  checkStructure('mask', structure);
  const named = structure === 'entry' || (typeof structure === 'object' && !('groups' in structure));
  checkRange(named, "mask: structure must be 'entry', { axis }, { block } or { n, m } for a tensor", structure);
  checkReduce('mask', reduce);
  checkInteger('mask', 'multipleOf', multipleOf, 1);
  if (structure === 'entry' || isNOfM(structure))
    for (const name of ['reduce', 'multipleOf'] as const)
      checkRange(
        options[name] === undefined,
        `mask: ${name} must be left out where no groups are pruned`,
        options[name],
      );
  return { score, structure, reduce, multipleOf };
}

/** The bits of groups, of which at least one is kept. */
function groupBits(
  scores: Float32Array,
  shape: readonly number[],
  amount: Amount,
  { structure, reduce, multipleOf }: Required<MaskOptions>,
): Uint8Array {
  const shaped = { path: 'w', shape };
  const { groups, of } =
    'axis' in (structure as AxisStructure)
      ? axisGroups('mask', shaped, structure as AxisStructure)
      : blocks('mask', shaped, structure as BlockStructure);
  const most = Math.max(0, groups - 1);
  const { count } = amount;
  if (count !== undefined)
    checkRange(count <= most, `mask: count must be at most ${most}, one less than the number of groups of w`, count);
  const zeros = roundedZeros(Math.min(most, zerosAmong('mask', amount, groups, 'w')), groups, multipleOf);
  const reduced = reduceScores([{ scores, of }], groups, reduce);
  checkFinite('mask', 'scores of groups', 'w', reduced);
  const [kept] = chooseMasks([reduced], [zeros]);
  return Uint8Array.from(of, (group) => kept![group]!);
}

function bitsOf(
  scores: Float32Array,
  shape: readonly number[],
  amount: Amount | NoAmount,
  options: Required<MaskOptions>,
): Uint8Array {
  const { structure } = options;
  if (structure === 'entry')
    return chooseMasks([scores], [zerosAmong('mask', amount as Amount, scores.length, 'w')])[0]!;
  if (isNOfM(structure)) return nOfM(scores, shape, neighborAxis('mask', { path: 'w', shape }, structure)!, structure);
  return groupBits(scores, shape, amount as Amount, options);
}

/**
 * The mask that prunes a tensor to an exact number of zeros: 0 at the lowest scores, 1 elsewhere. Of equal scores the lowest
 * index is kept, so a constant tensor is pruned as exactly as any other. With a structure slices or blocks go as one, and the amount
 * is of them; at least one stays.
 *
 * @example
 * const m = await mask(tf.tensor1d([3, -1, 2, -4]), { sparsity: 0.5 });
 * console.log(await m.data()); // -> Float32Array(4) [ 1, 0, 0, 1 ]
 *
 * @param w - the weight, numeric and finite; borrowed
 * @param amount - `{ sparsity }`, a fraction in [0, 1), or `{ count }`, an integer from 0 to w's size; `{}` for `{ n, m }`
 * @param options - the score and the structure
 * @returns a float32 tensor of w's shape; the caller disposes it
 * @throws RangeError for NaN or infinity in w or its scores (naming the index) and for an amount out of range; TypeError for
 * both or neither of sparsity and count
 */
export async function mask(w: tf.Tensor, amount: Amount | NoAmount, options: MaskOptions = {}): Promise<tf.Tensor> {
  checkTensor('mask', 'w', w, 'float32', 'int32');
  checkOptions('mask', amount, ['sparsity', 'count'], 'amount');
  const checked = checkMaskOptions(options);
  if (isNOfM(checked.structure))
    checkRange(
      amount?.sparsity === undefined && amount?.count === undefined,
      'mask: amount must be {} for { n, m }, which says it',
      amount,
    );
  else checkAmount('mask', amount as Amount);
  const { shape } = w;
  // What the shape does not allow is told before the download.
  bitsOf(new Float32Array(w.size), shape, amount, checked);
  const scores = await scoreValues('mask', '', w, checked.score);
  return tf.tensor(new Float32Array(bitsOf(scores, shape, amount, checked)), shape);
}
