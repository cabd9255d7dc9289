import type { Figures } from '@weightkit/lesson';
import { contourChart, type Figure, lineChart } from '@weightkit/viz';
import type { Params, Result } from './experiment.ts';
import { SCALES } from './ground.ts';
import { ALONG, type Between, ridge } from './ridge.ts';

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Three digits, without a row of zeros. */
export function short(value: number): string {
  if (value === 0) return '0';
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -4 && exponent < 5) return String(Number(value.toPrecision(3)));
  return `${(value / 10 ** exponent).toFixed(1)}e${exponent}`;
}

/** Heights of the contours: the same in every map, so that flat ground has none and steep ground many. */
const LEVELS = [
  ...Array.from({ length: 15 }, (_, i) => 0.25 * (i + 1)),
  ...[4, 5, 7, 10, 15, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000],
];

/** What lies around the start, along the way that training takes. */
function map({ moments, map: { x, y, loss } }: Result, { scale }: Params, moment: number): Figure {
  const seen = moments.slice(0, moment + 1);
  const now = seen.at(-1)!;
  const values = y.map((_, row) => loss.slice(row * x.length, (row + 1) * x.length));
  const known = loss.filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return contourChart(
    { values, x, y, paths: [{ name: 'training', x: seen.map(({ x }) => x), y: seen.map(({ y }) => y) }] },
    {
      title: `Scale ${scale}, step ${now.step}: loss ${short(now.loss)}`,
      xLabel: 'distance, to where training leads',
      yLabel: 'to the side',
      valueLabel: 'loss',
      levels: LEVELS.filter((level) => level > low && level < high),
    },
  );
}

/** How steep the ground is, by the scale of the kernels. */
function slopes({ slopes, slope }: Result, { scale, bias }: Params): Figure {
  const drawn = slopes.map((height) => (height > 0 ? height : null));
  return lineChart(
    {
      series: [
        { name: bias === 0 ? 'same draws' : 'same draws, same biases', x: SCALES, y: drawn },
        { name: 'your scale', x: [scale], y: [slope.kernels > 0 ? slope.kernels : null] },
      ],
    },
    {
      title: 'How steep the ground is at the start',
      description:
        `The length of the gradient of the kernels by their scale, both axes logarithmic: ${short(slopes[0]!)} at ${SCALES[0]}, ` +
        `${short(slopes.at(-1)!)} at ${SCALES.at(-1)}, and ${short(slope.kernels)} at yours, ${scale}.`,
      xLabel: 'scale of the kernels',
      yLabel: 'length of the gradient',
      xScale: 'log',
      yScale: 'log',
    },
  );
}

/** The way to a network with another start. */
function line({ straight, matched, moved, units }: Between): Figure {
  const x = Array.from({ length: ALONG }, (_, k) => k / (ALONG - 1));
  return lineChart(
    {
      series: [
        { name: 'as it is', x, y: straight },
        { name: 'units in one order', x, y: matched },
      ],
    },
    {
      title: 'From one network straight to the other',
      description:
        `The loss of networks on the straight line between two that were trained from different starts. It rises by ${short(ridge(straight))} ` +
        `above its ends; with the units of the second in the order of the first, for which ${moved} of ${units} change places, by ${short(ridge(matched))}.`,
      xLabel: 'share of the second network',
      yLabel: 'loss',
      xDomain: [0, 1],
    },
  );
}

/** Digits right while it learns. */
function learning({ moments }: Result, { steps }: Params): Figure {
  return lineChart(
    {
      series: [
        { name: 'unseen digits right', x: moments.map(({ step }) => step), y: moments.map((m) => 100 * m.accuracy) },
      ],
    },
    { title: 'Unseen digits right', xLabel: 'step', yLabel: 'accuracy, %', xDomain: [0, steps], yDomain: [0, 100] },
  );
}

/** The ground, its slope, what lies between two networks, and what was learned. */
export function figures(result: Result, params: Params, moment = Number.POSITIVE_INFINITY): Figures {
  return {
    map: map(result, params, Math.min(result.moments.length - 1, moment)),
    slopes: slopes(result, params),
    ...(result.other ? { line: line(result.other) } : {}),
    learning: learning(result, params),
  };
}
