import { type Figure, makeFigure } from '../marks/figure.ts';
import type { Size } from '../marks/frame.ts';
import { spread } from '../marks/many.ts';
import { checkFigureOptions, type FigureOptions } from '../marks/options.ts';
import { planeIn } from '../marks/plane.ts';
import type { SvgNode } from '../marks/tree.ts';
import { type AxisOptions, axisOptions, checkAxes } from './axis-options.ts';
import {
  describeLines,
  type Line,
  type LineSeries,
  lineLegend,
  lineMarks,
  oddPlaces,
  readLines,
  tabulateLines,
} from './lines.ts';

/** Options of {@link lineChart}. */
export interface LineChartOptions extends FigureOptions, AxisOptions {}

// More lines than this nobody tells apart.
const MOST_LINES = 100;

/**
 * Lines over steps: training curves, accuracies, learning rates.
 *
 * Every line has a color of a palette safe for color-blind readers, from the seventh on dashes as well. A value without
 * neighbors, such as one between two NaN, is drawn as a dot. A line breaks where a value is NaN (marked by a cross), infinite
 * (a triangle) or missing (a ring); the marks stand above the plot, that of -Infinity at its lower edge, and the legend and the
 * text alternative say how many there are. A point that has neither position nor value breaks the line without a mark. Of more
 * than 100 lines 100 are drawn, evenly spread; of a line with many points those that make the same picture.
 *
 * @param data - the lines, each with as many `x` as `y`
 * @throws RangeError if there is no line, if lengths differ, `x` does not ascend, or a log scale meets a finite value that is
 * not above 0
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or if an option is
 * unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { lineChart } from '@weightkit/viz';
 * const figure = lineChart({ series: [{ name: 'train', y: [2.3, 0.9, 0.4] }] }, { title: 'Loss', xLabel: 'epoch' });
 * console.log(figure.svg().startsWith('<svg')); // -> true
 * ```
 */
export function lineChart(data: { readonly series: readonly LineSeries[] }, options: LineChartOptions = {}): Figure {
  checkFigureOptions('lineChart', options, axisOptions);
  checkAxes('lineChart', options);
  const { title = 'Lines', xLabel = 'step', yLabel = 'value', xScale = 'linear', yScale = 'linear' } = options;
  const all = readLines('lineChart', data, xScale, yScale);
  const lines = spread(all.length, MOST_LINES).map((i) => all[i]!);
  return makeFigure({
    chart: 'lineChart',
    title,
    description: describeLines(lines, all.length, xLabel, yLabel),
    table: () => tabulateLines(lines, xLabel),
    options,
    legend: lineLegend(lines, all.length),
    plotHeight: (_, headerHeight) => 380 - headerHeight,
    plot: (size) => plot(lines, { ...options, xLabel, yLabel, xScale, yScale }, size),
  });
}

type Resolved = LineChartOptions & Required<Pick<LineChartOptions, 'xLabel' | 'yLabel' | 'xScale' | 'yScale'>>;

function plot(lines: readonly Line[], options: Resolved, size: Size): SvgNode[] {
  const { xScale, yScale, xLabel, yLabel, xDomain, yDomain } = options;
  return planeIn(size, {
    x: {
      label: xLabel,
      scale: xScale,
      domain: xDomain,
      values: lines.flatMap(({ seen }) => seen.xEnds),
      whole: lines.every(({ seen }) => seen.whole),
    },
    y: { label: yLabel, scale: yScale, domain: yDomain, values: lines.flatMap(({ seen }) => seen.yEnds) },
    draw: (plane) => lines.flatMap((line) => lineMarks(line, plane)),
    odd: (x) => oddPlaces(lines, x),
  });
}
