import { checkRange } from '@weightkit/numerics/check';
import { type Entry, eachEntry } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { type LegendEntry, saidEntries } from '../marks/header.ts';
import { said } from '../marks/hints.ts';
import { countText, groupSize } from '../marks/many.ts';
import { checkData, checkEntries, checkFigureOptions, checkTexts, type FigureOptions } from '../marks/options.ts';
import { type ChartValue, cellOf, endsOf, isDrawn, type Value } from '../marks/values.ts';
import { apart, FROM, furthest, type PairOfValues, pairHeight, plotPairs, TO } from './pairs.ts';

/** How large the gradient of a layer is. */
export interface LayerGradient {
  /** Name or path. */
  readonly name: string;
  /** Mean of the magnitudes of its entries, 0 or above. */
  readonly mean: ChartValue;
  /** The largest magnitude. */
  readonly max: ChartValue;
}

/** Gradients by layer. */
export interface GradientFlowData {
  /** The layers, from the input to the output, one or more. */
  readonly layers: readonly LayerGradient[];
}

/** Options of {@link gradientFlow}. */
export interface GradientFlowOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue '|gradient|' */
  xLabel?: string;
}

/** Layers that were read, a list for each of what they have. */
interface Layers {
  names: string[];
  mean: Value[];
  max: Value[];
}

const MOST_LAYERS = 200;
const MOST_TOLD = 24;

/**
 * How large gradients are from layer to layer, on a log axis: the mean and the largest magnitude of each, and a line through the means,
 * which leans to the left where gradients vanish and to the right where they explode.
 *
 * A log axis has no place for 0, a NaN, infinity or what is missing: they are named beside the layer, and the line breaks. Of more than 200
 * layers neighbors share a row, which shows the pair that is furthest apart, and the figure says so.
 *
 * @param data - the layers
 * @throws RangeError if there is no layer, or a finite value is below 0
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of
 * the wrong kind
 *
 * @example
 * ```js
 * import { gradientFlow } from '@weightkit/viz';
 * const layers = [{ name: 'conv', mean: 1e-6, max: 1e-4 }, { name: 'dense', mean: 0.01, max: 0.3 }];
 * console.log(gradientFlow({ layers }).table.columns.join()); // -> layer,mean,max
 * ```
 */
export function gradientFlow(data: GradientFlowData, options: GradientFlowOptions = {}): Figure {
  const fn = 'gradientFlow';
  checkFigureOptions(fn, options, ['xLabel']);
  checkTexts(fn, options, ['xLabel']);
  const { title = 'Gradients by layer', xLabel = '|gradient|' } = options;
  const layers = readLayers(fn, data);
  const count = layers.names.length;
  const many = groupSize(count, MOST_LAYERS);
  const shown = furthest(count, many, (i) => apart(placed(layers.mean[i]!), placed(layers.max[i]!)));
  const rows = shown.map((i) => rowAt(layers, i));
  const notes = shown.map((i) => noteAt(layers, i));
  const remark = many > 1 ? [`each row is one of up to ${many} of ${countText(count)} layers`] : [];
  const entries: LegendEntry[] = [
    { name: 'mean', mark: 'dot', color: FROM },
    { name: 'max', mark: 'dot', color: TO },
    ...saidEntries(remark),
  ];
  return makeFigure({
    chart: 'gradientFlow',
    title,
    description: describe(layers, xLabel, remark),
    table: () => ({
      columns: ['layer', 'mean', 'max'],
      rows: layers.names.map((name, i) => [name, cellOf(layers.mean[i]!), cellOf(layers.max[i]!)]),
    }),
    options,
    legend: { kind: 'names', entries },
    plotHeight: (width) => pairHeight(rows, width),
    plot: (size) => plotPairs(rows, { xLabel, from: 'mean', to: 'max', scale: 'log', notes, flow: true }, size),
  });
}

function readLayers(fn: string, data: GradientFlowData): Layers {
  checkData(fn, data);
  checkEntries(fn, 'layers', data.layers);
  const count = data.layers.length;
  const layers: Layers = { names: new Array(count), mean: new Array(count), max: new Array(count) };
  const visit = ({ name }: LayerGradient, { value, where }: Entry<LayerGradient>, i: number) => {
    layers.names[i] = name;
    for (const key of ['mean', 'max'] as const) {
      const size = value(key);
      if (isDrawn(size) && size < 0) checkRange(false, `${fn}: ${where(key)} must be at least 0`, size);
      layers[key][i] = size;
    }
  };
  eachEntry(fn, 'layers', data.layers, visit, true);
  return layers;
}

/** What has a place on a log axis. */
const placed = (value: Value) => (isDrawn(value) && value > 0 ? value : null);

const rowAt = ({ names, mean, max }: Layers, i: number): PairOfValues => ({
  name: names[i]!,
  from: placed(mean[i]!),
  to: placed(max[i]!),
  interval: undefined,
});

/** In words what of a layer has no place there. */
const noteAt = (layers: Layers, i: number) =>
  (['mean', 'max'] as const)
    .flatMap((key) => (placed(layers[key][i]!) === null ? [`${key} ${said(layers[key][i]!)}`] : []))
    .join('; ');

function describe({ names, mean: means, max }: Layers, xLabel: string, remarks: readonly string[]): string {
  const at = (mean: number) => `${formatNumber(mean)} (${names[means.indexOf(mean)]})`;
  const [least, most] = endsOf(means);
  const span = least === undefined ? 'no mean' : `the least mean ${at(least)}, the largest ${at(most!)}`;
  const told = names.slice(0, MOST_TOLD).map((name, i) => `${name} mean ${said(means[i]!)}, max ${said(max[i]!)}`);
  const left = names.length > MOST_TOLD ? `, and ${countText(names.length - MOST_TOLD)} more` : '';
  const count = names.length === 1 ? 'One layer' : `${countText(names.length)} layers`;
  return [
    `${count}, ${xLabel} by layer: ${span}.`,
    ...remarks.map((remark) => `${remark}.`),
    `${told.join('; ')}${left}.`,
  ].join(' ');
}
