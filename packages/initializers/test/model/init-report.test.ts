import { expect, it } from 'vitest';
import { constant, heNormal, orthogonal, torchDefault, uniform } from '../../src/index.ts';
import { type Initializer, lawOf } from '../../src/laws/initializer.ts';
import { type Filled, reportOn } from '../../src/model/init-report.ts';

function filled(initializer: Initializer, shape: number[], values: number[]): Filled {
  const law = lawOf(initializer)!;
  return {
    path: 'w',
    stream: 'w',
    shape,
    law,
    acting: law,
    fans: { fanIn: 8, fanOut: 2 },
    seed: 3,
    values: Float32Array.from(values),
  };
}

it('reportOn(seed, filled, skipped) measures about the mean of the law, in standard errors', () => {
  const report = reportOn(3, [filled(uniform({ min: -1, max: 1 }), [4], [1, 1, 1, 1])], []);
  const [only] = report.initialized;
  expect(only).toMatchObject({
    path: 'w',
    shape: [4],
    law: 'uniform',
    seed: 3,
    fanIn: 8,
    fanOut: 2,
    orthogonality: null,
  });
  expect(only!.config).toEqual({ min: -1, max: 1 });
  expect(only!.std).toBeCloseTo(1 / Math.sqrt(3), 12);
  expect(only!.measuredStd).toBe(1);
  // (sqrt 3 - 1) / sqrt(0.8 / 16)
  expect(only!.deviation).toBeCloseTo((Math.sqrt(3) - 1) / Math.sqrt(0.05), 10);
  expect(report.worstDeviation).toBe(only!.deviation);
});

it('reportOn(seed, filled, skipped) tells a law that lost its variance: 0.88 of the standard deviation', () => {
  const n = 10000;
  const twelveHundredths = Array.from({ length: n }, (_, i) => (i % 2 ? 0.88 : -0.88) * 0.5);
  const { worstDeviation } = reportOn(0, [filled(heNormal(), [100, 100], twelveHundredths)], []);
  // -0.12 of a standard error of about sqrt(1.4 / 4n) = 0.0059
  expect(worstDeviation).toBeGreaterThan(18);
});

it('reportOn(seed, filled, skipped) has no deviation where nothing is left to chance', () => {
  const report = reportOn(
    0,
    [
      filled(constant({ value: 2 }), [2], [2, 2]),
      filled(orthogonal(), [2, 2], [0, 1, 1, 0]),
      filled(heNormal(), [0, 3], []),
    ],
    [{ path: 'b', reason: 'no pattern matches it' }],
  );
  expect(report.initialized.map(({ deviation }) => deviation)).toEqual([null, null, null]);
  expect(report.initialized.map(({ measuredStd }) => measuredStd)).toEqual([0, Math.SQRT1_2, 0]);
  expect(report.initialized.map(({ orthogonality }) => orthogonality)).toEqual([null, 0, null]);
  expect(report).toMatchObject({ seed: 0, worstDeviation: 0, worstOrthogonality: 0 });
  expect(report.skipped).toEqual([{ path: 'b', reason: 'no pattern matches it' }]);
});

it('reportOn(seed, filled, skipped) reports the worst orthogonality', () => {
  const report = reportOn(0, [filled(orthogonal(), [2, 2], [0, 1, 1, 0]), filled(orthogonal(), [1, 2], [1, 0.5])], []);
  expect(report.worstOrthogonality).toBe(0.25);
});

it('reportOn(seed, filled, skipped) measures by the law that acted and names the one that was asked for', () => {
  const acting = lawOf(constant({ value: 1 }))!;
  const [only] = reportOn(0, [{ ...filled(torchDefault(), [2], [1, 1]), acting }], []).initialized;
  expect(only).toMatchObject({ law: 'torchDefault', std: 0, measuredStd: 0 });
});
