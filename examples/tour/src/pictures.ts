import { type Digits, PIXELS } from '@weightkit/datasets';
import { confusionMatrix, type Figure, filterGrid, histogramHeatmap, sizeChart } from '@weightkit/viz';
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

/** The kernel that most pictures show. */
export const FIRST = 'input/kernel';

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
    { edges, rows: counts },
    {
      title: 'Weights of the first layer over time',
      yLabel: 'epoch',
      colorScale: 'log',
    },
  );

/** The side of a digit and of what a unit of the first layer looks for. */
const SIDE = 28;

/** The first right digit of each kind, then the first wrong ones, up to twenty. */
export function digitsFigure({ pixels, labels, count }: Digits, answers: Uint8Array): Figure {
  const all = Array.from({ length: count }, (_, i) => i);
  const right = Array.from({ length: 10 }, (_, digit) =>
    all.find((i) => labels[i] === digit && answers[i] === digit),
  ).filter((i) => i !== undefined);
  const wrong = all.filter((i) => answers[i] !== labels[i]).slice(0, 20 - right.length);
  const shown = [...right, ...wrong];
  // The filters run fastest. Black is the lowest value, white the highest.
  const values = Float32Array.from(
    { length: PIXELS * shown.length },
    (_, k) => pixels[shown[k % shown.length]! * PIXELS + Math.floor(k / shown.length)]! / 127.5 - 1,
  );
  return filterGrid(
    {
      values,
      shape: [SIDE, SIDE, 1, shown.length],
      names: shown.map((i) => (answers[i] === labels[i] ? `${labels[i]}` : `${labels[i]} as ${answers[i]}`)),
    },
    {
      title: `Test digits and what the saved network takes them for`,
      description: `${right.length} digits named rightly, one of each kind, and the first ${wrong.length} named wrongly: ${wrong.map((i) => `${labels[i]} as ${answers[i]}`).join(', ') || 'none'}.`,
    },
  );
}

/** What each unit of the first layer looks for, as pictures; zeros are white. */
export const filtersFigure = (kernel: Float32Array, title: string): Figure =>
  filterGrid({ values: kernel, shape: [SIDE, SIDE, 1, kernel.length / PIXELS] }, { title, color: 'diverging' });

/** Which digit is taken for which. */
export const mistakesFigure = ({ labels }: Digits, answers: Uint8Array): Figure =>
  confusionMatrix(
    { actual: labels, predicted: answers, classes: Array.from('0123456789') },
    { title: 'Which digit is taken for which', xLabel: 'named', yLabel: 'is' },
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
