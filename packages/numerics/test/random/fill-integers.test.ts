import { fillIntegers, randomKey } from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { golden, onBothPaths } from '../both.ts';

interface Case {
  seed: number;
  dtype: 'int32' | 'uint32';
  min: number;
  max: number;
  values: number[];
}

const arrayOf = { int32: Int32Array, uint32: Uint32Array };

onBothPaths('fillIntegers', () => {
  it('fillIntegers(out, key, options) equals jax.random.randint for int32 and uint32, whole ranges included', () => {
    const cases = golden<Case>('draws', 'randint');
    expect(cases.length).toBe(65);
    for (const { seed, dtype, min, max, values } of cases) {
      expect(Array.from(fillIntegers(new arrayOf[dtype](17), randomKey(seed), { min, max }))).toEqual(values);
    }
  });
  it('fillIntegers(out, key, options) with an offset is a slice of the whole', () => {
    const key = randomKey(1, 'dice');
    const all = fillIntegers(new Int32Array(1000), key, { min: -5, max: 9 });
    expect(fillIntegers(new Int32Array(77), key, { min: -5, max: 9, offset: 923 })).toEqual(all.slice(923));
  });
  it('fillIntegers(out, key, options) gives every integer its share', () => {
    const n = 60_000;
    const counts = new Float64Array(6);
    for (const v of fillIntegers(new Uint32Array(n), randomKey(2), { max: 6 })) counts[v]!++;
    const chi = counts.reduce((sum, count) => sum + (count - n / 6) ** 2 / (n / 6), 0);
    // Chi squared with 5 degrees of freedom: P(> 20.5) = 0.001; the seed is fixed.
    expect(chi).toBeLessThan(20.5);
  });
  it('fillIntegers(out, key, options) rejects ends that are no integers in order, or beyond the array', () => {
    const of = (out: Int32Array | Uint32Array, min: number, max: number) => () =>
      fillIntegers(out, [0, 0], { min, max });
    const [signed, unsigned] = [new Int32Array(2), new Uint32Array(2)];
    expect(of(signed, 3, 3)).toThrow('fillIntegers: max must be an integer from min + 1 to 2147483648, got 3');
    expect(of(signed, 0, 2 ** 31 + 1)).toThrow('max must be an integer from min + 1 to 2147483648');
    expect(of(unsigned, 0, 2 ** 32 + 1)).toThrow('max must be an integer from min + 1 to 4294967296');
    expect(of(unsigned, -1, 5)).toThrow('fillIntegers: min must be an integer from 0 to 4294967295, got -1');
    for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(of(signed, bad, 5)).toThrow('fillIntegers: min must be an integer from -2147483648 to 2147483647');
      expect(of(signed, 0, bad)).toThrow(RangeError);
    }
    expect(() => fillIntegers(signed, [0, 0], undefined as never)).toThrow('max must be an integer');
    expect(() => fillIntegers(new Float32Array(2) as never, [0, 0], { max: 2 })).toThrow(
      'out must be a Int32Array or Uint32Array',
    );
    expect(() => fillIntegers(signed, [0, 0], { max: 2, offset: -1 })).toThrow(
      'offset must be a safe integer of 0 or more, got -1',
    );
    expect(() => fillIntegers(signed, [0] as never, { max: 2 })).toThrow('fillIntegers: key must be a pair');
    expect(() => fillIntegers(signed, [0, 0], { max: 2, low: 1 } as never)).toThrow(
      'options must be among min, max, offset',
    );
    expect(Array.from(signed)).toEqual([0, 0]);
    expect(fillIntegers(new Int32Array(0), [0, 0], { max: 2 }).length).toBe(0);
  });
});
