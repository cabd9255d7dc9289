import { describe, expect, it } from 'vitest';
import { orient } from '../../src/linear-algebra/orient.ts';

describe('orient', () => {
  it('orient(u, n, vt) makes the largest entry of every column positive and turns the row of vt with it', () => {
    const u = Float64Array.of(1, -2, -3, 1);
    const vt = Float64Array.of(1, 0, -5, 6, 7, -8);
    orient(u, 2, vt);
    expect(Array.from(u)).toEqual([-1, 2, 3, -1]);
    expect(Array.from(vt)).toEqual([-1, 0, 5, -6, -7, 8]);
  });
  it('orient(u, n) takes the first of entries that are equal within a millionth', () => {
    const u = Float64Array.of(-0.5, 0.5 + 1e-9, 0.5 - 1e-9);
    orient(u, 1);
    expect(u[0]).toBe(0.5);
    const apart = Float64Array.of(-0.5, 0.50001);
    orient(apart, 1);
    expect(Array.from(apart)).toEqual([-0.5, 0.50001]);
  });
  it('orient(u, n) makes no negative zero and takes empty matrices', () => {
    const u = Float64Array.of(0, -1);
    orient(u, 1);
    expect(Array.from(u)).toEqual([0, 1]);
    expect(() => orient(new Float64Array(0), 0, new Float64Array(0))).not.toThrow();
    expect(() => orient(new Float64Array(0), 3)).not.toThrow();
  });
});
