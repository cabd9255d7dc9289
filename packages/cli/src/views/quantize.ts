import type { QuantizeCheckpointReport } from '@weightkit/quantization/checkpoint';
import type { Written } from '../commands/write.ts';
import { countText, numberText, plural } from '../output/numbers.ts';
import { type Cell, type Column, cell, left, number, right, type Table, text, type View } from '../output/view.ts';
import type { Effect } from '../running/comparing.ts';
import { probeSentences } from './probes.ts';
import { readBack, writtenLines } from './written.ts';

const COLUMNS = [
  left('name'),
  left('stored as'),
  right('bytes before'),
  right('bytes after'),
  right('largest error'),
  right('bound'),
  left('why not', 'reason'),
];

/** What is said of the errors of tensors. */
type Bounded = readonly { readonly name: string; readonly bound: number }[];

/** Whether no value went further than its tensor's bound. */
export const keepsBounds = (quantized: Bounded, { certificate: { errors, broken } }: Written): boolean =>
  broken.length === 0 && quantized.every(({ name, bound }) => (errors.get(name) ?? 0) <= bound);

/** Says whether what was written is what it was to be. */
export function certificateText(quantized: Bounded, written: Written): string {
  const { largestError } = written.certificate;
  if (!keepsBounds(quantized, written)) return 'NOT WITHIN THE BOUNDS: please report this';
  if (!largestError) return `certificate: ${readBack(written)}, every value is as it was`;
  return `certificate: ${readBack(written)}, largest error ${numberText(largestError.value)} in ${largestError.tensor}, every tensor within its bound`;
}

/** A number of bytes; a dash for none. */
export const bytes = (count: number | null): Cell => cell(count, count === null ? '-' : countText(count));

/** What was measured of what is written. */
export interface Measured {
  readonly effect: Effect;
  readonly holds: boolean;
}

function effectLines({ effect, holds }: Measured): string[] {
  const { relative, outputs, firstDiverging } = effect;
  return [
    ...probeSentences(effect),
    `  outputs change by ${numberText(relative)} of their size${outputs.length > 1 ? ' at most' : ''}`,
    ...(firstDiverging === null ? [] : [`  the first layer with less than 20 dB is ${firstDiverging}`]),
    ...(holds ? [] : ['NOT AS MANY TOP CLASSES AS WERE ASKED FOR: please report this']),
  ];
}

/** A table of what became codes; with `all`, of what did not too, and of the last column, which says why. */
export const tableOf = (columns: readonly Column[], rows: Cell[][], left: Cell[][], all: boolean): Table => ({
  columns: all ? columns : columns.slice(0, -1),
  rows: all ? [...rows, ...left] : rows.map((row) => row.slice(0, -1)),
});

/** How many tensors became codes. */
export const countLine = (quantized: number, skipped: number, all: boolean): string =>
  `${plural(quantized, 'tensor')} quantized, ${skipped} as they were${skipped > 0 && !all ? ' (--all lists them, with the reason)' : ''}`;

/** `quantize` as a table of tensors and what was written below it. */
export function quantizeView(
  report: QuantizeCheckpointReport,
  written: Written,
  all: boolean,
  measured?: Measured,
): View {
  const { quantized, skipped } = report;
  const rows = quantized.map(({ name, dtype, bytes: [before, after], bound }) => [
    text(name),
    text(dtype),
    bytes(before),
    bytes(after),
    number(written.certificate.errors.get(name) ?? null),
    number(bound),
    text(''),
  ]);
  const left = skipped.map(({ name, reason }) => [
    text(name),
    text('as it was'),
    bytes(null),
    bytes(null),
    number(null),
    number(null),
    text(reason),
  ]);
  return {
    head: [],
    table: tableOf(COLUMNS, rows, left, all),
    foot: [
      countLine(quantized.length, skipped.length, all),
      ...writtenLines(written),
      certificateText(quantized, written),
      ...(measured ? effectLines(measured) : []),
    ],
  };
}
