import type { PackCheckpointReport } from '@weightkit/quantization/checkpoint';
import type { Written } from '../commands/write.ts';
import { cell, left, number, right, text, type View } from '../output/view.ts';
import { bytes, certificateText, countLine, tableOf } from './quantize.ts';
import { writtenLines } from './written.ts';

const COLUMNS = [
  left('name'),
  left('stored as'),
  right('bits'),
  right('bytes before'),
  right('bytes after'),
  right('SQNR', 'sqnr'),
  right('largest error'),
  left('why not', 'reason'),
];

/** What was said of packed tensors, as bounds that what is written must keep. */
export const boundsOf = ({ packed }: PackCheckpointReport) =>
  packed.map(({ name, maxError }) => ({ name, bound: maxError }));

const decibels = (sqnr: number) => (Number.isFinite(sqnr) ? cell(sqnr, `${sqnr.toFixed(1)} dB`) : cell(null, 'exact'));

/** `quantize` to a grid as a table of tensors and what was written below it. */
export function packView(report: PackCheckpointReport, written: Written, all: boolean): View {
  const { packed, skipped } = report;
  const rows = packed.map(({ name, dtype, bits, bytes: [before, after], sqnr }) => [
    text(name),
    text(dtype),
    cell(bits, bits.toFixed(2)),
    bytes(before),
    bytes(after),
    decibels(sqnr),
    number(written.certificate.errors.get(name) ?? null),
    text(''),
  ]);
  const left = skipped.map(({ name, reason }) => [
    text(name),
    text('as it was'),
    cell(null, '-'),
    bytes(null),
    bytes(null),
    cell(null, '-'),
    number(null),
    text(reason),
  ]);
  return {
    head: [],
    table: tableOf(COLUMNS, rows, left, all),
    foot: [
      countLine(packed.length, skipped.length, all),
      ...writtenLines(written),
      certificateText(boundsOf(report), written),
    ],
  };
}
