import { checkFinite, checkOptions, checkRange, checkType, show } from '@weightkit/numerics/check';
import { describe, expect, it } from 'vitest';

describe('check', () => {
  it('checkRange(ok, rule, got) throws a RangeError with rule and value, and nothing when it holds', () => {
    expect(() => checkRange(false, 'prune: sparsity must be in [0, 1)', 1.2)).toThrow(
      new RangeError('prune: sparsity must be in [0, 1), got 1.2'),
    );
    expect(checkRange(true, 'x', 0)).toBeUndefined();
  });
  it('checkType(ok, rule, got) throws a TypeError', () => {
    expect(() => checkType(false, 'f: x must be a number', '1')).toThrow(
      new TypeError('f: x must be a number, got "1"'),
    );
  });
  it('checkOptions(fn, options, allowed) names the unknown option and the valid set', () => {
    expect(() => checkOptions('prune', { sparsty: 1 }, ['sparsity', 'scope'])).toThrow(
      'prune: options must be among sparsity, scope, got "sparsty"',
    );
    expect(() => checkOptions('prune', 3 as unknown as object, [])).toThrow('prune: options must be an object, got 3');
    expect(checkOptions('prune', undefined, [])).toBeUndefined();
  });
  it('checkFinite(fn, what, path, values) names the first bad index', () => {
    expect(() => checkFinite('prune', 'weights', 'a/kernel', [1, Number.NaN, Number.POSITIVE_INFINITY])).toThrow(
      'prune: weights must be finite, got NaN at a/kernel[1]',
    );
    expect(() => checkFinite('prune', 'weights', 'a/kernel', [Number.NEGATIVE_INFINITY])).toThrow(
      '-Infinity at a/kernel[0]',
    );
  });
  it('show(value) is short for every kind of value', () => {
    expect([-0, Number.NaN, 3n, null, undefined, [1, 2], {}, { a: 1 }, new Map(), () => 0].map(show)).toEqual([
      '-0',
      'NaN',
      '3n',
      'null',
      'undefined',
      '[1, 2]',
      '{}',
      '{a}',
      'Map',
      'function (anonymous)',
    ]);
    expect(show('x'.repeat(100)).length).toBeLessThan(70);
    expect(show(new Float32Array(20))).toBe('[0, 0, 0, 0, 0, 0, 0, 0, ... (20 in all)]');
  });
});
