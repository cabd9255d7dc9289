import { checkType } from '@weightkit/numerics/check';
import { blocksOf } from '../marks/blocks.ts';
import { type ColorScale, divergingScale, infernoScale, type MatrixScheme } from '../marks/color-scale.ts';
import { domainOf } from '../marks/domain.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { countText } from '../marks/many.ts';
import {
  checkChoice,
  checkData,
  checkDomain,
  checkFigureOptions,
  checkTexts,
  type FigureOptions,
} from '../marks/options.ts';
import { type MatrixValues, type Range, rangeOf, readTensor, type Tensor } from '../marks/tensor.ts';
import { describeOdd } from '../marks/values.ts';
import { blockText, type Cells, cellParts, cellTable, readNames } from './cells.ts';

/** A matrix with names of its rows and columns. */
export interface HeatmapData extends MatrixValues {
  /** Names of the rows. @defaultValue their numbers */
  readonly rows?: readonly string[];
  /** Names of the columns. @defaultValue their numbers */
  readonly columns?: readonly string[];
}

/** Options of {@link heatmap}. */
export interface HeatmapOptions extends FigureOptions {
  /** Name of what the columns are, below them. @defaultValue 'column', or nothing where they have names */
  xLabel?: string;
  /** Name of what the rows are, above them. @defaultValue 'row', or nothing where they have names */
  yLabel?: string;
  /**
   * `'diverging'`: white at 0, blue above it, vermilion below, equally strong at the same distance. `'inferno'`: from dark to bright.
   * @defaultValue 'diverging' if a value is negative, else 'inferno'
   */
  scheme?: MatrixScheme;
  /** What the colors span; what lies beyond has the last color. @defaultValue all values; for 'diverging' as far on both sides of 0 */
  domain?: readonly [number, number];
  /** Whether numbers stand in the cells where all fit. @defaultValue true */
  cellText?: boolean;
}

const FN = 'heatmap';
const MOST = 200;

/**
 * A matrix as a picture: a cell for each value, by its color.
 *
 * Colors have 64 levels, linear. What is NaN, infinite or missing is gray with a mark. Of more than 200 rows or columns neighbors
 * share a cell, which has the value of the largest magnitude, or one that cannot be drawn if there is any; the figure says so.
 *
 * @param data - the values, row by row with their shape or as one array for each row
 * @throws RangeError if there are not as many values as the shape says, or not as many names as rows or columns
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { heatmap } from '@weightkit/viz';
 * const figure = heatmap({ values: [[0.5, -1], [0, 2]], rows: ['x', 'y'] }, { title: 'A kernel' });
 * console.log(figure.description); // -> 2 × 2 values. Lowest −1 (x, column 1), highest 2 (y, column 1).
 * ```
 */
export function heatmap(data: HeatmapData, options: HeatmapOptions = {}): Figure {
  checkFigureOptions(FN, options, ['xLabel', 'yLabel', 'scheme', 'domain', 'cellText']);
  checkTexts(FN, options, ['xLabel', 'yLabel']);
  const { title = 'Heatmap', domain, cellText = true } = options;
  checkDomain(FN, 'domain', domain, false);
  checkType(typeof cellText === 'boolean', `${FN}: cellText must be true or false`, cellText);
  checkData(FN, data);
  const tensor = readTensor(FN, '', data, 2);
  const rows = readNames(FN, 'rows', data.rows, tensor.shape[0]!);
  const columns = readNames(FN, 'columns', data.columns, tensor.shape[1]!);
  const range = rangeOf(tensor);
  const { scheme = range.from < 0 ? 'diverging' : 'inferno' } = options;
  checkChoice(FN, 'scheme', scheme, ['diverging', 'inferno']);
  const { xLabel = columns === undefined ? 'column' : '', yLabel = rows === undefined ? 'row' : '' } = options;
  const cells: Cells = {
    ...blocksOf(tensor, MOST),
    rows: { count: tensor.shape[0]!, names: rows, label: yLabel },
    columns: { count: tensor.shape[1]!, names: columns, label: xLabel },
    scale: scaleOf(scheme, domain, range),
    notes: cellText ? [3, 2].map((digits) => (value: number) => formatNumber(value, digits)) : [],
  };
  return makeFigure({
    chart: 'heatmap',
    title,
    description: describe(tensor, cells, range),
    table: () => cellTable(cells),
    options,
    ...cellParts(cells),
  });
}

function scaleOf(scheme: MatrixScheme, domain: HeatmapOptions['domain'], { from, to }: Range): ColorScale {
  if (scheme === 'inferno') return infernoScale(domain ?? domainOf([from, to], 'linear'), [from, to]);
  const most = Math.max(Math.abs(from), Math.abs(to)) || 1;
  return divergingScale(domain ?? [-most, most], [from, to]);
}

function describe({ values, shape }: Tensor, cells: Cells, { lowest, highest }: Range): string {
  const [rows, columns] = shape as [number, number];
  const nameOf = ({ names }: { names?: readonly string[] | undefined }, kind: string, i: number) =>
    names?.[i] ?? `${kind} ${i}`;
  const at = (i: number) => {
    const place = [nameOf(cells.rows, 'row', Math.floor(i / columns)), nameOf(cells.columns, 'column', i % columns)];
    return `${formatNumber(values[i]!)} (${place.join(', ')})`;
  };
  const range =
    lowest < 0
      ? 'No value can be drawn'
      : values[lowest] === values[highest]
        ? `All are ${formatNumber(values[lowest]!)}`
        : `Lowest ${at(lowest)}, highest ${at(highest)}`;
  const odd = describeOdd(values);
  const block = blockText(cells);
  return [
    `${countText(rows)} × ${countText(columns)} values`,
    range,
    ...(odd === '' ? [] : [`Gray: ${odd}`]),
    ...(block === '' ? [] : [`${block[0]!.toUpperCase()}${block.slice(1)}`]),
  ]
    .map((sentence) => `${sentence}.`)
    .join(' ');
}
