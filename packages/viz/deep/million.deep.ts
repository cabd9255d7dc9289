import * as viz from '@weightkit/viz';
import { describe, expect, it } from 'vitest';
import { chartCases } from '../../../benchmarks/chart-cases.mjs';
import { cpuTime } from '../test/figures.ts';

// The goal is 0.3 s on a quiet machine, and `npm run bench:charts` says how far it is met; here a busy one has ten times as long, so that
// only a way that does something for each of a million points, or for each pair of them, fails.
describe.each(Object.entries(chartCases(viz)))('%s of a million values', (_name, prepare) => {
  it('is drawn within 3 s of a processor, in less than 1.5 megabytes', () => {
    const draw = prepare();
    let svg = '';
    const time = cpuTime(() => {
      svg = draw().svg();
    }, 3000);
    expect(svg.length).toBeLessThan(1_500_000);
    expect(time).toBeLessThan(3000);
  }, 120_000);
});
