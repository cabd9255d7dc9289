import type { Figures, Measured } from '@weightkit/lesson';
import { pairedDots } from '@weightkit/viz';
import { LAYERS } from './experiment.ts';
import type { Row, Setting } from './measure.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** What was measured as figures of the page: widths of the kernels by exercise, over the seeds of the full run. */
export function charts({ rows }: Measured<Row>): Figures {
  const widths = (setting: Setting, layer: number) =>
    rows.filter((row) => row.setting === setting && row.images === 20_000).map(({ widened }) => widened[layer]!);
  const against = (setting: Setting, title: string, toLabel: string) =>
    pairedDots(
      {
        rows: LAYERS.map((name, layer) => {
          const measured = widths(setting, layer);
          return {
            name,
            from: mean(widths('notebook', layer)),
            to: mean(measured),
            interval: [Math.min(...measured), Math.max(...measured)] as const,
          };
        }),
      },
      { title, fromLabel: 'the notebook', toLabel, xLabel: 'std at the end / std at the start', xDomain: [0, 4] },
    );
  return {
    'measured-bytes': against('pixels 0 to 255', 'Width of each kernel: pixels from 0 to 255', 'pixels 0 to 255'),
    'measured-dropout': against('no dropout', 'Width of each kernel: no dropout', 'no dropout'),
  };
}
