import { checkRange, checkType } from '@weightkit/numerics/check';
import { barParts } from './bars.ts';
import { type Figure, makeFigure } from './figure.ts';
import { formatBytes } from './format.ts';
import { checkFigureOptions, checkList, checkTexts, type FigureOptions } from './options.ts';

/** A model file at a stage of its way to a smaller one. */
export interface SizeStage {
  /** What was done up to here, as in `pruned`. */
  readonly name: string;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Bytes after gzip. */
  readonly gzipBytes?: number;
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
 * Sizes are in decimal units (1 kB = 1000 bytes); beside each bar stands its share of the first bar of its kind.
 *
 * @param data - the stages, first to last
 * @throws RangeError if there is no stage or a size is negative or not a whole number
 * @throws TypeError if an option is unknown or of the wrong kind
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
  const kinds = (['bytes', 'gzipBytes'] as const).filter((kind) => stages.some((stage) => stage[kind] !== undefined));
  const labels = kinds.map((kind) => (kind === 'bytes' ? 'raw' : 'gzipped'));
  const note = (value: number, kind: Kind) => {
    const first = stages.find((stage) => stage[kind] !== undefined)![kind]!;
    const share = first === 0 ? '' : ` (${Number(((100 * value) / first).toPrecision(3))} %)`;
    return formatBytes(value) + share;
  };
  return makeFigure({
    title,
    description: describe(stages, kinds, labels, note),
    table: {
      columns: ['stage', ...kinds.map((kind) => (kind === 'bytes' ? 'bytes' : 'bytes gzipped'))],
      rows: stages.map((stage) => [stage.name, ...kinds.map((kind) => stage[kind] ?? '')]),
    },
    options,
    ...barParts({
      names: stages.map(({ name }) => name),
      labels,
      values: stages.map((stage) => kinds.map((kind) => stage[kind])),
      mark: 'bar',
      scale: 'linear',
      xLabel,
      format: formatBytes,
      note: (value, _, kind) => note(value, kinds[kind]!),
    }),
  });
}

function readStages(data: { readonly stages: readonly SizeStage[] }): SizeStage[] {
  checkList('sizeChart', 'stages', data?.stages);
  return data.stages.map((stage, i) => {
    checkType(typeof stage?.name === 'string', `sizeChart: stages[${i}].name must be a text`, stage?.name);
    for (const kind of ['bytes', 'gzipBytes'] as const) {
      if (kind === 'gzipBytes' && stage.gzipBytes === undefined) continue;
      const ok = Number.isSafeInteger(stage[kind]) && stage[kind]! >= 0;
      checkRange(ok, `sizeChart: stages[${i}].${kind} must be a whole number of bytes`, stage[kind]);
    }
    return { ...stage };
  });
}

function describe(
  stages: readonly SizeStage[],
  kinds: readonly Kind[],
  labels: readonly string[],
  note: (value: number, kind: Kind) => string,
): string {
  const told = kinds.map((kind, k) => {
    const known = stages.filter((stage) => stage[kind] !== undefined);
    return `${labels[k]}: ${known.map((stage) => `${stage.name} ${note(stage[kind]!, kind)}`).join(', ')}.`;
  });
  return `${stages.length} ${stages.length === 1 ? 'stage' : 'stages'}. ${told.join(' ')}`;
}
