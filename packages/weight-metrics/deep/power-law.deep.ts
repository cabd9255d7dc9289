import { fillUniform, foldIn, randomKey } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { type PowerLaw, powerLaw } from '../src/spectral/power-law.ts';

const [SAMPLES, COUNT] = [120, 200];

/** The fits of samples whose values are, by a law of their own, below 1 or in a tail from 1 on. */
function fits(tail: (u: number) => number): PowerLaw[] {
  return Array.from({ length: SAMPLES }, (_, sample) => {
    const key = foldIn(randomKey(11, 'deep'), sample);
    const [which, where] = [0, 1].map((i) => fillUniform(new Float32Array(COUNT), foldIn(key, i)));
    const values = Array.from(where!, (u, i) => (which![i]! < 0.5 ? 0.2 + 0.8 * u : tail(u)));
    return powerLaw(values, { replicates: 200, seed: sample });
  });
}

const share = (laws: PowerLaw[], is: (law: PowerLaw) => boolean): number => laws.filter(is).length / laws.length;

describe('powerLaw of 120 samples of 200 values', () => {
  it('powerLaw holds the exponent in its interval about as often as it says, and rules out few samples of a power law', () => {
    for (const alpha of [2, 3.5]) {
      const laws = fits((u) => (1 - u) ** (-1 / (alpha - 1)));
      const held = share(laws, ({ interval }) => interval![0] <= alpha && alpha <= interval![1]);
      const out = share(laws, ({ pValue }) => pValue! <= 0.1);
      // Four standard deviations of a share of 120 from 95 % and from 10 %.
      expect(held).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / SAMPLES));
      expect(out).toBeLessThan(0.1 + 4 * Math.sqrt((0.1 * 0.9) / SAMPLES));
    }
  });

  it('powerLaw rules out samples of an exponential tail several times as often as those of a power law', () => {
    const out = (tail: (u: number) => number): number => share(fits(tail), ({ pValue }) => pValue! <= 0.1);
    expect(out((u) => 1 - 2 * Math.log(1 - u))).toBeGreaterThan(3 * out((u) => (1 - u) ** -0.5));
  });
});
