import { checkNumber, checkRange, checkType } from '@weightkit/numerics/check';
import { blocksOf } from '../marks/blocks.ts';
import type { ColorScale } from '../marks/color-scale.ts';
import { diverging, ink, palette, tint } from '../marks/colors.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import type { Frame } from '../marks/frame.ts';
import { type Legend, type LegendEntry, saidEntries } from '../marks/header.ts';
import { countText, groupSize } from '../marks/many.ts';
import { oddEntries } from '../marks/odd-marks.ts';
import {
  checkChoice,
  checkData,
  checkFigureOptions,
  checkList,
  checkTexts,
  type FigureOptions,
} from '../marks/options.ts';
import { type MatrixValues, rangeOf, readTensor, type Tensor } from '../marks/tensor.ts';
import { round, type SvgNode } from '../marks/tree.ts';
import { describeOdd, isDrawn, type Value } from '../marks/values.ts';
import { type Cells, cellParts, cellTable } from './cells.ts';
import { blockMarks, blocksText, groupMarks, MOST_FRAMES, maskBlocks, readBlock } from './mask-blocks.ts';

/** Options of {@link maskChart}. */
export interface MaskChartOptions extends FigureOptions {
  /** Name of what the columns are. @defaultValue 'output' */
  xLabel?: string;
  /** Name of what the rows are. @defaultValue 'input' */
  yLabel?: string;
  /** `'mask'`: kept and pruned in one color each. `'values'`: what is kept by its sign and size. @defaultValue 'mask' */
  show?: 'mask' | 'values';
  /** `[n, m]`: at most n of m neighbors shall be kept, as in 2:4 sparsity; groups that keep more are framed and counted. @defaultValue none */
  pattern?: readonly [number, number];
  /** Whether neighbors follow each other down a column, as the inputs of a unit do, or along a row. @defaultValue 'columns' */
  along?: 'columns' | 'rows';
  /**
   * `[rows, columns]`: what is pruned as one, as in `[4, 4]`; `[Infinity, 1]` are whole columns, as units of a dense kernel. Blocks that
   * go in part are framed and counted. Not beside `pattern`. @defaultValue none
   */
  block?: readonly [number, number];
}

const FN = 'maskChart';
const MOST = 200;
const KEPT = palette[0]!;
const STEPS = 32;

/**
 * What of a matrix is pruned: a mask of zeros and ones, or weights of which some are 0, with the groups of an n:m pattern or the blocks
 * of a structure over it.
 *
 * What is NaN, infinite or missing is gray and counts as kept. Of more than 200 rows or columns neighbors share a cell: its color is the
 * share that is kept, or the largest value in magnitude; patterns are counted for all, and the figure says so.
 *
 * @param data - the mask or the weights: 0 is pruned
 * @throws RangeError if there are not as many values as the shape says, `pattern` is not two whole numbers with n at most
 * m, or `block` not two sizes above 0
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { maskChart } from '@weightkit/viz';
 * const figure = maskChart({ values: [[1, 0], [0, 0], [1, 1], [0, 1]] }, { pattern: [2, 4] });
 * console.log(figure.description); // -> A mask of 4 × 2: 4 of 8 kept, 50 % pruned. 2:4 down columns: all 2 groups keep at most 2.
 * ```
 */
