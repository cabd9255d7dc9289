import type { ShrunkCheckpoint } from '@weightkit/pruning/checkpoint';
import type { Written } from '../commands/write.ts';
import { countText, plural, runsText } from '../output/numbers.ts';
import { cell, left, right, text, type View } from '../output/view.ts';
import { readBack, writtenLines } from './written.ts';

const COLUMNS = [left('layer'), left('class'), right('units'), right('stay'), left('go')];

/** Whether every value that was written is the one that the plan leaves. */
export const cutAsPlanned = ({ certificate }: Written): boolean =>
  certificate.broken.length === 0 && certificate.changed === 0;

/** What is known of the outputs, without a run. */
function outputsText({ plan: { mode }, guarantee: { outputs, absorbed } }: ShrunkCheckpoint): string {
  if (outputs === 'none')
    return 'outputs: not the same, and by how much only a run can say; compare both models on data of yours';
  if (mode === 'exact')
    return 'outputs: the same for every input but for the rounding of shorter sums; every term left out is 0';
  return `outputs: the same for every input but for rounding; ${plural(absorbed.biases, 'bias', 'biases')} took what was constant`;
}

/** `shrink` as a table of layers and what was written below it. */
export function shrinkView(made: ShrunkCheckpoint, written: Written): View {
  const { plan, dropped } = made;
  const { layers, groups, barriers, before, after } = plan;
  return {
    head: [],
    table: {
      columns: COLUMNS,
      rows: layers.map(({ path, className, units, removed }) => [
        text(path),
        text(className),
        cell(units, countText(units)),
        cell(units - removed.length, countText(units - removed.length)),
        text(runsText(removed)),
      ]),
    },
    foot: [
      `${countText(before.units)} units to ${countText(after.units)}, ${countText(before.parameters)} parameters to ${countText(after.parameters)}`,
      ...groups.map((paths) => `together: ${paths.join(' + ')}`),
      ...barriers.map(({ path, units, reason }) => `stays: ${path} ${runsText(units)}: ${reason}`),
      ...(dropped.length > 0 ? [`left out: ${plural(dropped.length, 'tensor')} of an optimizer`] : []),
      ...writtenLines(written),
      outputsText(made),
      cutAsPlanned(written)
        ? `certificate: ${readBack(written)}, all ${countText(written.certificate.compared)} values are those that stay, bit for bit`
        : 'NOT WHAT WAS PLANNED: please report this',
    ],
  };
}
