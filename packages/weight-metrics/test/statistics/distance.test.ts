import { describe, expect, it } from 'vitest';
import { distance, relative } from '../../src/statistics/distance.ts';

describe('distance', () => {
  it('distance(a, b) is ‖a - b‖ at any scale of float32', () => {
    expect(distance(Float32Array.of(4, -2), Float32Array.of(1, 2))).toBe(5);
    expect(distance(Float32Array.of(3 * 2 ** 125, 2 ** 127), new Float32Array(2))).toBe(5 * 2 ** 125);
    expect(distance(Float32Array.of(3 * 2 ** -149, 2 ** -147), new Float32Array(2))).toBe(5 * 2 ** -149);
    expect(distance(new Float32Array(0), new Float32Array(0))).toBe(0);
  });

  it('distance(a, b) is NaN with a NaN and Infinity with an infinite entry', () => {
    expect(distance(Float32Array.of(Number.NaN), Float32Array.of(1))).toBeNaN();
    expect(distance(Float32Array.of(Number.POSITIVE_INFINITY), Float32Array.of(1))).toBe(Number.POSITIVE_INFINITY);
  });

  it('relative(part, whole) is 0 for nothing of nothing', () => {
    expect(relative(0, 0)).toBe(0);
    expect(relative(1, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(relative(1, 4)).toBe(0.25);
  });
});
