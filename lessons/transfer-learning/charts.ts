import { type Figures, type MeanInterval, type Measured, meanInterval } from '@weightkit/lesson';
import { bandChart } from '@weightkit/viz';
import type { Method } from './experiment.ts';
import { AMOUNTS, type Row } from './measure.ts';
import { aheadOfScratch, freshOf, rowsOf } from './parts.ts';

/** An interval for each number of examples, as a band with its mean. */
const bandOf = (name: string, of: (examples: number) => MeanInterval) => {
  const all = AMOUNTS.map(of);
  return {
    name,
    x: [...AMOUNTS],
    low: all.map(({ low }) => low),
    high: all.map(({ high }) => high),
    middle: all.map(({ mean }) => mean),
  };
};

/** Those whose bands can be told apart; the others lie between them and stand in the table. */
const SHOWN: readonly Method[] = ['frozen', 'fine-tuned', 'from scratch'];

/** What was measured as figures of the page: by the number of examples, with intervals. */
export function charts({ rows }: Measured<Row>): Figures {
  return {
    'measured-learning': bandChart(
      {
        bands: SHOWN.map((method) =>
          bandOf(method, (examples) => meanInterval(freshOf(rowsOf(rows, examples), method))),
        ),
      },
      {
        title: 'Test accuracy on 5 to 9, by how many examples there are',
        xLabel: 'examples of 5 to 9',
        yLabel: 'test accuracy, %',
        xScale: 'log',
      },
    ),
    'measured-gain': bandChart(
      {
        bands: SHOWN.slice(0, -1).map((method) =>
          bandOf(method, (examples) => aheadOfScratch(rowsOf(rows, examples), method)),
        ),
      },
      {
        title: 'Ahead of the start from scratch, in the same seeds',
        xLabel: 'examples of 5 to 9',
        yLabel: 'points of test accuracy',
        xScale: 'log',
      },
    ),
  };
}
