import { describe, expect, it } from 'vitest';
import { type ConstantSparsityOptions, constantSparsity } from '../../src/schedules/constant-sparsity.ts';

const steps = Array.from({ length: 400 }, (_, t) => t);

describe('constantSparsity', () => {
  it('constantSparsity({ sparsity }) prunes at 0, 100, 200, ... without end', () => {
    const schedule = constantSparsity({ sparsity: 0.5 });
    expect(steps.filter((t) => schedule(t) !== undefined)).toEqual([0, 100, 200, 300]);
    expect(schedule(1e9)).toBe(0.5);
  });

  it('constantSparsity({ begin, end, frequency }) prunes only if begin <= t <= end and frequency divides t - begin', () => {
    const schedule = constantSparsity({ sparsity: 0.25, begin: 10, end: 30, frequency: 8 });
    expect(steps.filter((t) => schedule(t) === 0.25)).toEqual([10, 18, 26]);
    expect(schedule(30)).toBeUndefined();
  });

  it('constantSparsity({ sparsity: 0 }) is a sparsity of 0 and not none', () => {
    expect(constantSparsity({ sparsity: 0 })(0)).toBe(0);
  });

  it('constantSparsity refuses bad values and unknown names', () => {
    expect(() => constantSparsity({ sparsity: 1 })).toThrow(
      new RangeError('constantSparsity: sparsity must be in [0, 1), got 1'),
    );
    expect(() => constantSparsity({ sparsity: 0.5, begin: -1 })).toThrow(RangeError);
    expect(() => constantSparsity({ sparsity: 0.5, begin: 9, end: 8 })).toThrow(RangeError);
    expect(() => constantSparsity({ sparsity: 0.5, frequency: 0 })).toThrow(RangeError);
    expect(() => constantSparsity({ sparsity: 0.5, every: 3 } as ConstantSparsityOptions)).toThrow(
      new TypeError('constantSparsity: options must be among sparsity, begin, end, frequency, got "every"'),
    );
  });
});
