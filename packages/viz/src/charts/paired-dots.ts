import { checkRange } from '@weightkit/numerics/check';
import { type Entry, eachEntry } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatNumber } from '../marks/format.ts';
import { type Legend, type LegendEntry, saidEntries } from '../marks/header.ts';
import { countText, groupSize } from '../marks/many.ts';
import {
  checkChoice,
  checkData,
  checkDomain,
  checkEntries,
  checkFigureOptions,
  checkTexts,
  type FigureOptions,
} from '../marks/options.ts';
import type { Table } from '../marks/table.ts';
import type { AxisScale } from '../marks/ticks.ts';
import { type ChartValue, cellOf, isDrawn, oddName, type Value } from '../marks/values.ts';
import { type Interval, readInterval } from './interval.ts';
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

/** Pairs that were read, a list for each of what they have. */
interface Pairs {
  names: string[];
  from: Value[];
  to: Value[];
  /** Undefined where none has one. */
  intervals: (Interval | undefined)[] | undefined;
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
  const count = rows.names.length;
  const many = groupSize(count, MOST_ROWS);
  const shown = furthest(count, many, (i) => apart(rows.from[i]!, rows.to[i]!)).map((i) => pairAt(rows, i));
  const remark = many > 1 ? `each row is the pair furthest apart of up to ${many} of ${countText(count)}` : undefined;
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

const pairAt = ({ names, from, to, intervals }: Pairs, i: number): PairOfValues => ({
  name: names[i]!,
  from: from[i]!,
  to: to[i]!,
  interval: intervals?.[i],
});

function readRows(fn: string, data: PairedDotsData, scale: AxisScale, domain: Words['domain']): Pairs {
  checkData(fn, data);
  checkEntries(fn, 'rows', data.rows);
  const count = data.rows.length;
  const rows: Pairs = { names: new Array(count), from: new Array(count), to: new Array(count), intervals: undefined };
  const [least, most] = domain ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const check = (value: Value, where: () => string) => {
    if (!isDrawn(value)) return;
    const got = () => `${value} at ${where()}`;
    if (scale === 'log' && value <= 0) checkRange(false, `${fn}: values must be above 0 on a log scale`, got());
    if (value < least || value > most)
      checkRange(false, `${fn}: xDomain [${domain!.join(', ')}] must hold all values`, got());
  };
  const visit = (row: PairedRow, { value, where }: Entry<PairedRow>, i: number) => {
    const [from, to] = [value('from'), value('to')];
    const interval = readInterval(fn, where, row.interval);
    check(from, where);
    check(to, where);
    rows.names[i] = row.name;
    rows.from[i] = from;
    rows.to[i] = to;
    if (interval === undefined) return;
    for (const end of interval) check(end, where);
    rows.intervals ??= new Array(count);
    rows.intervals[i] = interval;
  };
  eachEntry(fn, 'rows', data.rows, visit, true);
  return rows;
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

function describe(rows: Pairs, words: Words, remark: string | undefined): string {
  const all = rows.names.length;
  const told = Array.from({ length: Math.min(all, MOST_TOLD) }, (_, i) => {
    const row = pairAt(rows, i);
    const size = (value: Value) => (isDrawn(value) ? formatNumber(value) : oddName(value));
    const ends = row.interval?.map(size).join(' to ');
    const change = changeText(row, words.scale);
    const more = [...(change === '' ? [] : [change]), ...(ends === undefined ? [] : [`interval ${ends}`])];
    return `${row.name} ${size(row.from)} to ${size(row.to)}${more.length === 0 ? '' : ` (${more.join(', ')})`}`;
  });
  const left = all > MOST_TOLD ? `, and ${countText(all - MOST_TOLD)} more` : '';
  let [pairs, rose, fell] = [0, 0, 0];
  for (let i = 0; i < all; i++) {
    const [from, to] = [rows.from[i]!, rows.to[i]!];
    if (!isDrawn(from) || !isDrawn(to)) continue;
    pairs++;
    if (to > from) rose++;
    else if (to < from) fell++;
  }
  const count = all === 1 ? 'One pair' : `${countText(all)} pairs`;
  const ways = `${countText(rose)} higher, ${countText(fell)} lower, ${countText(pairs - rose - fell)} equal`;
  const lost = all > pairs ? `, ${countText(all - pairs)} without both values` : '';
  const said = remark === undefined ? '' : ` ${remark[0]!.toUpperCase()}${remark.slice(1)}.`;
  return `${count} of ${words.xLabel}, from ${words.from} to ${words.to}: ${ways}${lost}.${said} ${told.join('; ')}${left}.`;
}

function tabulate(rows: Pairs, { from, to }: Words): Table {
  const { names, intervals } = rows;
  const ends = (i: number) => (intervals === undefined ? [] : (intervals[i]?.map(cellOf) ?? ['', '']));
  return {
    columns: ['name', from, to, ...(intervals === undefined ? [] : [`${to}, low`, `${to}, high`])],
    rows: names.map((name, i) => [name, cellOf(rows.from[i]!), cellOf(rows.to[i]!), ...ends(i)]),
  };
}
