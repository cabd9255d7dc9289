import { quantiles } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { golden } from '../both.ts';
import { dataOf, type Recipe } from '../recipe.ts';

describe('quantiles', () => {
  it('quantiles(x, ps) equals numpy.quantile in float64, to the last bit', () => {
    const cases = golden<{ data: Recipe; ps: number[]; values: number[] }>('statistics', 'quantile');
    for (const { data, ps, values } of cases)
      expect(Array.from(quantiles(dataOf(data), ps))).toEqual(values.map((v) => v + 0));
  });
  it('quantiles(x, ps) takes float32, leaves x alone and keeps the order of ps', () => {
    const x = Float32Array.of(4, 1, 3, 2);
    expect(Array.from(quantiles(x, [1, 0.5, 0]))).toEqual([4, 2.5, 1]);
    expect(Array.from(x)).toEqual([4, 1, 3, 2]);
    expect(quantiles(x, []).length).toBe(0);
    expect(Array.from(quantiles(Float32Array.of(9), Float64Array.of(0.3)))).toEqual([9]);
  });
  it('quantiles(x, ps) rejects an empty x, NaN by index and probabilities outside [0, 1]', () => {
    expect(() => quantiles(new Float32Array(0), [0.5])).toThrow('quantiles: x must not be empty');
    expect(() => quantiles(Float64Array.of(1, Number.NaN), [0.5])).toThrow(
      'quantiles: x must not be NaN, got NaN at x[1]',
    );
    for (const p of [-0.1, 1.1, Number.NaN])
      expect(() => quantiles(Float32Array.of(1), [p])).toThrow('quantiles: ps must be numbers in [0, 1]');
    expect(() => quantiles(Float32Array.of(1), 0.5 as unknown as number[])).toThrow(TypeError);
  });
});