export function maskChart(data: MatrixValues, options: MaskChartOptions = {}): Figure {
  checkFigureOptions(FN, options, ['xLabel', 'yLabel', 'show', 'pattern', 'along', 'block']);
  checkTexts(FN, options, ['xLabel', 'yLabel']);
  const { title = 'Mask', xLabel = 'output', yLabel = 'input', show = 'mask', along = 'columns' } = options;
  checkChoice(FN, 'show', show, ['mask', 'values']);
  checkChoice(FN, 'along', along, ['columns', 'rows']);
  const pattern = readPattern(options.pattern);
  const block = readBlock(FN, options.block);
  checkRange(pattern === undefined || block === undefined, `${FN}: block must be left out beside a pattern`, block);
  checkData(FN, data);
  const tensor = readTensor(FN, '', data, 2);
  const [rows, columns] = tensor.shape as [number, number];
  const broken = pattern === undefined ? undefined : brokenGroups(tensor, pattern, along);
  const blocks = block && maskBlocks(tensor, block);
  const large = rows > MOST || columns > MOST;
  const shares = large && show === 'mask';
  const cells: Cells = {
    ...(shares ? keptShares(tensor) : blocksOf(tensor, MOST)),
    rows: { count: rows, label: yLabel },
    columns: { count: columns, label: xLabel },
    scale: show === 'mask' ? keptScale : signScale(tensor),
    notes: [],
    ...(broken !== undefined &&
      !large && { over: (...place) => overlay(tensor.shape, broken, pattern!, along, ...place) }),
    ...(blocks !== undefined && !large && { over: (...place) => blockMarks(blocks, tensor.shape, ...place) }),
  };
  const parts = cellParts(cells);
  const told = [
    ...(shares ? [shareText(cells)] : []),
    ...(broken === undefined ? [] : [patternText(broken, pattern!, along)]),
    ...(blocks === undefined ? [] : [blocksText(blocks, tensor.shape)]),
  ];
  return makeFigure({
    chart: 'maskChart',
    title,
    description: describe(tensor, told),
    table: () => cellTable(cells),
    options,
    ...parts,
    legend: legendOf(tensor, cells, show, shares, told, parts.legend),
  });
}

function readPattern(pattern: MaskChartOptions['pattern']): readonly [number, number] | undefined {
  if (pattern === undefined) return undefined;
  checkList(FN, 'pattern', pattern);
  checkRange(pattern.length === 2, `${FN}: pattern must be [n, m]`, pattern);
  const [n, m] = Array.from(pattern) as [number, number];
  checkType(typeof n === 'number' && typeof m === 'number', `${FN}: pattern must be two numbers`, pattern);
  checkNumber(`${FN}: pattern must have a whole m above 0`, m, (x) => Number.isSafeInteger(x) && x > 0);
  checkNumber(`${FN}: pattern must have a whole n from 0 to m`, n, (x) => Number.isSafeInteger(x) && x >= 0 && x <= m);
  return [n, m];
}

const isKept = (value: Value) => value !== 0;

/** Groups that keep more than they may. */
interface Broken {
  /** How many groups there are. */
  groups: number;
  /** Those that keep too many: the line they lie on, and the number of the group along it. */
  at: { line: number; group: number }[];
}

/** Finds the groups of m neighbors of which more than n are kept; the last of a line may be shorter. */
export function brokenGroups(
  { values, shape }: Tensor,
  [n, m]: readonly [number, number],
  along: 'columns' | 'rows',
): Broken {
  const [rows, columns] = shape as [number, number];
  const [lines, length] = along === 'columns' ? [columns, rows] : [rows, columns];
  const [next, step] = along === 'columns' ? [1, columns] : [columns, 1];
  const groups = Math.ceil(length / m);
  const at: Broken['at'] = [];
  for (let line = 0; line < lines; line++) {
    for (let group = 0; group < groups; group++) {
      let kept = 0;
      for (let i = group * m; i < Math.min(length, (group + 1) * m); i++)
        if (isKept(values[line * next + i * step]!)) kept++;
      if (kept > n) at.push({ line, group });
    }
  }
  return { groups: lines * groups, at };
}

/** The share of each block that is kept. */
function keptShares({ values, shape }: Tensor): Pick<Cells, 'cells' | 'high' | 'wide'> {
  const [rows, columns] = shape as [number, number];
  const [high, wide] = [groupSize(rows, MOST), groupSize(columns, MOST)];
  const [down, across] = [Math.ceil(rows / high), Math.ceil(columns / wide)];
  const kept = Array.from({ length: down }, () => new Array<number>(across).fill(0));
  values.forEach((value, i) => {
    if (isKept(value)) kept[Math.floor(Math.floor(i / columns) / high)]![Math.floor((i % columns) / wide)]!++;
  });
  const sizeOf = (i: number, block: number, all: number) => Math.min(block, all - i * block);
  const cells = kept.map((row, i) => row.map((count, k) => count / (sizeOf(i, high, rows) * sizeOf(k, wide, columns))));
  return { cells, high, wide };
}

const PRUNED = ink.grid;
const keptColors = Array.from({ length: STEPS + 1 }, (_, i) =>
  i === 0 ? PRUNED : tint(KEPT, 0.15 + (0.85 * i) / STEPS),
);

