import { type Figures, type Measured, meanInterval } from '@weightkit/lesson';
import { bandChart } from '@weightkit/viz';
import { BUDGETS, type Row } from './measure.ts';
import { labelled, last } from './parts.ts';

/** What was measured as a figure of the page: accuracy against the bytes of the packed files. */
export function charts({ rows }: Measured<Row>): Figures {
  const groups = [...BUDGETS.map((budget) => labelled(rows, 'budget', budget)), labelled(rows, 'default')]
    .map((own) => ({ own, kilobytes: meanInterval(own.map((row) => last(row).gzip / 1000)).mean }))
    .sort((a, b) => a.kilobytes - b.kilobytes);
  const band = (name: string, of: (row: Row) => number) => {
    const intervals = groups.map(({ own }) => meanInterval(own.map((row) => 100 * of(row))));
    return {
      name,
      x: groups.map(({ kilobytes }) => kilobytes),
      low: intervals.map(({ low }) => low),
      high: intervals.map(({ high }) => high),
      middle: intervals.map(({ mean }) => mean),
    };
  };
  const seeds = groups[0]!.own.length;
  return {
    'measured-budgets': bandChart(
      {
        bands: [
          band('trained with rounded weights', (row) => last(row).accuracy),
          band('rounded at once', (row) => last(row).before!),
        ],
      },
      {
        title: 'Accuracy against bytes, the same cuts with fewer and fewer bits',
        description: `Test accuracy by the size of the packed files, after training with rounded weights and before it. Bands are 95 % intervals over ${seeds} seeds.`,
        xLabel: 'packed files, kB',
        yLabel: 'accuracy, %',
      },
    ),
  };
}
