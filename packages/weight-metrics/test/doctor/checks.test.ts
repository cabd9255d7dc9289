import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fall, rise } from '../../src/doctor/course.ts';
import { sameUnits } from '../../src/doctor/duplicate-units.ts';
import type { LayerExam } from '../../src/doctor/exam.ts';
import { unitEntries } from '../../src/doctor/unit-entries.ts';
import { rmsOf, spreadOf, unitValues } from '../../src/doctor/unit-values.ts';
import { percent, short } from '../../src/doctor/words.ts';

const course = (...values: number[]) => values.map((value, i) => ({ value, layer: { path: `${i}` } as LayerExam }));

describe('fall(course) and rise(course)', () => {
  it('name the place of the largest step, and the factor over the whole', () => {
    expect(fall(course(1, 0.5, 0.001, 0.002))).toMatchObject({
      from: { path: '1' },
      to: { path: '2' },
      factor: 0.004,
      whole: 0.002,
    });
    expect(rise(course(1, 2, 300, 200))).toMatchObject({
      from: { path: '1' },
      to: { path: '2' },
      factor: 150,
      whole: 300,
    });
  });

  it('a branch that falls beside one that does not is no fall', () => {
    expect(fall(course(1, 1e-9, 1))).toMatchObject({ factor: 1, whole: 1 });
    expect(fall(course(0, 0, 0))).toMatchObject({ factor: 1, whole: 1 });
    expect([fall([]), rise([]), fall(course(1)), rise(course(1))]).toEqual([null, null, null, null]);
  });

  it('find one step in any flat course', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.nat(),
        fc.double({ min: 1e-9, max: 0.5, noNaN: true }),
        (n, pick, factor) => {
          const place = 1 + (pick % (n - 1));
          const values = Array.from({ length: n }, (_, i) => (i < place ? 1 : factor));
          expect(fall(course(...values))).toMatchObject({ to: { path: `${place}` }, factor, whole: factor });
          expect(rise(course(...values.map((value) => 1 / value)))?.to.path).toBe(`${place}`);
        },
      ),
    );
  });
});

describe('sameUnits(incoming)', () => {
  it('finds the copies that were made, and no others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 9 }),
        fc.integer({ min: 4, max: 20 }),
        // Two differ by 2^-12 of their size or more, which is above the 1e-5 below which units are the same.
        fc.uniqueArray(fc.nat(2 ** 12 - 2), { minLength: 180, maxLength: 180 }),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 4 }),
        (size, units, numbers, copies) => {
          const columns = Array.from({ length: units }, (_, unit) =>
            numbers.slice(unit * size, (unit + 1) * size).map((x) => x + 1),
          );
          const of = Array.from({ length: units }, (_, unit) => unit);
          for (const [from, to] of copies) of[to % units] = of[from % units]!;
          const groups = new Map<number, number[]>();
          for (const [unit, original] of of.entries()) groups.set(original, [...(groups.get(original) ?? []), unit]);
          const wanted = [...groups.values()].filter((group) => group.length > 1);
          const found = sameUnits({ units, size, at: (unit, i) => columns[of[unit]!]![i]! });
          const sorted = (list: number[][]) =>
            list.map((group) => [...group].sort((a, b) => a - b)).sort((a, b) => a[0]! - b[0]!);
          expect(sorted(found)).toEqual(sorted(wanted));
        },
      ),
    );
  });

  it('leaves out units without incoming weights, and those that are not finite', () => {
    const rows = [
      [0, 0],
      [0, 0],
      [Number.NaN, 1],
      [Number.NaN, 1],
      [1, 2],
      [1, 2.001],
      [1, 2],
    ];
    expect(sameUnits({ units: 7, size: 2, at: (unit, i) => rows[unit]![i]! })).toEqual([[4, 6]]);
  });
});

it('unitValues(values, units) is mean, population variance, least and greatest by unit, NaN and infinity left out', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 4, maxLength: 40 }),
      (units, list) => {
        const values = list.slice(0, list.length - (list.length % units));
        const { mean, variance, min, max, rows } = unitValues([...values, ...Array(units).fill(Number.NaN)], units);
        expect(rows).toBe(values.length / units + 1);
        for (let unit = 0; unit < units; unit++) {
          const own = values.filter((_, i) => i % units === unit);
          const m = own.reduce((a, b) => a + b, 0) / own.length;
          const v = own.reduce((sum, x) => sum + (x - m) ** 2, 0) / own.length;
          // Forty roundings of numbers up to 1e3, and of squares up to 4e6.
          expect(Math.abs(mean[unit]! - m)).toBeLessThan(1e-10);
          expect(Math.abs(variance[unit]! - v)).toBeLessThan(1e-6);
          expect([min[unit], max[unit]]).toEqual([Math.min(...own), Math.max(...own)]);
        }
      },
    ),
  );
  const two = unitValues([3, 1, -3, 1], 2);
  expect([spreadOf(two), rmsOf(two)]).toEqual([Math.sqrt(4.5), Math.sqrt(5)]);
  expect(unitValues([1, Number.NaN, Infinity], 1).nonFinite).toBe(2);
});

describe('unitEntries(weight) says which entries come into a unit', () => {
  const of = (type: string, property: string, shape: number[]) =>
    unitEntries({ layer: { name: '', trainable: true, getClassName: () => type }, property, shape });
  const entries = (found: ReturnType<typeof of>, unit: number) =>
    Array.from({ length: found!.size }, (_, i) => found!.entry(unit, i));

  it('columns of a dense kernel, and one entry of its bias', () => {
    expect(entries(of('Dense', 'kernel', [3, 2]), 1)).toEqual([1, 3, 5]);
    expect(entries(of('Dense', 'bias', [2]), 1)).toEqual([1]);
  });

  it('a column of each gate of an LSTM', () => {
    expect(entries(of('LSTMCell', 'kernel', [2, 8]), 1)).toEqual([1, 3, 5, 7, 9, 11, 13, 15]);
    expect(entries(of('LSTMCell', 'bias', [8]), 0)).toEqual([0, 2, 4, 6]);
    expect(entries(of('GRUCell', 'recurrentKernel', [2, 6]), 0)).toEqual([0, 2, 4, 6, 8, 10]);
  });

  it('rows of each place of a transposed convolution', () => {
    expect(entries(of('Conv2DTranspose', 'kernel', [1, 2, 2, 3]), 1)).toEqual([3, 4, 5, 9, 10, 11]);
  });

  it('nothing for depthwise kernels and embeddings, whose units see other inputs each', () => {
    expect(of('DepthwiseConv2D', 'depthwiseKernel', [3, 3, 4, 1])).toBeNull();
    expect(of('Embedding', 'embeddings', [9, 4])).toBeNull();
    expect(of('BatchNormalization', 'gamma', [4])).toBeNull();
  });
});

it('numbers read as people write them', () => {
  expect([0, 1, 0.12345, 123.456, 1e-7, 1.25e9, Number.POSITIVE_INFINITY].map(short)).toEqual([
    '0',
    '1',
    '0.123',
    '123',
    '1e-7',
    '1.3e9',
    'Infinity',
  ]);
  expect(percent(0.125)).toBe('13 %');
});
