import { type Figure, lineChart } from '@weightkit/viz';
import type { Result } from './experiment.ts';

/** How different the hidden units become, and how the loss falls, for each way to start. */
export function figures(results: Readonly<Record<string, Result>>): Figure[] {
  const series = (pick: (result: Result) => number[]) => ({
    series: Object.entries(results).map(([name, result]) => ({ name, y: pick(result) })),
  });
  return [
    lineChart(
      series((result) => result.spread),
      {
        title: 'Largest difference between two hidden units',
        xLabel: 'step',
        yLabel: 'difference of incoming weights',
      },
    ),
    lineChart(
      series((result) => result.loss),
      { title: 'Loss', xLabel: 'step', yLabel: 'mean squared error' },
    ),
  ];
}
