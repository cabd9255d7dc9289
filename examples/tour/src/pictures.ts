import { type Figure, histogramHeatmap, sizeChart } from '@weightkit/viz';
import type { WatchHistory } from '@weightkit/weight-metrics';
import type { Stage } from './measure.ts';

/** The bytes of each stage. */
export const sizesFigure = (stages: readonly Pick<Stage, 'name' | 'bytes' | 'gzipBytes'>[]): Figure =>
  sizeChart({ stages }, { title: 'Bytes of the saved model after each stage' });

/** The histogram of one weight before training and after each epoch. */
export interface Epochs {
  edges: readonly number[];
  counts: readonly (readonly number[])[];
}

const FIRST = 'input/kernel';

/** The histograms of the first layer: one before training and one per epoch; fits after the first begin with a repetition. */
export const epochsOf = ({ records, weights }: WatchHistory): Epochs => ({
  edges: [...weights[FIRST]!.edges!],
  counts: records
    .filter(({ at }, i) => at === 'epoch' || i === 0)
    .map((record) => [...record.weights[FIRST]!.histogram!.counts]),
});

/** How the weights of the first layer spread. */
export const weightsFigure = ({ edges, counts }: Epochs): Figure =>
  histogramHeatmap(
    { edges, rows: counts.map((row) => row.map(Math.log1p)) },
    {
      title: 'Weights of the first layer over time',
      description:
        'One row per epoch from the start downward, brighter where more weights are (logarithm of the count plus one). They spread while the network learns; pruning leaves a line of zeros and two wings.',
      yLabel: 'epoch',
    },
  );

/** What the pictures of the README are drawn from. */
export interface PictureData {
  stages: Pick<Stage, 'name' | 'bytes' | 'gzipBytes'>[];
  epochs: Epochs;
}

/** The pictures of the README by file. */
export const pictures = ({ stages, epochs }: PictureData): Record<string, string> => ({
  'sizes.svg': `${sizesFigure(stages).svg({ width: 640, idPrefix: 'sizes' })}\n`,
  'weights.svg': `${weightsFigure(epochs).svg({ width: 640, idPrefix: 'weights' })}\n`,
});
