import { checkRange, checkType } from '@weightkit/numerics/check';
import { readNamed } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { countText, spread } from '../marks/many.ts';
import {
  checkChoice,
  checkData,
  checkDomain,
  checkFigureOptions,
  checkTexts,
  type FigureOptions,
} from '../marks/options.ts';
import type { AxisScale } from '../marks/ticks.ts';
import { type ChartValue, cellOf, describeOdd, endsOf, isDrawn, readValue, type Value } from '../marks/values.ts';
import { barParts } from './bars.ts';

/** A layer (or a weight) with one or more values under labels. */
export interface LayerValues {
  /** Name or path. */
  readonly name: string;
  /**
   * Values by label; a layer may lack a label that others have. NaN, infinity and what is missing have no bar: their name
   * stands in its place.
   */
  readonly values: Readonly<Record<string, ChartValue>>;
}

/** Options of {@link layerChart}. */
export interface LayerChartOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue the only label, or 'value' */
  xLabel?: string;
  /** What the x axis spans. @defaultValue the data (with 0 for bars), widened to round numbers */
  xDomain?: readonly [number, number];
  /** Scale of the x axis; a log scale takes values above 0 only. @defaultValue 'linear' */
  xScale?: AxisScale;
  /** Bars from 0 with their values written beside them, or dots on one line per layer. @defaultValue 'bar'; 'dot' on a log scale */
  mark?: 'bar' | 'dot';
}

interface Read {
  names: string[];
  labels: string[];
  /** By label and layer. */
  values: (Value | undefined)[][];
  /** What is said about labels that are left out. */
  remarks: string[];
}

const MOST_LABELS = 24;

const own = ['xLabel', 'xDomain', 'xScale', 'mark'];

/**
 * A value per layer or weight, or several side by side: standard deviations, sparsities, gradient norms before and after.
 *
 * Layers come in the given order from top to bottom; labels have one color each, in order of first appearance. Where there are
 * more than 500 layers or 1000 bars, neighbors share a bar, the largest of them in magnitude, and the figure says so; of more
 * than 24 labels 24 are drawn, evenly spread.
 *
 * @param data - the layers with their values
 * @throws RangeError if there is no layer or no value, a log scale meets a finite value that is not above 0, or `xDomain`
 * leaves out finite values or the zero that bars start from
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, an option is unknown or of the wrong kind, or bars are asked for on a log scale
 *
 * @example
 * ```js
 * import { layerChart } from '@weightkit/viz';
 * const layers = [{ name: 'dense/kernel', values: { std: 0.05 } }, { name: 'dense_1/kernel', values: { std: 0.1 } }];
 * console.log(layerChart({ layers }, { title: 'Spread' }).table.columns.join()); // -> name,std
 * ```
 */
export function layerChart(data: { readonly layers: readonly LayerValues[] }, options: LayerChartOptions = {}): Figure {
  checkFigureOptions('layerChart', options, own);
  const { title = 'Values by layer', xScale = 'linear', mark = xScale === 'log' ? 'dot' : 'bar', xDomain } = options;
  checkOptions(options, xScale, mark);
  const read = readLayers(data, xScale);
  const { xLabel = read.labels.length === 1 ? read.labels[0]! : 'value' } = options;
  if (xDomain !== undefined) checkInside(read, xDomain, mark);
  const { remark, ...parts } = barParts({
    ...read,
    mark,
    scale: xScale,
    domain: xDomain,
    xLabel,
    note: (value) => formatNumber(value),
  });
  return makeFigure({
    chart: 'layerChart',
    title,
    description: describe(read) + remark,
    table: () => ({
      columns: ['name', ...read.labels],
      rows: read.names.map((name, i) => [
        name,
        ...read.values.map(({ [i]: value }) => (value === undefined ? '' : cellOf(value))),
      ]),
    }),
    options,
    ...parts,
  });
}

function checkOptions(options: LayerChartOptions, xScale: AxisScale, mark: string): void {
  checkTexts('layerChart', options, ['xLabel']);
  checkChoice('layerChart', 'xScale', xScale, ['linear', 'log']);
  checkChoice('layerChart', 'mark', mark, ['bar', 'dot']);
  const noZero = mark === 'bar' && xScale === 'log';
  checkType(!noZero, "layerChart: mark must be 'dot' on a log scale, which has no 0 for bars to start from", mark);
  checkDomain('layerChart', 'xDomain', options.xDomain, xScale === 'log');
}

function readLayers(data: { readonly layers: readonly LayerValues[] }, xScale: AxisScale): Read {
  const fn = 'layerChart';
  checkData(fn, data);
  const found = new Set<string>();
  const names = readNamed(fn, 'layers', data.layers, ({ name, values }, { where }) => {
    if (typeof values !== 'object' || values === null)
      checkType(false, `${fn}: ${where('values')} must be an object of numbers by label`, values);
    for (const label of Object.keys(values)) {
      const raw = values[label];
      const value = typeof raw === 'number' ? raw : readValue(fn, `${where('values')}[${JSON.stringify(label)}]`, raw);
      if (xScale === 'log' && isDrawn(value) && value <= 0)
        checkRange(false, `${fn}: values must be above 0 on a log scale`, `${value} at ${name}, ${label}`);
      found.add(label);
    }
    return name;
  });
  const all = [...found];
  checkRange(all.length > 0, `${fn}: layers must have at least one value`, data.layers);
  const labels = spread(all.length, MOST_LABELS).map((i) => all[i]!);
  const some = `${labels.length} of ${countText(all.length)} labels are drawn`;
  const readAt = ({ values }: LayerValues, label: string) =>
    Object.hasOwn(values, label) ? readValue(fn, label, values[label]) : undefined;
  return {
    names,
    labels,
    values: labels.map((label) => data.layers.map((layer) => readAt(layer, label))),
    remarks: labels.length < all.length ? [some] : [],
  };
}

function checkInside({ values }: Read, domain: readonly [number, number], mark: string): void {
  for (const value of [...endsOf(...values), ...(mark === 'bar' ? [0] : [])]) {
    const inside = value >= domain[0] && value <= domain[1];
    const rule = `layerChart: xDomain [${domain.join(', ')}] must hold all values${mark === 'bar' ? ' and 0' : ''}`;
    checkRange(inside, rule, value);
  }
}

function describe({ names, labels, values }: Read): string {
  const told = labels.slice(0, 8).map((label, k) => {
    const column = values[k]!;
    const at = (value: number) => `${formatNumber(value)} (${names[column.indexOf(value)]})`;
    const [least, most] = endsOf(column);
    const range = () => (least === most ? at(least!) : `lowest ${at(least!)}, highest ${at(most!)}`);
    const odd = describeOdd(column);
    return `${label}: ${[least === undefined ? 'no value' : range(), ...(odd === '' ? [] : [odd])].join('; ')}.`;
  });
  const more = labels.length > 8 ? ` And ${countText(labels.length - 8)} labels more.` : '';
  const count = names.length === 1 ? 'One entry' : `${countText(names.length)} entries`;
  return `${count}. ${told.join(' ')}${more}`;
}
