import { checkNumber, checkRange, checkType } from '@weightkit/numerics/check';
import { ink } from '../marks/colors.ts';
import type { Frame } from '../marks/frame.ts';
import { countText } from '../marks/many.ts';
import { checkList } from '../marks/options.ts';
import type { Tensor } from '../marks/tensor.ts';
import { node, round, type SvgNode } from '../marks/tree.ts';

/** How high and how wide blocks are; all of a side may be one. */
export type BlockSize = readonly [rows: number, columns: number];

/** Blocks of a mask: how many there are, go whole, and go in part. */
export interface MaskBlocks {
  /** How high and wide they are, at most as the mask. */
  high: number;
  wide: number;
  count: number;
  whole: number;
  /** Those that go in part, by their first row and column. */
  parts: { row: number; column: number }[];
}

/** So many broken groups are framed at most. */
export const MOST_FRAMES = 1000;

/** Reads the option; undefined where it is left out. */
export function readBlock(fn: string, block: BlockSize | undefined): BlockSize | undefined {
  if (block === undefined) return undefined;
  checkList(fn, 'block', block);
  checkRange(block.length === 2, `${fn}: block must be [rows, columns]`, block);
  const [rows, columns] = Array.from(block) as [number, number];
  checkType(typeof rows === 'number' && typeof columns === 'number', `${fn}: block must be two numbers`, block);
  const isSize = (size: number): boolean =>
    (Number.isSafeInteger(size) && size > 0) || size === Number.POSITIVE_INFINITY;
  for (const size of [rows, columns])
    checkNumber(`${fn}: block must be whole numbers above 0, or Infinity`, size, isSize);
  return [rows, columns];
}

/** Counts blocks by how much of each is 0; those at the right and lower ends may be smaller. */
export function maskBlocks({ values, shape }: Tensor, [rows, columns]: BlockSize): MaskBlocks {
  const [height, width] = shape as [number, number];
  const [high, wide] = [Math.min(rows, height), Math.min(columns, width)];
  const across = Math.ceil(width / wide);
  const zeros = new Uint32Array(Math.ceil(height / high) * across);
  for (let i = 0; i < values.length; i++)
    if (values[i] === 0) zeros[Math.floor(Math.floor(i / width) / high) * across + Math.floor((i % width) / wide)]!++;
  const found: MaskBlocks = { high, wide, count: zeros.length, whole: 0, parts: [] };
  for (const [i, zero] of zeros.entries()) {
    const [row, column] = [Math.floor(i / across) * high, (i % across) * wide];
    if (zero === Math.min(high, height - row) * Math.min(wide, width - column)) found.whole++;
    else if (zero > 0) found.parts.push({ row, column });
  }
  return found;
}

/** What is said of blocks: of whole columns and rows by that name. */
export function blocksText(
  { high, wide, count, whole, parts }: MaskBlocks,
  [rows, columns]: readonly number[],
): string {
  const name =
    high === rows && wide === 1 ? 'columns' : wide === columns && high === 1 ? 'rows' : `blocks of ${high} × ${wide}`;
  const inPart = parts.length === 0 ? 'none in part' : `${countText(parts.length)} in part`;
  return `${name}: ${countText(whole)} of ${countText(count)} pruned whole, ${inPart}`;
}

/** Lines between groups, and frames around those that are broken; both as paths. */
export const groupMarks = (lines: readonly string[], frames: readonly string[]): SvgNode[] => [
  ...(lines.length > 0
    ? [node('path', { 'data-mark': 'groups', d: lines.join(''), stroke: ink.axis, fill: 'none' })]
    : []),
  ...(frames.length > 0
    ? [
        node('path', {
          'data-mark': 'broken',
          d: frames.join(''),
          stroke: ink.wrong,
          'stroke-width': 1.75,
          fill: 'none',
        }),
      ]
    : []),
];

/** Lines between blocks, and frames around those that go in part. */
export function blockMarks(
  { high, wide, parts }: MaskBlocks,
  [rows, columns]: readonly number[],
  { left, right, top, bottom }: Frame,
  cellWide: number,
  cellHigh: number,
): SvgNode[] {
  const lines = [
    ...Array.from({ length: Math.ceil(rows! / high) - 1 }, (_, i) => top + (i + 1) * high * cellHigh).map(
      (y) => `M${round(left)},${round(y)}H${round(right)}`,
    ),
    ...Array.from({ length: Math.ceil(columns! / wide) - 1 }, (_, i) => left + (i + 1) * wide * cellWide).map(
      (x) => `M${round(x)},${round(top)}V${round(bottom)}`,
    ),
  ];
  const frames = parts.slice(0, MOST_FRAMES).map(({ row, column }) => {
    const w = Math.min(wide, columns! - column) * cellWide;
    const h = Math.min(high, rows! - row) * cellHigh;
    return `M${round(left + column * cellWide)},${round(top + row * cellHigh)}h${round(w)}v${round(h)}h${round(-w)}Z`;
  });
  const isWide =
    Math.min(high === rows ? Infinity : high * cellHigh, wide === columns ? Infinity : wide * cellWide) >= 6;
  return groupMarks(isWide ? lines : [], frames);
}
