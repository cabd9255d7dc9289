import {
  fillBits,
  fillNormal,
  fillTruncatedNormal,
  fillUniform,
  type Key,
  pathHash,
  randomKey,
} from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { erf } from '../src/random/normal-distribution.ts';
import { byBothPaths, density } from '../test/both.ts';
import { battery, bitBattery, correlation, ERRORS, type Law } from './battery.ts';

const DRAWS = 1e7;
const KEY = randomKey(2024);

const normalCdf = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;

/** Uniform on [0, 1): E x^k = 1 / (k + 1). The grid of 2^-23 shifts that by 2^-24, 4e-4 of a standard error. */
const UNIFORM: Law = { cdf: (x) => Math.min(1, Math.max(0, x)), moment: (k) => 1 / (k + 1) };

/** E z^k = (k - 1)!! for even k. */
const NORMAL: Law = { cdf: normalCdf, moment: (k) => (k % 2 ? 0 : k === 0 ? 1 : (k - 1) * NORMAL.moment(k - 2)) };

/** By parts: E z^k = (k - 1) E z^(k-2) - (b^(k-1) phi(b) - a^(k-1) phi(a)) / (Phi(b) - Phi(a)). */
function truncated(a: number, b: number): Law {
  const mass = normalCdf(b) - normalCdf(a);
  const moment = (k: number): number => {
    if (k === 0) return 1;
    const edges = (b ** (k - 1) * density(b) - a ** (k - 1) * density(a)) / mass;
    return (k === 1 ? 0 : (k - 1) * moment(k - 2)) - edges;
  };
  return { cdf: (x) => Math.min(1, Math.max(0, (normalCdf(x) - normalCdf(a)) / mass)), moment };
}

type Fill = (out: Float32Array, key: Key) => Float32Array;
const LAWS: readonly [name: string, fill: Fill, law: Law][] = [
  ['fillUniform(out, key)', (out, key) => fillUniform(out, key), UNIFORM],
  ['fillNormal(out, key)', (out, key) => fillNormal(out, key), NORMAL],
  ['fillTruncatedNormal(out, key)', (out, key) => fillTruncatedNormal(out, key), truncated(-2, 2)],
  [
    'fillTruncatedNormal(out, key, { lower: -0.5, upper: 3 })',
    (out, key) => fillTruncatedNormal(out, key, { lower: -0.5, upper: 3 }),
    truncated(-0.5, 3),
  ],
];

describe('1e7 draws', () => {
  it.each(LAWS)('%s have the moments, the distribution and no serial correlation', (_, fill, law) => {
    expect(battery(fill(new Float32Array(DRAWS), KEY), law)).toEqual([]);
  });

  it.each(LAWS)('%s are uncorrelated with those of the next seed and of another path', (_, fill, law) => {
    const x = fill(new Float32Array(DRAWS), KEY);
    for (const other of [randomKey(2025), randomKey(2024, 'a/kernel'), [KEY[0], KEY[1] ^ 1] as Key])
      expect(Math.abs(correlation(x, fill(new Float32Array(DRAWS), other), law))).toBeLessThan(ERRORS);
  });

  it('fillBits(out, key) has balanced and independent bits and pairs of bytes', () => {
    expect(bitBattery(fillBits(new Uint32Array(DRAWS), KEY))).toEqual([]);
  });

  it('fillBits has balanced bits across 1e6 seeds, and across the paths of one seed', () => {
    const first = new Uint32Array(1);
    const of = (key: (i: number) => Key) => Uint32Array.from({ length: 1e6 }, (_, i) => fillBits(first, key(i))[0]!);
    expect(bitBattery(of((i) => randomKey(i)))).toEqual([]);
    expect(bitBattery(of((i) => randomKey(1, `layer${i}/kernel`)))).toEqual([]);
  });

  it('fillNormal(out, key) has the right number of values beyond 2, 3 and 4', () => {
    const z = fillNormal(new Float32Array(DRAWS), KEY);
    for (const bound of [2, 3, 4]) {
      const p = 2 * (1 - normalCdf(bound));
      const count = z.reduce((sum, x) => sum + (Math.abs(x) > bound ? 1 : 0), 0);
      // Binomial.
      expect(Math.abs(count - DRAWS * p) / Math.sqrt(DRAWS * p * (1 - p))).toBeLessThan(ERRORS);
    }
  });

  it.each(LAWS)('%s are the same bits from WebAssembly and from TypeScript, 1e6 of them', (_, fill) => {
    const bits = (values: Float32Array) => new Uint32Array(values.buffer);
    const { kernel, reference } = byBothPaths(() => bits(fill(new Float32Array(1e6), randomKey(7))));
    expect(kernel.every((word, i) => word === reference[i])).toBe(true);
  });

  it('pathHash gives 1e6 paths of layers different words, but for the collisions that chance has', () => {
    const words = new Set<string>();
    for (let i = 0; i < 1e6; i++) words.add(String(pathHash(`block${i >> 8}/conv${i & 255}/kernel`)));
    // 32 bits: 116 collisions are expected, with a standard deviation of 11; 64 bits: none.
    expect(1e6 - words.size).toBeLessThan(116 + ERRORS * 11);
  });
});

describe('the battery', () => {
  const uniform = (n = DRAWS) => fillUniform(new Float32Array(n), KEY);

  it('complains of a mean that is 0.0005 off', () => {
    expect(
      battery(
        uniform().map((x) => x * 0.999),
        UNIFORM,
      ).join(),
    ).toMatch(/moment 1.*distance/);
  });

  it('complains of normals that are sums of twelve uniforms', () => {
    const u = uniform(12e6);
    const sums = Float32Array.from(
      { length: 1e6 },
      (_, i) => u.subarray(12 * i, 12 * i + 12).reduce((a, b) => a + b) - 6,
    );
    expect(battery(sums, NORMAL).join()).toMatch(/moment 4/);
  });

  it('complains of a serial correlation of 0.01', () => {
    const z = fillNormal(new Float32Array(1e6), KEY);
    const tied = z.map((x, i) => Math.sqrt(1 - 0.01 ** 2) * x + 0.01 * (z[i - 1] ?? 0));
    expect(battery(tied, NORMAL).join()).toMatch(/correlation at lag 1:/);
  });

  it('complains of the low bits of a linear congruential generator, and of a counter', () => {
    let state = 1;
    const congruential = Uint32Array.from({ length: 1e6 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state;
    });
    expect(bitBattery(congruential).join()).toMatch(/changes of bit 0/);
    expect(bitBattery(Uint32Array.from({ length: 1e6 }, (_, i) => i)).length).toBeGreaterThan(30);
  });
});
