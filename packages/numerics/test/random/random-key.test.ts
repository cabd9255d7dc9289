import { fillBits, fillNormal, foldIn, haarOrthogonal, pathHash, permutation, randomKey } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { golden } from '../both.ts';

describe('randomKey', () => {
  it('randomKey(seed) equals jax.random.key with 64-bit integers, foldIn(key, data) equals jax.random.fold_in', () => {
    const cases = golden<{ seed: number; key: number[]; fold: [number, number[]][] }>('streams', 'key, fold_in');
    expect(cases.map(({ seed }) => seed)).toEqual([0, 1, 42, 2 ** 32 + 5, -1]);
    for (const { seed, key, fold } of cases) {
      expect(randomKey(seed)).toEqual(key);
      for (const [data, folded] of fold) expect(foldIn(randomKey(seed), data)).toEqual(folded);
    }
  });
  it('randomKey(seed, path) folds the hash of the path into the key of the seed', () => {
    expect(randomKey(7, 'dense/kernel')).toEqual(foldIn(randomKey(7), pathHash('dense/kernel')));
    expect(randomKey(7, '')).not.toEqual(randomKey(7));
    expect(randomKey(7, 'a')).not.toEqual(randomKey(7, 'b'));
  });
  it('randomKey(seed) takes every safe integer, two different ones never the same key', () => {
    expect(randomKey(Number.MAX_SAFE_INTEGER)).toEqual([2 ** 21 - 1, 2 ** 32 - 1]);
    expect(randomKey(Number.MIN_SAFE_INTEGER)).toEqual([2 ** 32 - 2 ** 21, 1]);
    expect(randomKey(-0)).toEqual([0, 0]);
  });
  it('randomKey(seed) rejects what is not a safe integer', () => {
    for (const seed of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1' as unknown as number]) {
      expect(() => randomKey(seed)).toThrow('randomKey: seed must be a safe integer, got ');
    }
    expect(() => randomKey(1.5)).toThrow(RangeError);
    expect(() => randomKey(0, 3 as unknown as string)).toThrow('randomKey: path must be a string, got 3');
  });
});

describe('pathHash', () => {
  it('pathHash(path) gives the published FNV-1a test values', () => {
    // Noll's test suite, http://www.isthe.com/chongo/src/fnv/test_fnv.c: "", "a", "b", "foobar".
    expect(['', 'a', 'b', 'foobar'].map(pathHash)).toEqual([0x811c9dc5, 0xe40c292c, 0xe70c2de5, 0xbf9cf968]);
  });
  it('pathHash(path) takes the UTF-8 bytes', () => {
    const byHand = [0xc3, 0xa9].reduce((hash, byte) => Math.imul(hash ^ byte, 16777619), 0x811c9dc5) >>> 0;
    expect(pathHash('é')).toBe(byHand);
    expect(() => pathHash(1 as unknown as string)).toThrow(TypeError);
  });
});

describe('keys', () => {
  it('every function of a key rejects a malformed one', () => {
    for (const key of [[0], [0, 1, 2], [0, -1], [0, 2 ** 32], [0, 0.5], [Number.NaN, 0], 0, null, undefined]) {
      const bad = key as unknown as [number, number];
      const message = 'key must be a pair of unsigned 32-bit integers';
      expect(() => fillBits(new Uint32Array(1), bad)).toThrow(message);
      expect(() => fillNormal(new Float32Array(1), bad)).toThrow(message);
      expect(() => foldIn(bad, 0)).toThrow(message);
      expect(() => permutation(3, bad)).toThrow(message);
      expect(() => haarOrthogonal(2, 2, bad)).toThrow(message);
    }
    for (const data of [-1, 2 ** 32, 0.5, Number.NaN]) {
      expect(() => foldIn([0, 0], data)).toThrow('foldIn: data must be an unsigned 32-bit integer');
    }
  });
});
