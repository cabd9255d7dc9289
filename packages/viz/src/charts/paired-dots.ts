import { checkRange } from '@weightkit/numerics/check';
import { readNamed } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { type Legend, type LegendEntry, saidEntries } from '../marks/header.ts';
import { countText, groupSize } from '../marks/many.ts';
import {
  checkChoice,
  checkData,
  checkDomain,
  checkFigureOptions,
  checkTexts,
  type FigureOptions,
} from '../marks/options.ts';
import type { Table } from '../marks/table.ts';
import type { AxisScale } from '../marks/ticks.ts';
import { type ChartValue, cellOf, isDrawn, oddName, type Value } from '../marks/values.ts';
import { readInterval } from './interval.ts';
import { apart, FROM, furthest, type PairOfValues, pairHeight, plotPairs, TO } from './pairs.ts';

/** Something measured twice. */
export interface PairedRow {
  /** What was measured. */
  readonly name: string;
  /** The value before, or of the first of two things. */
  readonly from: ChartValue;
  /** The value after, or of the second. */
  readonly to: ChartValue;
  /** An interval around `to`, from its lower to its upper end. @defaultValue none */
  readonly interval?: readonly [ChartValue, ChartValue];
}

/** Rows of two values. */
export interface PairedDotsData {
  /** The rows, from top to bottom, one or more. */
  readonly rows: readonly PairedRow[];
}

/** Options of {@link pairedDots}. */
export interface PairedDotsOptions extends FigureOptions {
  /** What the legend calls `from`. @defaultValue 'before' */
  fromLabel?: string;
  /** What the legend calls `to`. @defaultValue 'after' */
  toLabel?: string;
  /** Name of the x axis. @defaultValue 'value' */
  xLabel?: string;
  /** What the x axis spans; it must hold all values. @defaultValue the data, widened to round numbers */
  xDomain?: readonly [number, number];
  /** Scale of the x axis; a log scale takes values above 0 only, and changes are factors. @defaultValue 'linear' */
  xScale?: AxisScale;
}

interface Words {
  from: string;
  to: string;
  xLabel: string;
  scale: AxisScale;
  domain: readonly [number, number] | undefined;
}

const MOST_ROWS = 500;
const MOST_TOLD = 24;

/**
 * Pairs of values as two dots on a line: each layer before and after, each task by two models.
 *
 * Beside a row stands how much it changed, on a log scale the factor. In place of a value that is NaN, infinite or missing its name
 * stands there. Of more than 500 rows neighbors share one, which shows the pair that is furthest apart, and the figure says so.
 *
 * @param data - the rows
 * @throws RangeError if there is no row, an interval ends below its start, `xDomain` leaves out finite values, or a log scale meets a
 * finite value that is not above 0
 * @throws TypeError if a value is neither a number nor one of the texts for NaN and infinity nor missing, or an option is unknown or of
 * the wrong kind
 *
 * @example
 * ```js
 * import { pairedDots } from '@weightkit/viz';
 * const rows = [{ name: 'dense', from: 0.91, to: 0.9, interval: [0.88, 0.92] }, { name: 'conv', from: 0.95, to: 0.97 }];
 * console.log(pairedDots({ rows }).table.rows[1].slice(0, 3).join()); // -> conv,0.95,0.97
 * ```
 */
export function pairedDots(data: PairedDotsData, options: PairedDotsOptions = {}): Figure {
  const fn = 'pairedDots';
  checkFigureOptions(fn, options, ['fromLabel', 'toLabel', 'xLabel', 'xDomain', 'xScale']);
  checkTexts(fn, options, ['fromLabel', 'toLabel', 'xLabel']);
  const { title = 'Pairs', fromLabel: from = 'before', toLabel: to = 'after' } = options;
  const { xLabel = 'value', xScale: scale = 'linear', xDomain: domain } = options;
  checkChoice(fn, 'xScale', scale, ['linear', 'log']);
  checkDomain(fn, 'xDomain', domain, scale === 'log');
  const rows = readRows(fn, data, scale, domain);
  const many = groupSize(rows.length, MOST_ROWS);
  const shown = furthest(rows, many, ({ from, to }) => apart(from, to));
  const remark =
    many > 1 ? `each row is the pair furthest apart of up to ${many} of ${countText(rows.length)}` : undefined;
  const words = { from, to, xLabel, scale, domain };
  return makeFigure({
    chart: 'pairedDots',
    title,
    description: describe(rows, words, remark),
    table: () => tabulate(rows, words),
    options,
    legend: legendOf(shown, words, remark),
    plotHeight: (width) => pairHeight(shown, width),
    plot: (size) => plotPairs(shown, { ...words, notes: shown.map((row) => noteOf(row, words)) }, size),
  });
}

