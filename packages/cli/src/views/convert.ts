import type { ConvertedTensor, TensorForm } from '@weightkit/checkpoint';
import type { Written } from '../commands/write.ts';
import { countText, plural } from '../output/numbers.ts';
import { left, text, type View } from '../output/view.ts';
import { readBack, writtenLines } from './written.ts';

const formText = ({ dtype, encoding }: TensorForm): string =>
  encoding === 'plain' ? dtype : `${dtype} as ${encoding}`;

const COLUMNS = [left('name'), left('from'), left('to')];

const row = ({ name, from, to }: ConvertedTensor) => [text(name), text(formText(from)), text(formText(to))];

/** Whether every value is as it was. */
export const keepsValues = ({ certificate: { changed, broken } }: Written): boolean =>
  changed === 0 && broken.length === 0;

/** `convert` as a table of the tensors whose form changed and what was written below it. */
export function convertView(written: Written, notes: readonly string[]): View {
  const { converted, certificate, format } = written;
  return {
    head: [],
    table: { columns: COLUMNS, rows: converted.map(row) },
    foot: [
      ...(converted.length > 0
        ? [`${plural(converted.length, 'tensor')} stored in another form, with the same values: ${format} has no other`]
        : []),
      ...writtenLines(written),
      ...notes,
      keepsValues(written)
        ? `certificate: ${readBack(written)}, all ${countText(certificate.compared)} values are as they were`
        : 'NOT AS IT WAS: please report this',
    ],
  };
}
