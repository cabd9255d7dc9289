import { type Figures, type Measured, meanInterval } from '@weightkit/lesson';
import { bandChart } from '@weightkit/viz';
import { BASE, type Row } from './measure.ts';
import { STARTS } from './network.ts';
import { accuraciesOf } from './parts.ts';

/** What was measured as figures of the page: accuracy by epoch with intervals over seeds. */
export function charts({ rows }: Measured<Row>): Figures {
  const chartOf = (optimizer: Row['optimizer']) => {
    const own = rows.filter((row) => row.optimizer === optimizer && row.images === BASE.images);
    const epochs = Array.from({ length: BASE.epochs + 1 }, (_, epoch) => epoch);
    const bands = STARTS.map((start) => {
      const all = epochs.map((epoch) => meanInterval(accuraciesOf(own, start, epoch)));
      return {
        name: start,
        x: epochs,
        low: all.map(({ low }) => low),
        high: all.map(({ high }) => high),
        middle: all.map(({ mean }) => mean),
      };
    });
    const ends = bands.map(({ name, middle }) => `${name} ${middle.at(-1)!.toFixed(1)} %`).join(', ');
    return bandChart(
      {
        bands,
      },
      {
        title: `${optimizer}: mean of ${own.length} seeds, with its 95 % interval`,
        description: `Validation accuracy by epoch, the mean of ${own.length} seeds, with bands that are 95 % intervals. After ${BASE.epochs} epochs: ${ends}.`,
        xLabel: 'epoch',
        yLabel: 'validation accuracy, %',
        yDomain: [0, 100],
      },
    );
  };
  return { 'measured-adam': chartOf('Adam'), 'measured-sgd': chartOf('SGD') };
}
