import { checkRange } from '@weightkit/numerics/check';
import { type Entry, eachEntry } from '../marks/entries.ts';
import { type Figure, makeFigure } from '../marks/figure.ts';
import { formatBytes } from '../marks/format.ts';
import { countText } from '../marks/many.ts';
import { checkData, checkEntries, checkFigureOptions, checkTexts, type FigureOptions } from '../marks/options.ts';
import { type ChartValue, cellOf, isDrawn, oddName, type Value } from '../marks/values.ts';
import { barParts } from './bars.ts';

/** A model file at a stage of its way to a smaller one. */
export interface SizeStage {
  /** What was done up to here, as in `pruned`. */
  readonly name: string;
  /** Bytes of the file; where it is not known (NaN, null), the chart says so. */
  readonly bytes: ChartValue;
  /** Bytes after gzip, left out or undefined where there is none. */
  readonly gzipBytes?: ChartValue;
}

/** Options of {@link sizeChart}. */
export interface SizeChartOptions extends FigureOptions {
  /** Name of the x axis. @defaultValue 'size' */
  xLabel?: string;
}

type Kind = 'bytes' | 'gzipBytes';

/**
 * Bytes per stage, raw and gzipped: how small a model became, and by which step.
 *
 * Sizes are in decimal units (1 kB = 1000 bytes); beside each bar stands its share of the first bar of its kind. Where there
 * are more than 500 stages, neighbors share a bar, the largest of them, and the figure says so.
 *
 * @param data - the stages, first to last
 * @throws RangeError if there is no stage or a finite size is negative or not a whole number below 2^53
 * @throws TypeError if a size is neither a number nor missing, or an option is unknown or of the wrong kind
 *
 * @example
 * ```js
 * import { sizeChart } from '@weightkit/viz';
 * const stages = [{ name: 'float32', bytes: 400_000 }, { name: 'int8', bytes: 100_000 }];
 * console.log(sizeChart({ stages }).description); // -> 2 stages. raw: float32 400 kB (100 %), int8 100 kB (25 %).
 * ```
 */
export function sizeChart(data: { readonly stages: readonly SizeStage[] }, options: SizeChartOptions = {}): Figure {
  checkFigureOptions('sizeChart', options, ['xLabel']);
  checkTexts('sizeChart', options, ['xLabel']);
  const { title = 'Size by stage', xLabel = 'size' } = options;
  const stages = readStages(data);
  const kinds = (['bytes', 'gzipBytes'] as const).filter((kind) => stages[kind] !== undefined);
  const labels = kinds.map((kind) => (kind === 'bytes' ? 'raw' : 'gzipped'));
  const firstOf = (kind: Kind) => stages[kind]?.find((value) => value !== undefined);
  const firsts = { bytes: firstOf('bytes'), gzipBytes: firstOf('gzipBytes') };
  const note = (value: number, kind: Kind) => {
    const first = firsts[kind];
    const share = !isDrawn(first) || first === 0 ? '' : ` (${Number(((100 * value) / first).toPrecision(3))} %)`;
    return formatBytes(value) + share;
  };
  const { remark, ...parts } = barParts({
    names: stages.names,
    labels,
    values: kinds.map((kind) => stages[kind]!),
    mark: 'bar',
    scale: 'linear',
    xLabel,
    format: formatBytes,
    note: (value, _, kind) => note(value, kinds[kind]!),
  });
  return makeFigure({
    chart: 'sizeChart',
    title,
    description: describe(stages, kinds, labels, note) + remark,
    table: () => ({
      columns: ['stage', ...kinds.map((kind) => (kind === 'bytes' ? 'bytes' : 'bytes gzipped'))],
      rows: stages.names.map((name, i) => [
        name,
        ...kinds.map((kind) => {
          const value = stages[kind]![i];
          return value === undefined ? '' : cellOf(value);
        }),
      ]),
    }),
    options,
    ...parts,
  });
}

/** Stages that were read, a list for each of what they have. */
interface Stages {
  names: string[];
  bytes: Value[];
  /** Undefined where no stage has any, and where one has none. */
  gzipBytes: (Value | undefined)[] | undefined;
}

function readStages(data: { readonly stages: readonly SizeStage[] }): Stages {
  const fn = 'sizeChart';
  checkData(fn, data);
  checkEntries(fn, 'stages', data.stages);
  const count = data.stages.length;
  const stages: Stages = { names: new Array(count), bytes: new Array(count), gzipBytes: undefined };
  const visit = ({ name, gzipBytes }: SizeStage, { value, where }: Entry<SizeStage>, i: number) => {
    const read = (kind: Kind) => {
      const size = value(kind);
      if (isDrawn(size) && !(Number.isSafeInteger(size) && size >= 0))
        checkRange(false, `${fn}: ${where(kind)} must be a whole number of bytes`, size);
      return size;
    };
    stages.names[i] = name;
    stages.bytes[i] = read('bytes');
    if (gzipBytes === undefined) return;
    stages.gzipBytes ??= new Array(count).fill(undefined);
    stages.gzipBytes[i] = read('gzipBytes');
  };
  eachEntry(fn, 'stages', data.stages, visit, true);
  return stages;
}

function describe(
  stages: Stages,
  kinds: readonly Kind[],
  labels: readonly string[],
  note: (value: number, kind: Kind) => string,
): string {
  const told = kinds.map((kind, k) => {
    const size = (value: Value) => (isDrawn(value) ? note(value, kind) : oddName(value));
    const listed: string[] = [];
    let known = 0;
    stages[kind]!.forEach((value, i) => {
      if (value !== undefined && known++ < MOST_TOLD) listed.push(`${stages.names[i]} ${size(value)}`);
    });
    const more = known > MOST_TOLD ? `, and ${countText(known - MOST_TOLD)} more` : '';
    return `${labels[k]}: ${listed.join(', ')}${more}.`;
  });
  const count = stages.names.length;
  return `${countText(count)} ${count === 1 ? 'stage' : 'stages'}. ${told.join(' ')}`;
}

const MOST_TOLD = 24;
