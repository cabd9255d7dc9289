import { checkNumber } from '@weightkit/numerics/check';
import { readNamed } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { countText, largest } from '../marks/many.ts';
import { checkData, checkFigureOptions, checkTexts, type FigureOptions } from '../marks/options.ts';
import { type ChartValue, cellOf, describeOdd, drawn, isDrawn, oddName, type Value } from '../marks/values.ts';
import { barParts } from './bars.ts';
import { type Interval, readInterval } from './interval.ts';

/** How much a feature, a unit or a layer matters. */
export interface Importance {
  /** What it is called. */
  readonly name: string;
  /** How much it matters; below 0 where it counts against. */
  readonly value: ChartValue;
  /** An interval around the value, from its lower to its upper end. @defaultValue none */
  readonly interval?: readonly [ChartValue, ChartValue];
}

/** Importances to compare. */
export interface ImportanceChartData {
  /** The importances in any order, one or more. */
  readonly importances: readonly Importance[];
}

/** Options of {@link importanceChart}. */
export interface ImportanceChartOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'importance' */
  xLabel?: string;
  /** How many bars are drawn, of the largest in magnitude: a whole number in [1, 500]. @defaultValue 30 */
  most?: number;
}

interface Row {
  name: string;
  value: Value;
  interval: Interval | undefined;
}

const MOST_TOLD = 12;

/**
 * Importances as bars, the largest in magnitude first: of features, of units, of layers. Those above 0 are blue, those below vermilion,
 * with a line for an interval.
 *
 * Equal magnitudes stay in the given order. In place of a value that is NaN, infinite or missing its name stands, below all others. Only
 * the `most` first are drawn, and the figure says so; the table has all.
 *
 * @param data - the importances
 * @throws RangeError if there is no importance, an interval ends below its start, or `most` is not a whole number in [1, 500]
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of
 * the wrong kind
 *
 * @example
 * ```js
 * import { importanceChart } from '@weightkit/viz';
 * const importances = [{ name: 'age', value: 0.1 }, { name: 'height', value: -0.4 }, { name: 'weight', value: 0.3 }];
 * console.log(importanceChart({ importances }).table.rows.map(([name]) => name).join()); // -> height,weight,age
 * ```
 */
export function importanceChart(data: ImportanceChartData, options: ImportanceChartOptions = {}): Figure {
  const fn = 'importanceChart';
  checkFigureOptions(fn, options, ['xLabel', 'most']);
  checkTexts(fn, options, ['xLabel']);
  const { title = 'Importances', xLabel = 'importance', most = 30 } = options;
  checkNumber(`${fn}: most must be a whole number in [1, 500]`, most, (x) => Number.isInteger(x) && x >= 1 && x <= 500);
  const rows = readRows(fn, data);
  const top = largest(rows, Math.max(most, MOST_TOLD), sizeOf).map((i) => rows[i]!);
  const shown = top.slice(0, most);
  const labels = shown.some(({ value }) => isDrawn(value) && value < 0) ? ['above 0', 'below 0'] : ['above 0'];
  const some = `the first ${countText(shown.length)} of ${countText(rows.length)} by size are drawn`;
  const { remark, ...parts } = barParts({
    names: shown.map(({ name }) => name),
    labels,
    values: labels.map((_, label) =>
      shown.map(({ value }) => (label === (isBelow(value) ? 1 : 0) ? value : undefined)),
    ),
    intervals: shown.map(({ interval }) => interval),
    together: true,
    mark: 'bar',
    scale: 'linear',
    xLabel,
    note: (value, i) => [formatNumber(value), ...oddEnds(shown[i]!)].join('; '),
    remarks: shown.length < rows.length ? [some] : [],
  });
  return makeFigure({
    chart: 'importanceChart',
    title,
    description: describe(rows, top) + remark,
    table: () => tabulate(rows, xLabel),
    options,
    ...parts,
  });
}

const isBelow = (value: Value) => isDrawn(value) && value < 0;

/** What of an interval is not there, in words. */
const oddEnds = ({ interval }: Row): string[] => {
  const odd = (interval ?? []).filter((end) => !isDrawn(end));
  return odd.length === 0 ? [] : [`interval ${odd.map(oddName).join(', ')}`];
};

/** What rows are sorted by: the largest in magnitude first, those without a value last. */
const sizeOf = ({ value }: Row) => (isDrawn(value) ? Math.abs(value) : -1);

function readRows(fn: string, data: ImportanceChartData): Row[] {
  checkData(fn, data);
  return readNamed(
    fn,
    'importances',
    data.importances,
    ({ name, interval }, { value, where }): Row => ({
      name,
      value: value('value'),
      interval: readInterval(fn, where, interval),
    }),
  );
}

function tabulate(rows: readonly Row[], xLabel: string) {
  const withIntervals = rows.some(({ interval }) => interval !== undefined);
  const ends = ({ interval }: Row) => (withIntervals ? (interval?.map(cellOf) ?? ['', '']) : []);
  return {
    columns: ['name', xLabel, ...(withIntervals ? ['low', 'high'] : [])],
    rows: largest(rows, rows.length, sizeOf).map((i) => [rows[i]!.name, cellOf(rows[i]!.value), ...ends(rows[i]!)]),
  };
}

function describe(rows: readonly Row[], top: readonly Row[]): string {
  let [known, below] = [0, 0];
  const odd: Value[] = [];
  for (const { value, interval } of rows) {
    if (isDrawn(value)) known++;
    else odd.push(value);
    if (isBelow(value)) below++;
    if (interval) odd.push(...interval.filter((end) => !isDrawn(end)));
  }
  const first = top.slice(0, MOST_TOLD).filter(({ value }) => isDrawn(value));
  const told = first.map(({ name, value, interval }) => {
    const ends = drawn(interval ?? []);
    const around = ends.length === 2 ? ` (${ends.map((end) => formatNumber(end)).join(' to ')})` : '';
    return `${name} ${formatNumber(value!)}${around}`;
  });
  const left = known > MOST_TOLD ? `, and ${countText(known - MOST_TOLD)} more` : '';
  const gone = describeOdd(odd);
  return [
    rows.length === 1 ? 'One importance.' : `${countText(rows.length)} importances.`,
    told.length === 0 ? 'None has a value.' : `By size: ${told.join(', ')}${left}.`,
    ...(below > 0 ? [`${countText(below)} below 0.`] : []),
    ...(gone === '' ? [] : [`Not drawn: ${gone}.`]),
  ].join(' ');
}
