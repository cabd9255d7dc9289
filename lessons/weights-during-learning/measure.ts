import type { MeasuredRun, Measurement } from '@weightkit/lesson';
import { LAYERS, type Params, type Result, weightsDuringLearning } from './experiment.ts';
import { rises } from './rises.ts';

/** The notebook's run and its exercises 2 and 3, in full and on a quarter of the images. */
export const SETTINGS = {
  notebook: { dropout: 0.25, inputs: '0 to 1' },
  'pixels 0 to 255': { dropout: 0.25, inputs: '0 to 255' },
  'no dropout': { dropout: 0, inputs: '0 to 1' },
} as const;

export type Setting = keyof typeof SETTINGS;

const paramsOf = (setting: Setting, images: number, seed: number): Params => ({
  ...SETTINGS[setting],
  images,
  epochs: 60,
  rate: 0.01,
  seed,
});

/** What the page tells of a run. */
export interface Row {
  setting: Setting;
  images: number;
  seed: number;
  loss: number;
  trainAccuracy: number;
  testAccuracy: number;
  /** Share of all parameters outside ±0.3. */
  outside: number;
  /** Per layer: standard deviation at the end over that at the start. */
  widened: number[];
  /** Per layer: epochs after which the standard deviation was less than before. */
  narrowed: number[];
  /** Input layer: how far it moved in the first epoch, in the most restless one (and which that was), and in the last. */
  distance: { first: number; most: number; mostAt: number; last: number; rises: number };
  /** Square layer: its condition number at the start, at most (and when), at the end, and how often it rose. */
  condition: { start: number; most: number; mostAt: number; end: number; rises: number };
  /** Per layer: share of entries with |w| < 0.01 at the start and at the end. */
  small: [number, number][];
  /** Exact zeros in all kernels at the end. */
  zeros: number;
}

const to = (digits: number, value: number): number => Number(value.toPrecision(digits));

function peak(values: readonly number[]) {
  const most = Math.max(...values);
  return { most: to(4, most), mostAt: values.indexOf(most), rises: rises(values) };
}

/** The numbers of a run. */
function condense({ label, params }: MeasuredRun<Setting, Params>, { epochs }: Result): Row {
  const { images, seed } = params;
  const [start, end] = [epochs[0]!, epochs.at(-1)!];
  const distances = epochs.slice(1).map(({ layers }) => layers[0]!.distance);
  const conditions = epochs.map(({ layers }) => layers[2]!.condition);
  const moved = peak(distances);
  const each = <T>(pick: (layer: number) => T) => LAYERS.map((_, i) => pick(i));
  return {
    setting: label,
    images,
    seed,
    loss: to(4, end.loss),
    trainAccuracy: to(4, end.trainAccuracy),
    testAccuracy: to(4, end.testAccuracy),
    outside: to(3, end.outside),
    widened: each((i) => to(4, end.layers[i]!.std / start.layers[i]!.std)),
    narrowed: each(
      (i) => epochs.filter(({ layers }, k) => k > 0 && layers[i]!.std < epochs[k - 1]!.layers[i]!.std).length,
    ),
    distance: { first: to(4, distances[0]!), ...moved, mostAt: moved.mostAt + 1, last: to(4, distances.at(-1)!) },
    condition: { start: to(4, conditions[0]!), ...peak(conditions), end: to(4, conditions.at(-1)!) },
    small: each((i) => [to(3, start.layers[i]!.small), to(3, end.layers[i]!.small)] as [number, number]),
    zeros: end.layers.reduce((sum, { zeros }) => sum + zeros, 0),
  };
}

const runsOf = (images: number, seeds: readonly number[]) =>
  seeds.flatMap((seed) =>
    (Object.keys(SETTINGS) as Setting[]).map((label) => ({ label, params: paramsOf(label, images, seed) })),
  );

export const measurement: Measurement<Setting, Params, Result, Row> = {
  experiment: weightsDuringLearning,
  runs: [...runsOf(20_000, [1, 2, 3]), ...runsOf(5000, [1, 2, 3, 4])],
  sample: { label: 'no dropout', params: { ...paramsOf('no dropout', 640, 1), epochs: 5, rate: 0.1 } },
  condense,
};