/** A mask, or shares of one: of 1 and of any weight the color of what is kept. */
const keptScale: ColorScale = {
  colors: keptColors,
  level: (value) => (value > 0 && value < 1 ? Math.max(1, Math.round(value * STEPS)) : value === 0 ? 0 : STEPS),
  legend: { colors: keptColors, from: 'pruned', to: 'kept' },
};

/** Weights by sign; what is exactly 0 has the color of what is pruned. */
function signScale(tensor: Tensor): ColorScale {
  const { from, to } = rangeOf(tensor);
  const most = Math.max(Math.abs(from), Math.abs(to)) || 1;
  const all = Array.from({ length: 2 * STEPS + 1 }, (_, i) => diverging((i - STEPS) / STEPS));
  return {
    colors: [PRUNED, ...all],
    level: (value) => (value === 0 ? 0 : 1 + STEPS + Math.round((value / most) * STEPS)),
    legend: { colors: all, from: formatNumber(-most), to: formatNumber(most) },
  };
}

/** Lines between the groups of a pattern, and frames around those that break it. */
function overlay(
  shape: readonly number[],
  { at }: Broken,
  [, m]: readonly [number, number],
  along: 'columns' | 'rows',
  { left, right, top, bottom }: Frame,
  wide: number,
  high: number,
): SvgNode[] {
  const down = along === 'columns';
  const size = m * (down ? high : wide);
  const length = shape[down ? 0 : 1]!;
  const between = Array.from({ length: Math.ceil(length / m) - 1 }, (_, i) => (i + 1) * size);
  const lines = between.map((place) =>
    down
      ? `M${round(left)},${round(top + place)}H${round(right)}`
      : `M${round(left + place)},${round(top)}V${round(bottom)}`,
  );
  const frames = at.slice(0, MOST_FRAMES).map(({ line, group }) => {
    const from = group * size;
    const reach = Math.min(size, (down ? bottom - top : right - left) - from);
    const [x, y] = down ? [left + line * wide, top + from] : [left + from, top + line * high];
    const [w, h] = down ? [wide, reach] : [reach, high];
    return `M${round(x)},${round(y)}h${round(w)}v${round(h)}h${round(-w)}Z`;
  });
  return groupMarks(size >= 6 ? lines : [], frames);
}

const shareText = ({ high, wide }: Cells) => `each cell is the share kept of up to ${high} × ${wide}`;

function patternText({ groups, at }: Broken, [n, m]: readonly [number, number], along: 'columns' | 'rows'): string {
  const name = `${n}:${m} ${along === 'columns' ? 'down columns' : 'along rows'}`;
  if (at.length === 0) return `${name}: all ${countText(groups)} groups keep at most ${n}`;
  return `${name}: ${countText(at.length)} of ${countText(groups)} groups keep more than ${n}`;
}

function legendOf(
  { values }: Tensor,
  cells: Cells,
  show: 'mask' | 'values',
  shares: boolean,
  told: readonly string[],
  ramp: Legend | undefined,
): Legend {
  const texts = saidEntries(told);
  const odd = shares
    ? []
    : oddEntries(
        values.filter((value) => !isDrawn(value)),
        'square',
        ink.none,
      );
  const pruned: LegendEntry = { name: 'pruned', mark: 'square', color: PRUNED };
  if (show === 'mask' && !shares)
    return { kind: 'names', entries: [{ name: 'kept', mark: 'square', color: KEPT }, pruned, ...odd, ...texts] };
  const below = ramp?.entries ?? [];
  return { kind: 'ramp', ...cells.scale.legend, entries: [...(show === 'values' ? [pruned, ...below] : []), ...texts] };
}

function describe({ values, shape }: Tensor, told: readonly string[]): string {
  const all = values.length;
  const kept = values.reduce<number>((count, value) => count + (isKept(value) ? 1 : 0), 0);
  const odd = describeOdd(values);
  return [
    `A mask of ${shape.map(countText).join(' × ')}: ${countText(kept)} of ${countText(all)} kept, ${formatNumber((100 * (all - kept)) / all)} % pruned`,
    ...told.map((text) => `${text[0]!.toUpperCase()}${text.slice(1)}`),
    ...(odd === '' ? [] : [`Gray: ${odd}`]),
  ]
    .map((sentence) => `${sentence}.`)
    .join(' ');
}
