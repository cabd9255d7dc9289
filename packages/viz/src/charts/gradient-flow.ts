import { checkRange, checkType } from '@weightkit/numerics/check';
import { ink } from '../marks/colors.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import type { LegendEntry } from '../marks/header.ts';
import { countText, grouped, groupSize } from '../marks/many.ts';
import { checkData, checkEntries, checkFigureOptions, checkTexts, type FigureOptions } from '../marks/options.ts';
import { type ChartValue, cellOf, isDrawn, oddName, readValue, type Value } from '../marks/values.ts';
import { apart, FROM, type PairOfValues, pairHeight, plotPairs, TO } from './pairs.ts';

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

interface Layer {
  name: string;
  mean: Value;
  max: Value;
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
  const many = groupSize(layers.length, MOST_LAYERS);
  const rows = grouped(layers.map(rowOf), many).map((some) =>
    some.reduce((most, row) => (apart(row) > apart(most) ? row : most)),
  );
  const remark = many > 1 ? [`each row is one of up to ${many} of ${countText(layers.length)} layers`] : [];
  const entries: LegendEntry[] = [
    { name: 'mean', mark: 'dot', color: FROM },
    { name: 'max', mark: 'dot', color: TO },
    ...remark.map((name): LegendEntry => ({ name, mark: 'none', color: ink.text })),
  ];
  return makeFigure({
    chart: 'gradientFlow',
    title,
    description: describe(layers, xLabel, remark),
    table: () => ({
      columns: ['layer', 'mean', 'max'],
      rows: layers.map(({ name, mean, max }) => [name, cellOf(mean), cellOf(max)]),
    }),
    options,
    legend: { kind: 'names', entries },
    plotHeight: (width) => pairHeight(rows, width),
    plot: (size) =>
      plotPairs(
        rows,
        { xLabel, from: 'mean', to: 'max', scale: 'log', notes: rows.map(({ note }) => note), flow: true },
        size,
      ),
  });
}

function readLayers(fn: string, data: GradientFlowData): Layer[] {
  checkData(fn, data);
  checkEntries(fn, 'layers', data.layers);
  return data.layers.map((layer, i) => {
    const where = `layers[${i}]`;
    checkType(typeof layer?.name === 'string', `${fn}: ${where}.name must be a text`, layer?.name);
    const read = (key: 'mean' | 'max') => {
      const value = readValue(fn, `${where}.${key}`, layer[key]);
      checkRange(!isDrawn(value) || value >= 0, `${fn}: ${where}.${key} must be at least 0`, value);
      return value;
    };
    return { name: layer.name, mean: read('mean'), max: read('max') };
  });
}

/** What of a layer has a place on a log axis, and in words what has none. */
function rowOf({ name, mean, max }: Layer): PairOfValues & { note: string } {
  const placed = (value: Value) => (isDrawn(value) && value > 0 ? value : null);
  const note = (label: string, value: Value) => (placed(value) === null ? [`${label} ${textOf(value)}`] : []);
  const notes = [...note('mean', mean), ...note('max', max)];
  return { name, from: placed(mean), to: placed(max), interval: undefined, note: notes.join('; ') };
}

const textOf = (value: Value) => (isDrawn(value) ? formatNumber(value) : oddName(value));

function describe(layers: readonly Layer[], xLabel: string, remarks: readonly string[]): string {
  const known = layers.filter(({ mean }) => isDrawn(mean));
  const by = (better: (a: number, b: number) => boolean) =>
    known.reduce((best, layer) => (better(layer.mean!, best.mean!) ? layer : best), known[0]!);
  const least = known.length === 0 ? undefined : by((a, b) => a < b);
  const most = known.length === 0 ? undefined : by((a, b) => a > b);
  const span =
    least === undefined || most === undefined
      ? 'no mean'
      : `the least mean ${formatNumber(least.mean!)} (${least.name}), the largest ${formatNumber(most.mean!)} (${most.name})`;
  const told = layers
    .slice(0, MOST_TOLD)
    .map(({ name, mean, max }) => `${name} mean ${textOf(mean)}, max ${textOf(max)}`);
  const left = layers.length > MOST_TOLD ? `, and ${countText(layers.length - MOST_TOLD)} more` : '';
  const count = layers.length === 1 ? 'One layer' : `${countText(layers.length)} layers`;
  return [
    `${count}, ${xLabel} by layer: ${span}.`,
    ...remarks.map((remark) => `${remark}.`),
    `${told.join('; ')}${left}.`,
  ].join(' ');
}
