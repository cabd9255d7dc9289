import * as viz from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { chartCases } from '../../../benchmarks/chart-cases.mjs';
import { cpuTime } from './figures.ts';

// All of them are drawn in the deep tier.
const cases = chartCases(viz);
const some = [
  'lineChart',
  'bandChart',
  'contourChart, noise',
  'decisionBoundary, points',
  'heatmap',
  'layerChart',
  'paretoChart',
];

// On a quiet machine each takes 0.05 to 0.3 s of a processor; other programs make that more.
describe.each(some)('%s of a million values', (name) => {
  it('is drawn within 1.5 s of a processor, in less than a megabyte', () => {
    const draw = cases[name]!();
    let svg = '';
    const time = cpuTime(() => {
      svg = draw().svg();
    }, 1500);
    expect(svg.length).toBeLessThan(1_000_000);
    expect(time).toBeLessThan(1500);
  }, 60_000);
});
