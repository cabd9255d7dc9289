import { checkInteger, checkNumbers, checkOptions, checkRange, checkType, isNumbers } from '@weightkit/numerics/check';

/** Slices of a weight: the entries with one index on an axis, or on several, go together. */
export interface AxisStructure {
  /**
   * The axis, negative from the end: of a dense kernel `[in, out]` -1 makes groups of columns, 0 of rows. Of several axes each
   * combination of indices is a group: `[-2, -1]` of a convolution `[...window, in, out]` makes groups of whole windows.
   */
  readonly axis: number | readonly number[];
}

/** Blocks of a weight. */
export interface BlockStructure {
  /**
   * The size of a block on each axis, or on the last ones: `[4, 4]` of a convolution `[...window, in, out]` is 4 input by 4 output
   * channels at one place of the window. Where it does not divide a size, the last block is smaller.
   */
  readonly block: readonly number[];
}

/** At most n of m neighbors are kept: 2:4 is what graphics processors compute faster. */
export interface NOfMStructure {
  /** How many of the neighbors are kept: an integer from 1 to m. */
  readonly n: number;
  /** How many neighbors lie in a group. Where m does not divide the size, the last group is shorter and keeps n, or all if it has fewer. */
  readonly m: number;
  /**
   * The axis along which they are neighbors, negative from the end.
   *
   * @defaultValue the input axis of the layer, along which its products are summed; -2 of a tensor without one
   */
  readonly axis?: number;
}

/** Groups of one's own. */
export interface OwnGroups {
  /**
   * Sets of weights with a number for each entry, from 0 up, row by row: in one set entries with the same number go together, over
   * all its weights; an entry with -1 always stays. As in `[{ 'q/kernel': heads, 'k/kernel': heads }]`.
   */
  readonly groups: readonly Readonly<Record<string, ArrayLike<number>>>[];
}

/**
 * What is pruned as one:
 *
 * - `'entry'`: each entry by itself.
 * - `'unit'`: all that makes one output of a layer: a unit of a dense or recurrent layer, a filter of a convolution, a channel of a
 *   depthwise one. The entries of the bias and of a BatchNorm that belong to it go with it.
 * - `'channel'`: all that reads one input of a layer.
 * - `{ axis }`: slices of a weight.
 * - `{ block }`: blocks of a weight.
 * - `{ n, m }`: entries, of m neighbors at most n kept. It says how many, so no amount is given.
 * - `{ groups }`: groups of your own, over several weights if you like.
 */
export type Structure = 'entry' | 'unit' | 'channel' | AxisStructure | BlockStructure | NOfMStructure | OwnGroups;

/** Whether it is the structure that says itself how many are kept. */
export const isNOfM = (structure: Structure): structure is NOfMStructure =>
  typeof structure === 'object' && 'n' in structure;

/** Whether at least one group has to stay and numbers of groups can be rounded. */
export const hasGroups = (structure: Structure): boolean => structure !== 'entry' && !isNOfM(structure);

function checkAxes(fn: string, { axis }: AxisStructure): void {
  const axes = typeof axis === 'number' ? [axis] : axis;
  checkNumbers(`${fn}: axis must be an integer or a list of integers`, axes, Number.isSafeInteger);
  checkRange(axes.length > 0, `${fn}: axis must name an axis`, axes);
}

function checkBlock(fn: string, { block }: BlockStructure): void {
  checkNumbers(`${fn}: block must be a list of integers of 1 or more`, block, (b) => Number.isSafeInteger(b) && b >= 1);
  checkRange(block.length > 0, `${fn}: block must have a size`, block);
}

function checkNOfM(fn: string, { n, m, axis }: NOfMStructure): void {
  checkInteger(fn, 'm', m, 1);
  checkInteger(fn, 'n', n, 1, m);
  if (axis !== undefined) checkAxes(fn, { axis });
}

function checkGroups(fn: string, { groups }: OwnGroups): void {
  checkType(Array.isArray(groups), `${fn}: groups must be a list of sets, { path: numbers }`, groups);
  checkRange(groups.length > 0, `${fn}: groups must hold a set`, groups);
  for (const set of groups) {
    checkType(
      typeof set === 'object' && set !== null && !Array.isArray(set) && Object.values(set).every(isNumbers),
      `${fn}: groups must be sets of lists of numbers by path`,
      set,
    );
    checkRange(Object.keys(set).length > 0, `${fn}: groups must be sets of at least one weight`, set);
  }
}

const KINDS = [
  ['axis', checkAxes, ['axis']],
  ['block', checkBlock, ['block']],
  ['n', checkNOfM, ['n', 'm', 'axis']],
  ['groups', checkGroups, ['groups']],
] as const;

/**
 * Throws unless a value is a structure.
 *
 * @param fn - the function that was called, for the message
 */
export function checkStructure(fn: string, structure: unknown): asserts structure is Structure {
  if (structure === 'entry' || structure === 'unit' || structure === 'channel') return;
  const rule = `${fn}: structure must be 'entry', 'unit', 'channel', { axis }, { block }, { n, m } or { groups }`;
  if (typeof structure === 'string') throw new RangeError(`${rule}, got "${structure}"`);
  checkType(typeof structure === 'object' && structure !== null && !Array.isArray(structure), rule, structure);
  const kind = KINDS.find(([key]) => key in (structure as object) && !(key === 'axis' && 'm' in (structure as object)));
  checkType(kind !== undefined, rule, structure);
  const [, check, names] = kind;
  checkOptions(fn, structure as object, names, 'structure');
  check(fn, structure as never);
}
