import { runInNewContext } from 'node:vm';
import { fillBits, fillNormal, fillTruncatedNormal, fillUniform, type Key, randomKey } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byBothPaths, golden, onBothPaths, worst } from '../both.ts';

const fills: Record<string, (n: number, key: Key, offset: number) => Float32Array | Uint32Array> = {
  fillBits: (n, key, offset) => fillBits(new Uint32Array(n), key, { offset }),
  fillUniform: (n, key, offset) => fillUniform(new Float32Array(n), key, { min: -0.3, max: 0.7, offset }),
  fillNormal: (n, key, offset) => fillNormal(new Float32Array(n), key, { mean: 0.1, std: 0.7, offset }),
  fillTruncatedNormal: (n, key, offset) => fillTruncatedNormal(new Float32Array(n), key, { std: 0.3, offset }),
  'fillTruncatedNormal, tail': (n, key, offset) =>
    fillTruncatedNormal(new Float32Array(n), key, { lower: 4, upper: 5, offset }),
};
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const anyKey = fc.tuple(word, word);
const anyOffset = fc.oneof(
  fc.integer({ min: 0, max: 1e6 }),
  fc.integer({ min: 2 ** 32 - 40, max: 2 ** 32 + 40 }),
  fc.integer({ min: 0, max: 2 ** 53 - 1000 }),
);

onBothPaths('fillBits', () => {
  it('fillBits(out, key) equals jax.random.bits and returns out', () => {
    for (const { seed, values } of golden<{ seed: number; values: number[] }>('streams', 'bits')) {
      const out = new Uint32Array(values.length);
      expect(fillBits(out, randomKey(seed))).toBe(out);
      expect(Array.from(out)).toEqual(values);
    }
  });
  it('fillBits(out, key, {offset}) crosses 2^32 as JAX counts', () => {
    const cases = golden<{ seed: number; index: number[]; x: number[]; y: number[] }>('streams', 'threefry_2x32');
    for (const { seed, index, x, y } of cases) {
      const expected = index.map((_, i) => (x[i]! ^ y[i]!) >>> 0);
      index.forEach((offset, i) => {
        expect(fillBits(new Uint32Array(1), randomKey(seed), { offset })[0]).toBe(expected[i]);
      });
      const across = fillBits(new Uint32Array(4), randomKey(seed), { offset: 2 ** 32 - 2 });
      expect(Array.from(across)).toEqual(expected.slice(2, 6));
    }
  });
  it('fillBits(new Uint32Array(0), key) writes nothing, and a fill stays inside its view', () => {
    const whole = new Uint32Array(9);
    fillBits(whole.subarray(3, 3), [0, 0]);
    expect(Array.from(whole)).toEqual(new Array(9).fill(0));
    fillBits(whole.subarray(2, 7), [0, 0]);
    expect([whole[1], whole[7]]).toEqual([0, 0]);
    expect(whole[2]).toBe(4070199207);
  });
});

describe('every fill', () => {
  for (const [name, fill] of Object.entries(fills)) {
    it(`${name}(out, key, {offset}) is a slice of the fill of the whole`, () => {
      fc.assert(
        fc.property(
          anyKey,
          anyOffset,
          fc.integer({ min: 0, max: 70 }),
          fc.integer({ min: 0, max: 70 }),
          (key, at, skip, n) => {
            expect(fill(n, key, at + skip)).toEqual(fill(skip + n, key, at).slice(skip));
          },
        ),
        { numRuns: 60 },
      );
    });
    it(`${name}(out, key) gives the same bits with and without WebAssembly, at any length and offset`, () => {
      fc.assert(
        fc.property(anyKey, anyOffset, fc.integer({ min: 0, max: 90 }), (key, offset, n) => {
          const { reference, kernel } = byBothPaths(() => fill(n, key, offset));
          expect(kernel).toEqual(reference);
        }),
        { numRuns: 60 },
      );
      const { reference, kernel } = byBothPaths(() => fill(70_001, [1, 2], 3));
      expect(worst(kernel, reference, () => 1)).toBe(0);
    });
  }
  it('a fill of an array from another realm gives the same values', () => {
    const [Floats, Words] = runInNewContext('[Float32Array, Uint32Array]');
    const key = randomKey(3);
    const { reference, kernel } = byBothPaths(() => [
      Array.from(fillUniform(new Floats(5), key)),
      Array.from(fillBits(new Words(5), key)),
    ]);
    expect(kernel).toEqual([
      Array.from(fillUniform(new Float32Array(5), key)),
      Array.from(fillBits(new Uint32Array(5), key)),
    ]);
    expect(reference).toEqual(kernel);
  });
  it('a fill rejects a wrong array, a bad offset and an unknown option', () => {
    const key = randomKey(0);
    expect(() => fillBits(new Float32Array(1) as unknown as Uint32Array, key)).toThrow(
      'fillBits: out must be a Uint32Array',
    );
    expect(() => fillNormal([0] as unknown as Float32Array, key)).toThrow('fillNormal: out must be a Float32Array');
    for (const offset of [-1, 0.5, Number.NaN, 2 ** 53, Number.MAX_SAFE_INTEGER]) {
      expect(() => fillUniform(new Float32Array(1), key, { offset })).toThrow(
        'fillUniform: offset must be a safe integer',
      );
    }
    expect(() => fillBits(new Uint32Array(1), key, { ofset: 1 } as object)).toThrow(
      'fillBits: options must be among offset',
    );
  });
});
