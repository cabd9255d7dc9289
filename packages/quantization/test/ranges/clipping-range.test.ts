import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clippingRange, dequantizeValues, quantizeValues, type RangeMethod } from '../../src/index.ts';
import { histogramL2Range } from '../../src/ranges/histogram-l2-range.ts';
import { squareError } from '../../src/ranges/mse-range.ts';
import { binsOf, sampleOf, sampleOfBins } from '../../src/ranges/range-sample.ts';
import { RANGE_METHODS, searchRange, stepsFor } from '../../src/ranges/search-range.ts';
import { floats, golden, normals } from '../helpers.ts';

interface Case {
  name: string;
  bits: number;
  values: string;
  percentile: [number, number];
  mse: { least: number; plain: number; symmetric: number };
  octav: number;
  entropy: { affine: [number, number]; symmetric: [number, number] };
  observer: { bins: number; counts: number[]; range: [number, number] };
}

/** Within so many roundings of float64. */
const near = (found: number, wanted: number, width: number, roundings = 64): void =>
  expect(Math.abs(found - wanted)).toBeLessThanOrEqual(roundings * 2 ** -53 * width);

const errorOf = (values: Float32Array, { min, max }: { min: number; max: number }, bits: number, symmetric = false) =>
  squareError(sampleOf(values), stepsFor(2 ** bits, symmetric)(min, max), Number.POSITIVE_INFINITY);

test.for(golden<Case>('ranges').map((c) => [`${c.name}, ${c.bits} bits`, c] as const))(
  'clippingRange of %s is that of numpy, scipy and torch',
  ([, c]) => {
    const values = floats(c.values);
    const { bits } = c;
    const { low, high } = sampleOf(values);
    const width = high - low;
    const percentile = clippingRange(values, { method: 'percentile', percentile: 99 });
    near(percentile.min, c.percentile[0], width);
    near(percentile.max, c.percentile[1], width);
    // Sums of up to 1000 squares, each with a few roundings, in another order than numpy's.
    const least = errorOf(values, clippingRange(values, { method: 'mse', bits }), bits);
    expect(Math.abs(least - c.mse.least)).toBeLessThanOrEqual(1000 * 2 ** -50 * c.mse.plain);
    expect(least).toBeLessThanOrEqual(errorOf(values, { min: low, max: high }, bits));
    const mirrored = clippingRange(values, { method: 'mse', bits, symmetric: true });
    const error = errorOf(values, mirrored, bits, true);
    expect(Math.abs(error - c.mse.symmetric)).toBeLessThanOrEqual(1000 * 2 ** -50 * error);
    const octav = clippingRange(values, { method: 'octav', bits, symmetric: true });
    // Sums of up to 1000 numbers: each off by 1000 roundings at most, and a fixed point by twice that.
    near(octav.max, c.octav, width, 4000);
    expect(octav.min).toBe(-octav.max);
    for (const [symmetric, wanted] of [
      [false, c.entropy.affine],
      [true, c.entropy.symmetric],
    ] as const) {
      const found = clippingRange(values, { method: 'entropy', bits, symmetric });
      // The range is never wider than the values', and has 0 where they have.
      const [a, b] = symmetric ? wanted : [Math.max(wanted[0], low), Math.min(wanted[1], high)];
      near(found.min, a, width);
      near(found.max, b, width);
    }
    const { counts, range } = c.observer;
    const observed = histogramL2Range({ counts, low, high }, 2 ** bits);
    near(observed.min, range[0], width);
    near(observed.max, range[1], width);
  },
);

test('clippingRange by octav ends where rounding and clipping noise balance at both ends', () => {
  for (const { values: text, bits } of golden<Case>('ranges')) {
    const values = floats(text);
    const { min, max } = clippingRange(values, { method: 'octav', bits });
    const inside = values.filter((x) => x >= min && x <= max).length;
    const noise = ((max - min) / (12 * 4 ** bits)) * inside;
    const beyond = values.reduce((sum, x) => sum + Math.max(x - max, 0), 0);
    const under = values.reduce((sum, x) => sum + Math.max(min - x, 0), 0);
    // Sums of up to 1000 numbers of up to 25 around 0.
    for (const clipped of [beyond, under])
      if (clipped > 0) expect(Math.abs(noise - clipped)).toBeLessThan(1000 * 25 * 1000 * 2 ** -52);
  }
});

