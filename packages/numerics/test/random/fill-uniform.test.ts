import { fillUniform, randomKey } from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { golden, onBothPaths, ulp, worst } from '../both.ts';

interface Case {
  seed: number;
  min: number;
  max: number;
  values: number[];
  compiled: number[];
}

onBothPaths('fillUniform', () => {
  it('fillUniform(out, key, {min, max}) equals jax.random.uniform, op by op, bit for bit', () => {
    const cases = golden<Case>('streams', 'uniform');
    expect(cases.length).toBe(20);
    for (const { seed, min, max, values, compiled } of cases) {
      const out = fillUniform(new Float32Array(values.length), randomKey(seed), { min, max });
      expect(Array.from(out)).toEqual(values);
      // XLA's CPU compiler may fuse f * (max - min) + min, which spares one rounding, half an ulp of the larger end.
      expect(worst(out, compiled, () => ulp(Math.max(Math.abs(min), Math.abs(max))))).toBeLessThanOrEqual(1);
      if (min === 0 && max === 1) expect(Array.from(out)).toEqual(compiled);
    }
  });
  it('fillUniform(out, key) is flat: every 16th holds its share within five standard deviations', () => {
    const n = 160_000;
    const counts = new Array<number>(16).fill(0);
    for (const value of fillUniform(new Float32Array(n), randomKey(1))) counts[Math.floor(value * 16)]!++;
    // Binomial: mean n / 16, variance n (1/16) (15/16).
    const bound = 5 * Math.sqrt((n * 15) / 256);
    for (const count of counts) expect(Math.abs(count - n / 16)).toBeLessThan(bound);
  });
  it('fillUniform(out, key, {min, max}) with equal ends gives them, and 0 is an end like any other', () => {
    expect(Array.from(fillUniform(new Float32Array(2), [0, 0], { min: 3, max: 3 }))).toEqual([3, 3]);
    const positive = fillUniform(new Float32Array(1000), [0, 0], { min: 0, max: 1 });
    expect(Math.min(...positive)).toBeGreaterThanOrEqual(0);
    const negative = fillUniform(new Float32Array(1000), [0, 0], { min: -1, max: 0 });
    expect(Math.max(...negative)).toBeLessThanOrEqual(0);
  });
  it('fillUniform(out, key, {min, max}) rejects ends that are not finite, in order and of finite width', () => {
    const fill = (min: number, max: number) => () => fillUniform(new Float32Array(1), [0, 0], { min, max });
    expect(fill(1, 0)).toThrow('fillUniform: max must be a finite float32, min or more, got 0');
    expect(fill(Number.NaN, 0)).toThrow('fillUniform: min must be a finite float32, got NaN');
    expect(fill(0, Number.NaN)).toThrow(RangeError);
    expect(fill(0, 1e39)).toThrow(RangeError);
    expect(fill(-3e38, 3e38)).toThrow('fillUniform: max - min must be a finite float32');
    expect(fill('0' as never, 1)).toThrow('fillUniform: min must be a finite float32, got "0"');
    expect(fill(0, '1' as never)).toThrow(RangeError);
  });
});
