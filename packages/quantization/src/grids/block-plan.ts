import { blockAxes } from '@weightkit/numerics';
import { checkInteger, checkNumbers, checkOptions, checkPlainObject, checkRange } from '@weightkit/numerics/check';

/**
 * Which values share a scale: all of them (`'tensor'`), those of one index along an axis (`{ axis }`), so many in a row along an
 * axis (`{ group, axis }`, the last axis where none is given), boxes of any edges (`{ block }`), or nothing is scaled
 * (`'none'`, floats alone). An axis below 0 counts from the end. The last group or box may be smaller.
 */
export type Granularity =
  | 'none'
  | 'tensor'
  | {
      /** The axis whose indices have a scale each. */
      axis: number;
    }
  | {
      /** How many in a row share a scale. */
      group: number;
      /** The axis along which they lie. */
      axis?: number;
    }
  | {
      /** The edges of a box, one for each axis. */
      block: number[];
    };

/** Values in row-major order, and the block of each: in row r, column j it is base[r] + column[j]. */
export interface BlockPlan {
  shape: readonly number[];
  /** Edges of a block. */
  block: readonly number[];
  /** How many blocks. */
  count: number;
  base: Uint32Array;
  column: Uint32Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Throws unless a shape is one, of so many values. */
export function checkShape(fn: string, shape: readonly number[], length: number): void {
  checkNumbers(`${fn}: shape must be a list of whole numbers`, shape, (n) => Number.isSafeInteger(n) && n >= 0);
  checkRange(sizeOf(shape) === length, `${fn}: shape must have ${length} entries`, sizeOf(shape));
}

function axisOf(fn: string, axis: unknown, rank: number): number {
  checkInteger(fn, 'axis', axis, -rank, rank - 1);
  return axis < 0 ? axis + rank : axis;
}

/** The edges of a block, one for an axis. */
export function blockOf(fn: string, shape: readonly number[], granularity: Exclude<Granularity, 'none'>): number[] {
  const whole = shape.map((n) => Math.max(n, 1));
  if (granularity === 'tensor') return whole;
  checkPlainObject(`${fn}: granularity must be none, tensor, { axis }, { group } or { block }`, granularity);
  if ('block' in granularity) {
    checkOptions(fn, granularity, ['block'], 'granularity');
    const { block } = granularity;
    checkNumbers(
      `${fn}: block must be a list of whole numbers above 0`,
      block,
      (n) => Number.isSafeInteger(n) && n > 0,
    );
    checkRange(block.length === shape.length, `${fn}: block must have an edge for each of ${shape.length} axes`, block);
    return block.map((edge, i) => Math.min(edge, whole[i]!));
  }
  checkRange(shape.length > 0, `${fn}: granularity of a scalar must be tensor`, granularity);
  if ('group' in granularity) {
    checkOptions(fn, granularity, ['group', 'axis'], 'granularity');
    const { group, axis = -1 } = granularity;
    checkInteger(fn, 'group', group, 1);
    const along = axisOf(fn, axis, shape.length);
    return shape.map((_, i) => (i === along ? Math.min(group, whole[i]!) : 1));
  }
  checkOptions(fn, granularity, ['axis'], 'granularity');
  const along = axisOf(fn, granularity.axis, shape.length);
  return whole.map((n, i) => (i === along ? 1 : n));
}

/** Which block each value is of; blocks are numbered row-major. */
export function planOf(shape: readonly number[], block: readonly number[]): BlockPlan {
  if (sizeOf(shape) === 0) return { shape, block, count: 0, base: new Uint32Array(0), column: new Uint32Array(0) };
  const axes = blockAxes(shape, block);
  const [width, edge] = axes.pop()!;
  const column = new Uint32Array(width);
  if (edge < width) for (let j = edge; j < width; j++) column[j] = column[j - edge]! + 1;
  let base = Uint32Array.of(0);
  for (const [n, size] of axes) {
    const blocks = Math.ceil(n / size);
    const next = new Uint32Array(base.length * n);
    for (let r = 0; r < base.length; r++)
      for (let i = 0; i < n; i++) next[r * n + i] = base[r]! * blocks + Math.floor(i / size);
    base = next;
  }
  const across = Math.ceil(width / edge);
  for (let r = 0; r < base.length; r++) base[r]! *= across;
  return { shape, block, count: base.at(-1)! + across, base, column };
}