function readRows(fn: string, data: PairedDotsData, scale: AxisScale, domain: Words['domain']): PairOfValues[] {
  checkData(fn, data);
  const [least, most] = domain ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return readNamed(fn, 'rows', data.rows, (row, { value, where }): PairOfValues => {
    const [from, to] = [value('from'), value('to')];
    const interval = readInterval(fn, where, row.interval);
    const check = (value: Value) => {
      if (!isDrawn(value)) return;
      const got = () => `${value} at ${where()}`;
      if (scale === 'log' && value <= 0) checkRange(false, `${fn}: values must be above 0 on a log scale`, got());
      if (value < least || value > most)
        checkRange(false, `${fn}: xDomain [${domain!.join(', ')}] must hold all values`, got());
    };
    check(from);
    check(to);
    interval?.forEach(check);
    return { name: row.name, from, to, interval };
  });
}

/** How much a row changed: `+0.12`, or `×1.5`. */
function changeText({ from, to }: PairOfValues, scale: AxisScale): string {
  if (!isDrawn(from) || !isDrawn(to)) return '';
  const change = scale === 'log' ? to / from : to - from;
  if (!Number.isFinite(change)) return '';
  if (scale === 'log') return `×${formatNumber(change)}`;
  return change > 0 ? `+${formatNumber(change)}` : formatNumber(change);
}

/** What of a row is not drawn, in words. */
function oddText({ from, to, interval }: PairOfValues, words: Pick<Words, 'from' | 'to'>): string {
  const ends = (interval ?? []).filter((end) => !isDrawn(end));
  return [
    ...(isDrawn(from) ? [] : [`${words.from} ${oddName(from)}`]),
    ...(isDrawn(to) ? [] : [`${words.to} ${oddName(to)}`]),
    ...(ends.length === 0 ? [] : [`interval ${ends.map(oddName).join(', ')}`]),
  ].join('; ');
}

const noteOf = (row: PairOfValues, words: Words) =>
  [changeText(row, words.scale), oddText(row, words)].filter((text) => text !== '').join('; ');

function legendOf(rows: readonly PairOfValues[], words: Words, remark: string | undefined): Legend {
  const interval: LegendEntry = { name: `interval of ${words.to}`, mark: 'line', color: TO };
  const told = saidEntries(remark === undefined ? [] : [remark]);
  return {
    kind: 'names',
    entries: [
      { name: words.from, mark: 'dot', color: FROM },
      { name: words.to, mark: 'dot', color: TO },
      ...(rows.some((row) => row.interval !== undefined) ? [interval] : []),
      ...told,
    ],
  };
}

function describe(rows: readonly PairOfValues[], words: Words, remark: string | undefined): string {
  const told = rows.slice(0, MOST_TOLD).map((row) => {
    const size = (value: Value) => (isDrawn(value) ? formatNumber(value) : oddName(value));
    const ends = row.interval?.map(size).join(' to ');
    const change = changeText(row, words.scale);
    const more = [...(change === '' ? [] : [change]), ...(ends === undefined ? [] : [`interval ${ends}`])];
    return `${row.name} ${size(row.from)} to ${size(row.to)}${more.length === 0 ? '' : ` (${more.join(', ')})`}`;
  });
  const left = rows.length > MOST_TOLD ? `, and ${countText(rows.length - MOST_TOLD)} more` : '';
  let [pairs, rose, fell] = [0, 0, 0];
  for (const { from, to } of rows) {
    if (!isDrawn(from) || !isDrawn(to)) continue;
    pairs++;
    if (to > from) rose++;
    else if (to < from) fell++;
  }
  const count = rows.length === 1 ? 'One pair' : `${countText(rows.length)} pairs`;
  const ways = `${countText(rose)} higher, ${countText(fell)} lower, ${countText(pairs - rose - fell)} equal`;
  const lost = rows.length > pairs ? `, ${countText(rows.length - pairs)} without both values` : '';
  const said = remark === undefined ? '' : ` ${remark[0]!.toUpperCase()}${remark.slice(1)}.`;
  return `${count} of ${words.xLabel}, from ${words.from} to ${words.to}: ${ways}${lost}.${said} ${told.join('; ')}${left}.`;
}

function tabulate(rows: readonly PairOfValues[], { from, to }: Words): Table {
  const withIntervals = rows.some(({ interval }) => interval !== undefined);
  const ends = (row: PairOfValues) => (withIntervals ? (row.interval?.map(cellOf) ?? ['', '']) : []);
  return {
    columns: ['name', from, to, ...(withIntervals ? [`${to}, low`, `${to}, high`] : [])],
    rows: rows.map((row) => [row.name, cellOf(row.from), cellOf(row.to), ...ends(row)]),
  };
}
