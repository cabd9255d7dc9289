import type { DiffedTensor, Difference, DiffStatus } from '../commands/diff.ts';
import { numberText, plural, shapeText, shareText } from '../output/numbers.ts';
import { type Cell, cell, left, number, right, type Tone, text, type View } from '../output/view.ts';

const COLUMNS = [
  left('name'),
  left('status'),
  left('shape'),
  left('stored as'),
  right('max abs'),
  right('relative'),
  right('cosine'),
  right('changed'),
];

const TONES: Partial<Record<DiffStatus, Tone>> = {
  equal: 'dim',
  'only before': 'bad',
  'only after': 'bad',
  'other shape': 'bad',
};

/** Both sides where they differ: `[3, 4] → [4, 3]`. */
function bothText(before: string | null, after: string | null): string {
  if (before === after) return before ?? '';
  return before === null || after === null ? (before ?? after)! : `${before} → ${after}`;
}

/** A cosine that is not 1 is never written as if it were. */
const cosineCell = (value: number | null): Cell =>
  value !== null && value < 1 && numberText(value) === '1' ? cell(value, '> 0.9999') : number(value);

function row({
  name,
  status,
  shapes,
  stored,
  maxAbs,
  relative,
  cosine,
  changed,
  parameters,
  reason,
}: DiffedTensor): Cell[] {
  const [was, is] = shapes.map((shape) => shape && shapeText(shape));
  const share = changed === null ? null : parameters === 0 ? 0 : changed / parameters;
  const compared = status !== 'changed' || maxAbs !== null;
  return [
    text(name),
    cell(status, compared || reason === null ? status : `changed: ${reason}`, TONES[status]),
    text(bothText(was!, is!)),
    text(bothText(...stored)),
    number(maxAbs),
    number(relative),
    cosineCell(cosine),
    cell(share, share === null ? '-' : shareText(share)),
  ];
}

/** `2 tensors only before`, ... of those that there are. */
const countsOf = (tensors: readonly DiffedTensor[]): string[] =>
  (['only before', 'only after', 'other shape', 'other type', 'changed', 'equal'] as const).flatMap((status) => {
    const count = tensors.filter((tensor) => tensor.status === status).length;
    return count > 0 ? [`${count} ${status}`] : [];
  });

function verdict({ tensors, same, within, maxAbs }: Difference, allowed: number | undefined): string {
  if (same) return 'the same: every value of every tensor';
  if (within === null) return 'different';
  const structure = tensors.some(({ status }) => /only|shape/.test(status));
  if (within) return `within --max-abs ${allowed}: no value went further than ${numberText(maxAbs)}`;
  return structure
    ? 'different in names or shapes'
    : `beyond --max-abs ${allowed}: values went up to ${numberText(maxAbs)}`;
}

/** `diff` as a table of what differs, or of everything, structure first, and the verdict below it. */
export function diffView(difference: Difference, { all, maxAbs }: { all: boolean; maxAbs: number | undefined }): View {
  const { tensors } = difference;
  const isStructure = ({ status }: DiffedTensor): boolean => /only|shape/.test(status);
  const shown = tensors.filter(({ status }) => all || status !== 'equal');
  const rows = [...shown.filter(isStructure), ...shown.filter((tensor) => !isStructure(tensor))].map(row);
  return {
    head: [],
    table: { columns: COLUMNS, rows },
    foot: [`${plural(tensors.length, 'tensor')}: ${countsOf(tensors).join(', ')}`, verdict(difference, maxAbs)],
  };
}
