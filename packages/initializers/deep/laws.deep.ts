import { valuesOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  normal,
  orthogonal,
  siren,
  torchDefault,
  truncatedNormal,
  uniform,
  varianceScaling,
} from '../src/index.ts';
import { ksBound, ksDistance } from '../test/support.ts';

const SEEDS = 200;
/** Outside of 5 standard errors lie 5.7e-7. */
const ERRORS = 5;

/** Cut at two standard deviations: variance 1 - 4 phi(2) / P, fourth moment 3 - (3 * 4 + 16) phi(2) / P, P = erf(sqrt 2). */
const CUT = (() => {
  const edge = Math.exp(-2) / Math.sqrt(2 * Math.PI) / 0.9544997361036416;
  const variance = 1 - 4 * edge;
  return { std: Math.sqrt(variance), kurtosis: (3 - 28 * edge) / variance ** 2 };
})();
const FLAT = 1.8;

/** Each law, with the variance that its paper gives and the kurtosis of its distribution, by fan-in and fan-out. */
const LAWS: readonly [
  name: string,
  make: () => Initializer,
  variance: (fi: number, fo: number) => number,
  kurtosis: number,
][] = [
  ['heNormal()', heNormal, (fi) => 2 / fi, CUT.kurtosis],
  ['heUniform()', heUniform, (fi) => 2 / fi, FLAT],
  ['glorotNormal()', glorotNormal, (fi, fo) => 2 / (fi + fo), CUT.kurtosis],
  ['glorotUniform()', glorotUniform, (fi, fo) => 2 / (fi + fo), FLAT],
  ['lecunNormal()', lecunNormal, (fi) => 1 / fi, CUT.kurtosis],
  ['lecunUniform()', lecunUniform, (fi) => 1 / fi, FLAT],
  ["heNormal({ compat: 'torch' })", () => heNormal({ compat: 'torch' }), (fi) => 2 / fi, 3],
  ["heNormal({ compat: 'tfjs' })", () => heNormal({ compat: 'tfjs' }), (fi) => (2 / fi) * CUT.std ** 2, CUT.kurtosis],
  ['siren()', siren, (fi) => 2 / (900 * fi), FLAT],
  ['siren({ first: true })', () => siren({ first: true }), (fi) => 1 / (3 * fi * fi), FLAT],
  ['torchDefault()', torchDefault, (fi) => 1 / (3 * fi), FLAT],
  ['normal({ std: 0.7 })', () => normal({ std: 0.7 }), () => 0.49, 3],
  ['uniform({ min: -2, max: 2 })', () => uniform({ min: -2, max: 2 }), () => 4 / 3, FLAT],
  ['truncatedNormal({ std: 0.5 })', () => truncatedNormal({ std: 0.5 }), () => (0.5 * CUT.std) ** 2, CUT.kurtosis],
  [
    "varianceScaling({ scale: 3, mode: 'fanOut', distribution: 'normal' })",
    () => varianceScaling({ scale: 3, mode: 'fanOut', distribution: 'normal' }),
    (_, fo) => 3 / fo,
    3,
  ],
];

const SHAPES: readonly [shape: number[], fanIn: number, fanOut: number][] = [
  [[96, 40], 96, 40],
  [[3, 3, 8, 24], 72, 216],
];

/** How far the values are from mean 0 and the variance, in standard errors. */
function scoresOf(values: Float32Array, variance: number, kurtosis: number): { mean: number; square: number } {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const square = values.reduce((a, b) => a + b * b, 0) / n;
  return {
    mean: mean / Math.sqrt(variance / n),
    square: (square / variance - 1) / Math.sqrt((kurtosis - 1) / n),
  };
}

/** Scores over independent seeds: their sum has variance SEEDS, the sum of their squares mean SEEDS and variance 2 SEEDS. */
function check(scores: readonly number[]): void {
  const sum = scores.reduce((a, b) => a + b, 0);
  const squares = scores.reduce((a, b) => a + b * b, 0);
  expect(Math.abs(sum) / Math.sqrt(scores.length)).toBeLessThan(ERRORS);
  // Too small is as wrong as too large: seeds that share values have scores that are too much alike.
  expect(Math.abs(squares - scores.length) / Math.sqrt(2 * scores.length)).toBeLessThan(ERRORS);
}

describe.each(LAWS)('%s over 200 seeds', (_, make, varianceOf, kurtosis) => {
  it.each(SHAPES)('has mean 0 and its variance on [%j], as much off as chance has it', async (shape, fanIn, fanOut) => {
    const law = make();
    const scores: ReturnType<typeof scoresOf>[] = [];
    for (let seed = 0; seed < SEEDS; seed++)
      scores.push(scoresOf(await valuesOf(law(shape, { seed })), varianceOf(fanIn, fanOut), kurtosis));
    check(scores.map(({ mean }) => mean));
    check(scores.map(({ square }) => square));
  });

  it('gives every seed and every path values of its own', async () => {
    const law = make();
    const firsts = new Set<string>();
    for (let seed = 0; seed < SEEDS; seed++)
      for (const path of ['', 'a/kernel', 'b/kernel']) firsts.add((await valuesOf(law([2, 2], { seed, path }))).join());
    expect(firsts.size).toBe(3 * SEEDS);
  });
});

describe('orthogonal() over 200 seeds', () => {
  it('has the Haar law: each entry of a 3 x 3 matrix is uniform on [-1, 1] (Archimedes)', async () => {
    const entries = Array.from({ length: 9 }, () => new Float32Array(SEEDS));
    for (let seed = 0; seed < SEEDS; seed++)
      for (const [i, value] of (await valuesOf(orthogonal()([3, 3], { seed }))).entries()) entries[i]![seed] = value;
    for (const values of entries) expect(ksDistance(values, (x) => (1 + x) / 2)).toBeLessThan(ksBound(SEEDS));
  });

  it('has a determinant of -1 as often as of 1', async () => {
    let positive = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const [a, b, c, d] = (await valuesOf(orthogonal()([2, 2], { seed }))) as unknown as [
        number,
        number,
        number,
        number,
      ];
      if (a * d - b * c > 0) positive++;
    }
    expect(Math.abs(positive - SEEDS / 2) / (Math.sqrt(SEEDS) / 2)).toBeLessThan(ERRORS);
  });

  it('has orthonormal rows or columns at every seed', async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const w = await valuesOf(orthogonal()([24, 7], { seed }));
      for (let i = 0; i < 7; i++)
        for (let j = 0; j <= i; j++) {
          let dot = 0;
          for (let k = 0; k < 24; k++) dot += w[7 * k + i]! * w[7 * k + j]!;
          // Entries rounded to float32: each of 24 products is off by at most 2^-24 of |a b|, twice; by Cauchy 2^-23 in all.
          expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(2 ** -23 + 1e-12);
        }
    }
  });
});

describe('the statistics over seeds', () => {
  it('complain of a variance that is 1 % off', async () => {
    const scores: number[] = [];
    for (let seed = 0; seed < SEEDS; seed++)
      scores.push(scoresOf(await valuesOf(heNormal()([96, 40], { seed })), (2 / 96) * 1.01, CUT.kurtosis).square);
    expect(() => check(scores)).toThrow();
  });

  it('complain of 200 seeds that give the same values', async () => {
    const { mean } = scoresOf(await valuesOf(heNormal()([96, 40], { seed: 1 })), 2 / 96, CUT.kurtosis);
    expect(() => check(Array.from({ length: SEEDS }, () => mean))).toThrow();
  });
});
