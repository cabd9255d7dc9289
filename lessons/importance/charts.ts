import { type Figures, type Measured, meanInterval } from '@weightkit/lesson';
import { bandChart } from '@weightkit/viz';
import { JUDGE, type Scores } from './explain.ts';
import { type Row, SPREADS } from './measure.ts';
import { randomIn, spreadRows } from './rows.ts';

/** Those whose bands can be told apart; the others stand in the table. */
const SHOWN: readonly Scores['method'][] = ['|weights|', 'Olden', 'integrated gradients', JUDGE];

/** What was measured as a figure of the page: what random numbers get, by how widely they are spread. */
export function charts({ rows }: Measured<Row>): Figures {
  return {
    'measured-random': bandChart(
      {
        bands: SHOWN.map((method) => {
          const all = SPREADS.map((spread) =>
            meanInterval(spreadRows(rows, spread).map((row) => 100 * randomIn(row, method))),
          );
          return {
            name: method,
            x: [...SPREADS],
            low: all.map(({ low }) => low),
            high: all.map(({ high }) => high),
            middle: all.map((one) => one.mean),
          };
        }),
      },
      {
        title: 'The share of random numbers, by how widely they are spread',
        xLabel: 'spread of the random numbers',
        yLabel: 'their share, %',
        xScale: 'log',
        yDomain: [0, 80],
      },
    ),
  };
}
