import type { PruneCheckpointReport } from '@weightkit/pruning/checkpoint';
import type { Written } from '../commands/write.ts';
import { countText, plural, runsText, shareText } from '../output/numbers.ts';
import { cell, left, number, right, text, type View } from '../output/view.ts';
import { readBack, writtenLines } from './written.ts';

const COLUMNS = [
  left('name'),
  right('parameters'),
  right('zeros before'),
  right('zeros after'),
  right('share'),
  right('threshold'),
];

/** Whether nothing but the new zeros is other than it was. */
export const onlyZeroed = ({ zeros: [before, after] }: PruneCheckpointReport, { certificate }: Written): boolean =>
  certificate.broken.length === 0 &&
  certificate.changed === certificate.zeroed &&
  certificate.zeroed === after - before;

/** `prune` as a table of tensors and what was written below it. */
export function pruneView(report: PruneCheckpointReport, written: Written): View {
  const { pruned, skipped, parameters, zeros, groups } = report;
  const { zeroed } = written.certificate;
  return {
    head: [],
    table: {
      columns: COLUMNS,
      rows: pruned.map(({ name, parameters: count, zeros: [before, after], threshold }) => [
        text(name),
        cell(count, countText(count)),
        cell(before, countText(before)),
        cell(after, countText(after)),
        cell(count === 0 ? 0 : after / count, count === 0 ? '-' : shareText(after / count)),
        number(threshold),
      ]),
    },
    foot: [
      `${plural(pruned.length, 'tensor')} pruned: ${countText(zeros[1])} zeros of ${countText(parameters)}, ${countText(zeros[0])} of them there before; ${skipped.length} left as they were`,
      ...groups.map(
        ({ layer, groups: of, pruned: gone }) =>
          `${layer}: ${countText(of - gone.length)} of ${countText(of)} stay${gone.length > 0 ? `, without ${runsText(gone)}` : ''}`,
      ),
      ...writtenLines(written),
      onlyZeroed(report, written)
        ? `certificate: ${readBack(written)}, ${countText(zeroed)} values became 0 and every other value is as it was`
        : 'NOT WHAT WAS REPORTED: please report this',
    ],
  };
}