test('clippingRange lies in the range of the values, keeps 0 in it and mirrors with them', () => {
  const numbers = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }), {
    minLength: 1,
    maxLength: 80,
  });
  fc.assert(
    fc.property(numbers, fc.constantFrom(...RANGE_METHODS), fc.integer({ min: 2, max: 5 }), (list, method, bits) => {
      const values = Float32Array.from(list);
      const { low, high } = sampleOf(values);
      const { min, max } = clippingRange(values, { method, bits });
      expect(min).toBeGreaterThanOrEqual(low);
      expect(max).toBeLessThanOrEqual(high);
      expect(min < max || low === high).toBe(true);
      if (low <= 0 && high >= 0) expect(min <= 0 && max >= 0).toBe(true);
      if (method === 'mse' && low < high)
        expect(errorOf(values, { min, max }, bits)).toBeLessThanOrEqual(errorOf(values, { min: low, max: high }, bits));
      const mirrored = clippingRange(values, { method, bits, symmetric: true });
      expect(mirrored.max).toBe(-mirrored.min);
    }),
    { numRuns: 300 },
  );
});

test('clippingRange of a histogram is that of its values, as finely as its bins', () => {
  const values = normals(20_000);
  values[5] = 40;
  const whole = sampleOf(values);
  const few = sampleOfBins(binsOf(whole, 8192, whole.low, whole.high));
  const bin = (whole.high - whole.low) / 8192;
  for (const method of ['percentile', 'octav'] as const) {
    const search = { method, codes: 256, symmetric: false, percentile: 99 };
    const [a, b] = [searchRange(whole, search), searchRange(few, search)];
    expect(Math.abs(a.min - b.min)).toBeLessThan(2 * bin);
    expect(Math.abs(a.max - b.max)).toBeLessThan(2 * bin);
  }
});

test('quantizeValues in a range of clippingRange errs less than in that of the values, where there are outliers', () => {
  const values = normals(4000, 1, 0, 3);
  values[9] = 12;
  const errorIn = (range: { min: number; max: number }) => {
    const grid = { dtype: 'uint4', ranges: { min: [range.min], max: [range.max] } } as const;
    const { codes, scales, zeroPoints } = quantizeValues(values, [4000], grid);
    return values.reduce((sum, x, i) => sum + (x - (codes[i]! - zeroPoints![0]!) * scales![0]!) ** 2, 0);
  };
  const plain = errorIn(clippingRange(values, { method: 'minmax' }));
  for (const method of ['mse', 'octav', 'entropy'] as const)
    expect(errorIn(clippingRange(values, { method, bits: 4 }))).toBeLessThan(plain / 2);
});

test('quantizeValues(values, shape, {range}) clips each block by itself, and mse never errs more than minmax', () => {
  const values = normals(2048, 1, 0, 4);
  for (const at of [5, 700, 1500]) values[at] = 9;
  for (const dtype of ['int3', 'int4', 'uint4', 'uint8'] as const)
    for (const granularity of ['tensor', { axis: 0 }, { group: 32 }] as const) {
      const errorOf = (range: RangeMethod) => {
        const back = dequantizeValues(quantizeValues(values, [16, 128], { dtype, granularity, range }));
        return values.reduce((sum, x, i) => sum + (x - back[i]!) ** 2, 0);
      };
      // Steps are rounded to float32, and codes near a tie go one way or the other: a millionth of the error.
      expect(errorOf('mse')).toBeLessThanOrEqual(errorOf('minmax') * (1 + 1e-6));
      if (dtype !== 'uint8' && granularity !== 'tensor') continue;
      expect(errorOf('octav')).toBeLessThan(errorOf('minmax') * 2);
    }
  const wrong = (grid: object) => () => quantizeValues(values, [2048], grid as never);
  expect(wrong({ dtype: 'nf4', range: 'mse' })).toThrow('quantizeValues: range must be left out for nf4, got "mse"');
  expect(wrong({ dtype: 'int4', range: 'mse', ranges: { min: [0], max: [1] } })).toThrow(
    'quantizeValues: range must be left out beside ranges',
  );
  expect(wrong({ dtype: 'uint16', range: 'entropy' })).toThrow('quantizeValues: range of uint16 must not be entropy');
});
