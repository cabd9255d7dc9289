import { type Key, threefry2x32 } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { golden } from '../both.ts';

describe('threefry2x32', () => {
  it('threefry2x32(key, x0, x1) gives the known answers of Random123', () => {
    // kat_vectors of Random123 1.09 (Salmon et al. 2011), threefry2x32 with 20 rounds.
    expect(threefry2x32([0, 0], 0, 0)).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry2x32([0xffffffff, 0xffffffff], 0xffffffff, 0xffffffff)).toEqual([0x1cb996fc, 0xbb002be7]);
    expect(threefry2x32([0x13198a2e, 0x03707344], 0x243f6a88, 0x85a308d3)).toEqual([0xc4923a9c, 0x483df7a0]);
  });
  it('threefry2x32(key, high, low) equals JAX for indices around and beyond 2^32', () => {
    const cases = golden<{ seed: number; index: number[]; x: number[]; y: number[] }>('streams', 'threefry_2x32');
    const keys = golden<{ seed: number; key: Key }>('streams', 'key, fold_in');
    expect(cases.length).toBe(5);
    for (const { seed, index, x, y } of cases) {
      const { key } = keys.find((one) => one.seed === seed)!;
      const words = index.map((i) => threefry2x32(key, Math.floor(i / 2 ** 32), i >>> 0));
      expect(words).toEqual(index.map((_, i) => [x[i], y[i]]));
    }
  });
});
