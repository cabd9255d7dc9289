import { fillBernoulli, randomKey } from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { golden, onBothPaths } from '../both.ts';

const ones = (x: Uint8Array) => x.reduce((sum, v) => sum + v, 0);

onBothPaths('fillBernoulli', () => {
  it('fillBernoulli(out, key, options) equals jax.random.bernoulli', () => {
    const cases = golden<{ seed: number; p: number; values: number[] }>('draws', 'bernoulli');
    expect(cases.length).toBe(30);
    for (const { seed, p, values } of cases) {
      expect(Array.from(fillBernoulli(new Uint8Array(41), randomKey(seed), { p }))).toEqual(values);
    }
  });
  it('fillBernoulli(out, key, options) with an offset is a slice of the whole, chunks included', () => {
    const key = randomKey(1, 'mask');
    const all = fillBernoulli(new Uint8Array(70_000), key, { p: 0.3 });
    expect(fillBernoulli(new Uint8Array(40_000), key, { p: 0.3, offset: 30_000 })).toEqual(all.slice(30_000));
  });
  it('fillBernoulli(out, key, options) has p ones in the mean, 0.5 by default, none for 0 and all for 1', () => {
    const n = 50_000;
    for (const p of [0.01, 0.3, 0.9]) {
      const count = ones(fillBernoulli(new Uint8Array(n), randomKey(3), { p }));
      // Five standard deviations.
      expect(Math.abs(count - n * p)).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));
    }
    expect(fillBernoulli(new Uint8Array(100), randomKey(4))).toEqual(
      fillBernoulli(new Uint8Array(100), randomKey(4), { p: 0.5 }),
    );
    expect(ones(fillBernoulli(new Uint8Array(n), randomKey(5), { p: 0 }))).toBe(0);
    expect(ones(fillBernoulli(new Uint8Array(n), randomKey(5), { p: 1 }))).toBe(n);
  });
  it('fillBernoulli(out, key, options) rejects what is no probability', () => {
    const out = new Uint8Array(3);
    for (const p of [-0.1, 1.1, Number.NaN]) {
      expect(() => fillBernoulli(out, [0, 0], { p })).toThrow(`fillBernoulli: p must be in [0, 1], got ${p}`);
    }
    expect(() => fillBernoulli(new Float32Array(3) as never, [0, 0])).toThrow(
      'fillBernoulli: out must be a Uint8Array',
    );
    expect(() => fillBernoulli(out, [0, 0], { prob: 1 } as never)).toThrow('options must be among p, offset');
    expect(() => fillBernoulli(out, [0, 0], { offset: 0.5 })).toThrow('offset must be a safe integer');
    expect(fillBernoulli(new Uint8Array(0), [0, 0]).length).toBe(0);
  });
});
