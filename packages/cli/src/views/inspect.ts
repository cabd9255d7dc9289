import type { InspectedTensor, Inspection } from '../commands/inspect.ts';
import type { Compressed } from '../files/compressed.ts';
import type { ModelFile } from '../files/model-files.ts';
import { bytesText, countText, exactBytesText, plural, shareText } from '../output/numbers.ts';
import { sparkline } from '../output/sparkline.ts';
import { type Cell, cell, dispensable, left, number, right, shapeCell, text, type View } from '../output/view.ts';
import { compressedText } from './compressed-text.ts';

/** What the command knows of the files beside what is in them. */
export interface InspectedFiles {
  readonly files: readonly ModelFile[];
  readonly compressed: Compressed | null;
}

const HEADER = [
  left('name'),
  left('shape'),
  dispensable(left('dtype'), 3),
  left('stored as'),
  dispensable(right('parameters'), 2),
  right('bytes'),
];
const VALUES = [
  right('zeros'),
  right('min'),
  right('max'),
  dispensable(right('mean'), 1),
  dispensable(right('std'), 4),
  left('histogram'),
];
const NON_FINITE = right('not finite');

const shareCell = (count: number, of: number): Cell => cell(count, of === 0 ? '-' : shareText(count / of));

function valueCells({ statistics, parameters }: InspectedTensor): Cell[] {
  if (!statistics) return VALUES.map(({ key }) => cell(null, key === 'histogram' ? '' : '-'));
  const { zeros, min, max, mean, std, histogram } = statistics;
  return [
    shareCell(zeros, parameters),
    ...[min, max, mean, std].map((value) => number(value)),
    text(sparkline(histogram)),
  ];
}

function row(tensor: InspectedTensor, headerOnly: boolean, odd: boolean): Cell[] {
  const { name, shape, dtype, storedAs, parameters, bytes, statistics } = tensor;
  const nonFinite = statistics?.nonFinite ?? null;
  return [
    text(name),
    shapeCell(shape),
    text(dtype),
    text(storedAs),
    cell(parameters, countText(parameters)),
    cell(bytes, countText(bytes)),
    ...(headerOnly ? [] : valueCells(tensor)),
    ...(odd ? [cell(nonFinite, nonFinite ? countText(nonFinite) : '', 'bad')] : []),
  ];
}

/** `inspect` as a table of tensors and the totals below it. */
export function inspectView(
  { format, headerOnly, tensors, parameters, bytes, extras }: Inspection,
  { files, compressed }: InspectedFiles,
): View {
  const odd = tensors.some(({ statistics }) => (statistics?.nonFinite ?? 0) > 0);
  const onDisk = files.reduce((sum, file) => sum + file.bytes, 0);
  const where = files.length > 0 ? `, ${plural(files.length, 'file')} of ${exactBytesText(onDisk)}` : '';
  return {
    head: [],
    table: {
      columns: [...HEADER, ...(headerOnly ? [] : VALUES), ...(odd ? [NON_FINITE] : [])],
      rows: tensors.map((tensor) => row(tensor, headerOnly, odd)),
    },
    foot: [
      `${format}: ${plural(tensors.length, 'tensor')}, ${plural(parameters, 'parameter')}, ${bytesText(bytes)} of weights${where}`,
      ...(compressed ? [compressedText(compressed)] : []),
      ...(extras.length > 0 ? [`beside the tensors: ${extras.join(', ')}`] : []),
      ...(headerOnly ? ['only the header was read; --no-header reads the values'] : []),
    ],
  };
}
