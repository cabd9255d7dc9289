import type { Figures, Measured } from '@weightkit/lesson';
import { lineChart } from '@weightkit/viz';
import { called } from './figure.ts';
import { type Row, SCALES } from './measure.ts';
import { accuraciesOf, mean, TRAINED } from './sweep.ts';

/** What was measured as a figure of the page: accuracy by the scale of the first weights. */
export function charts({ rows }: Measured<Row>): Figures {
  return {
    'measured-accuracy': lineChart(
      {
        series: TRAINED.map((norm) => ({
          name: called(norm),
          x: [...SCALES],
          y: SCALES.map((scale) => 100 * mean(accuraciesOf(rows, norm, scale))),
        })),
      },
      {
        title: 'Test accuracy by the scale of the first weights',
        xLabel: 'scale of the first weights',
        yLabel: 'test accuracy, %',
        xScale: 'log',
        yDomain: [0, 100],
      },
    ),
  };
}
