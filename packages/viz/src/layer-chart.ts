import { checkRange, checkType } from '@weightkit/numerics/check';
import type { AxisScale } from './axes.ts';
import { barParts } from './bars.ts';
import { type Figure, makeFigure } from './figure.ts';
import { formatNumber } from './format.ts';
import { checkChoice, checkDomain, checkFigureOptions, checkList, checkTexts, type FigureOptions } from './options.ts';

/** A layer (or a weight) with one or more values under labels. */
export interface LayerValues {
  /** Name or path. */
  readonly name: string;
  /** Finite values by label; a layer may lack a label that others have. */
  readonly values: Readonly<Record<string, number>>;
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
  values: (number | undefined)[][];
}

const own = ['xLabel', 'xDomain', 'xScale', 'mark'];

/**
 * A value per layer, or several side by side: standard deviations, sparsities, gradient norms before and after.
 *
 * Layers come in the given order from top to bottom; labels have one color each, in order of first appearance.
 *
 * @param data - the layers with their values
 * @throws RangeError if there is no layer or no value, a value is not finite, a log scale meets a value that is not above
 * 0, or `xDomain` leaves out values or the zero that bars start from
 * @throws TypeError if an option is unknown or of the wrong kind, or bars are asked for on a log scale
 *
 * @example
 * ```js
 * import { layerChart } from '@weightkit/viz';
 * const layers = [{ name: 'dense/kernel', values: { std: 0.05 } }, { name: 'dense_1/kernel', values: { std: 0.1 } }];
 * console.log(layerChart({ layers }, { title: 'Spread' }).table.columns.join()); // -> layer,std
 * ```
 */
export function layerChart(data: { readonly layers: readonly LayerValues[] }, options: LayerChartOptions = {}): Figure {
  const { title = 'Values by layer', xScale = 'linear', mark = xScale === 'log' ? 'dot' : 'bar', xDomain } = options;
  checkOptions(options, xScale, mark);
  const read = readLayers(data, xScale);
  const { xLabel = read.labels.length === 1 ? read.labels[0]! : 'value' } = options;
  if (xDomain !== undefined) checkInside(read, xDomain, mark);
  return makeFigure({
    title,
    description: describe(read),
    table: {
      columns: ['layer', ...read.labels],
      rows: read.names.map((name, i) => [name, ...read.values[i]!.map((value) => value ?? '')]),
    },
    options,
    ...barParts({
      ...read,
      mark,
      scale: xScale,
      domain: xDomain,
      xLabel,
      format: formatNumber,
      note: (value) => formatNumber(value),
    }),
  });
}

function checkOptions(options: LayerChartOptions, xScale: AxisScale, mark: string): void {
  checkFigureOptions('layerChart', options, own);
  checkTexts('layerChart', options, ['xLabel']);
  checkChoice('layerChart', 'xScale', xScale, ['linear', 'log']);
  checkChoice('layerChart', 'mark', mark, ['bar', 'dot']);
  const noZero = mark === 'bar' && xScale === 'log';
  checkType(!noZero, "layerChart: mark must be 'dot' on a log scale, which has no 0 for bars to start from", mark);
  checkDomain('layerChart', 'xDomain', options.xDomain, xScale === 'log');
}

function readLayers(data: { readonly layers: readonly LayerValues[] }, xScale: AxisScale): Read {
  const fn = 'layerChart';
  checkList(fn, 'layers', data?.layers);
  data.layers.forEach((layer, i) => {
    checkType(typeof layer?.name === 'string', `${fn}: layers[${i}].name must be a text`, layer?.name);
    const ok = typeof layer.values === 'object' && layer.values !== null;
    checkType(ok, `${fn}: layers[${i}].values must be an object of numbers by label`, layer.values);
    for (const [label, value] of Object.entries(layer.values)) {
      const rule = `${fn}: values must be finite${xScale === 'log' ? ' and above 0 on a log scale' : ''}`;
      const fine = Number.isFinite(value) && (xScale !== 'log' || value > 0);
      checkRange(fine, rule, `${value} at ${layer.name}, ${label}`);
    }
  });
  const labels = [...new Set(data.layers.flatMap(({ values }) => Object.keys(values)))];
  checkRange(labels.length > 0, `${fn}: layers must have at least one value`, data.layers);
  const valuesOf = ({ values }: LayerValues) =>
    labels.map((label) => (Object.hasOwn(values, label) ? values[label] : undefined));
  return { names: data.layers.map(({ name }) => name), labels, values: data.layers.map(valuesOf) };
}

function checkInside({ values }: Read, domain: readonly [number, number], mark: string): void {
  const shown = values.flat().filter((value) => value !== undefined);
  if (mark === 'bar') shown.push(0);
  for (const value of shown) {
    const inside = value >= domain[0] && value <= domain[1];
    const rule = `layerChart: xDomain [${domain.join(', ')}] must hold all values${mark === 'bar' ? ' and 0' : ''}`;
    checkRange(inside, rule, value);
  }
}

function describe({ names, labels, values }: Read): string {
  const told = labels.map((label, k) => {
    const known = [...names.keys()].filter((i) => values[i]![k] !== undefined);
    const at = (i: number) => `${formatNumber(values[i]![k]!)} (${names[i]})`;
    const least = known.reduce((best, i) => (values[i]![k]! < values[best]![k]! ? i : best));
    const most = known.reduce((best, i) => (values[i]![k]! > values[best]![k]! ? i : best));
    return least === most ? `${label}: ${at(least)}.` : `${label}: lowest ${at(least)}, highest ${at(most)}.`;
  });
  return `${names.length} ${names.length === 1 ? 'layer' : 'layers'}. ${told.join(' ')}`;
}
