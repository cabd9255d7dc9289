import {
  bandChart,
  coefficientPaths,
  contourChart,
  decisionBoundary,
  type Figure,
  heatmap,
  histogramChart,
  importanceChart,
  lineChart,
  maskChart,
  paretoChart,
  smallMultiples,
} from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { cpuTime } from './figures.ts';

const N = 1_000_000;
const noise = Float64Array.from({ length: N }, (_, i) => (1000 * Math.sin(12.9898 * i)) % 1);
const bowl = Float64Array.from(
  { length: N },
  (_, i) => ((i % 1000) / 500 - 1) ** 2 + (Math.floor(i / 1000) / 500 - 1) ** 2,
);
const objects = <T>(make: (i: number) => T) => Array.from({ length: N }, (_, i) => make(i));

const all: [string, () => () => Figure][] = [
  ['lineChart', () => () => lineChart({ series: [{ name: 'a', y: noise }] })],
  [
    'coefficientPaths',
    () => () => coefficientPaths({ x: noise.map((_, i) => i + 1), series: [{ name: 'a', y: noise }] }),
  ],
  ['smallMultiples', () => () => smallMultiples({ panels: [{ name: 'p', series: [{ name: 'a', y: noise }] }] })],
  [
    'bandChart',
    () => {
      const [low, high] = [noise.map((value) => value - 1), noise.map((value) => value + 1)];
      return () => bandChart({ bands: [{ name: 'a', low, high, middle: noise }] });
    },
  ],
  ['contourChart', () => () => contourChart({ values: bowl, shape: [1000, 1000] })],
  ['heatmap', () => () => heatmap({ values: noise, shape: [1000, 1000] })],
  ['maskChart', () => () => maskChart({ values: noise, shape: [1000, 1000] })],
  [
    'histogramChart',
    () => {
      const edges = Float64Array.from({ length: N + 1 }, (_, i) => i);
      return () => histogramChart({ edges, curves: [{ name: 'a', counts: noise.map(Math.abs) }] });
    },
  ],
  [
    'importanceChart',
    () => {
      const importances = objects((i) => ({ name: `unit ${i}`, value: noise[i]! }));
      return () => importanceChart({ importances });
    },
  ],
  [
    'paretoChart',
    () => {
      const points = objects((i) => ({
        name: `model ${i}`,
        size: 1 + Math.abs(noise[i]!),
        accuracy: noise[(7 * i) % N]!,
      }));
      return () => paretoChart({ points });
    },
  ],
  [
    'decisionBoundary',
    () => {
      const points = objects((i) => ({ x: Math.abs(noise[i]!), y: Math.abs(noise[(7 * i) % N]!), class: i % 2 }));
      return () =>
        decisionBoundary({
          values: [
            [0, 1],
            [1, 0],
          ],
          points,
        });
    },
  ],
];

// On a quiet machine each takes 0.05 to 0.3 s of a processor; other programs make that more, a sort of a million things or texts several times as much.
describe.each(all)('%s of a million values', (_name, prepare) => {
  it('is drawn within 1.5 s of a processor, in less than a megabyte', () => {
    const draw = prepare();
    let svg = '';
    const time = cpuTime(() => {
      svg = draw().svg();
    });
    expect(svg.length).toBeLessThan(1_000_000);
    expect(time).toBeLessThan(1500);
  }, 60_000);
});
