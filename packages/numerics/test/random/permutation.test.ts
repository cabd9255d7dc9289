import { fillBits, foldIn, permutation, randomKey } from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { onBothPaths } from '../both.ts';

onBothPaths('permutation', () => {
  it('permutation(n, key) holds every index once', () => {
    for (const n of [0, 1, 2, 3, 100, 5000]) {
      expect(Array.from(permutation(n, randomKey(n)).sort())).toEqual(Array.from({ length: n }, (_, i) => i));
    }
  });
  it('permutation(n, key) sorts by the 64-bit numbers that its law states', () => {
    const key = randomKey(9, 'order');
    const n = 3000;
    const high = fillBits(new Uint32Array(n), foldIn(key, 0));
    const low = fillBits(new Uint32Array(n), foldIn(key, 1));
    const rank = (i: number) => (BigInt(high[i]!) << 32n) | BigInt(low[i]!);
    const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
    expect(Array.from(permutation(n, key))).toEqual(order);
  });
  it('permutation(n, key) lets the low words decide where high words are equal', () => {
    const key = randomKey(1);
    const n = 200_000;
    const high = fillBits(new Uint32Array(n), foldIn(key, 0));
    const low = fillBits(new Uint32Array(n), foldIn(key, 1));
    const order = permutation(n, key);
    let misplaced = 0;
    let againstIndex = 0;
    for (let i = 1; i < n; i++) {
      const [a, b] = [order[i - 1]!, order[i]!];
      if (high[a]! > high[b]! || (high[a] === high[b] && low[a]! > low[b]!)) misplaced++;
      if (high[a] === high[b] && a > b) againstIndex++;
    }
    expect(misplaced).toBe(0);
    // About n^2 / 2^33 = 4.7 pairs have equal high words; in some of them the low words turn the indices round.
    expect(againstIndex).toBeGreaterThan(0);
  });
  it('permutation(4, key) gives each of the 24 orders its share', () => {
    const runs = 2400;
    const counts = new Map<string, number>();
    for (let i = 0; i < runs; i++) {
      const name = permutation(4, randomKey(i)).join();
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    let chi = 0;
    for (const count of counts.values()) chi += (count - runs / 24) ** 2 / (runs / 24);
    expect(counts.size).toBe(24);
    // Chi squared with 23 degrees of freedom: P(> 49.7) = 0.001; the seeds are fixed.
    expect(chi).toBeLessThan(49.7);
  });
  it('permutation(n, key) rejects a size that is no integer in [0, 2^31)', () => {
    for (const n of [-1, 1.5, Number.NaN, 2 ** 31]) {
      expect(() => permutation(n, [0, 0])).toThrow('permutation: n must be an integer in [0, 2^31)');
    }
  });
});
