import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { heavyTail } from '../../src/spectral/heavy-tail.ts';
import { powerLaw } from '../../src/spectral/power-law.ts';
import { spectralDensity } from '../../src/spectral/spectral-density.ts';
import { spectrum } from '../../src/spectral/spectrum.ts';
import golden from '../golden/power-law.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

const near = (value: number, expected: number, relative: number) =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));

describe('spectralDensity and heavyTail', () => {
  it.each(golden.spectra)("they equal numpy by weightwatcher's definitions: $call", async (one) => {
    const w = goldenTensor(one.weight);
    const values = await spectralDensity(w);
    expect(values.length).toBe(one.eigenvalues.length);
    // Squares of singular values, each off by a small multiple of (rows + cols) eps of the largest.
    for (const [i, value] of values.entries())
      expect(Math.abs(value - one.eigenvalues[i]!)).toBeLessThan(1e-13 * values[0]!);
    const law = await heavyTail(w, { replicates: 0 });
    // An exponent of the logarithms of eigenvalues that are that exact.
    for (const field of ['alpha', 'xmin', 'distance', 'logNorm', 'logSpectralNorm', 'logAlphaNorm'] as const)
      near(law[field], one[field], 1e-10);
    near(law.alphaHat, one.alphaWeighted, 1e-10);
    expect(law.tail).toBe(one.tail);
    w.dispose();
  });

  it('spectralDensity of a matrix has the squares of its singular values, divided by the longer side where asked', async () => {
    const w = goldenTensor(golden.spectra[0]!.weight);
    const squares = (await spectrum(w)).map((value) => value ** 2);
    expect(await spectralDensity(w)).toEqual(squares);
    expect(await spectralDensity(w, { normalize: true })).toEqual(squares.map((value) => value / 40));
  });

  it('heavyTail is powerLaw of spectralDensity, and scaling a weight leaves alpha', async () => {
    const w = goldenTensor(golden.spectra[0]!.weight);
    const options = { replicates: 50, seed: 2, confidence: 0.8 };
    const found = await heavyTail(w, options);
    expect(found).toMatchObject(powerLaw(await spectralDensity(w), options));
    expect(found.eigenvalues).toEqual(await spectralDensity(w));
    const scaled = await heavyTail(tf.mul(w, 2 ** -20), options);
    near(scaled.alpha, found.alpha, 1e-12);
    expect(scaled.pValue).toBe(found.pValue);
    near(scaled.logNorm, found.logNorm - 40 * Math.log10(2), 1e-12);
  });

  it('heavyTail leaves out what is 0 up to rounding', async () => {
    const w = tf.matMul(tf.tensor2d([1, 2, 3, 4, 0, 1, 1, 1], [4, 2]), tf.tensor2d([1, 0, 2, 1, 1, 1, 0, 3], [2, 4]));
    expect((await heavyTail(w, { replicates: 0 })).count).toBe(2);
  });

  it('they refuse what has no law and wrong options by name, and leave no tensors', async () => {
    const w = goldenTensor(golden.spectra[0]!.weight);
    await expect(heavyTail(tf.eye(3))).rejects.toThrow(
      'heavyTail: w must have two different eigenvalues above 0, got [3, 3]',
    );
    await expect(heavyTail(tf.zeros([3, 3]))).rejects.toThrow(
      'heavyTail: w must have two different eigenvalues above 0',
    );
    await expect(heavyTail(w, { xmin: 1e9 })).rejects.toThrow(
      'heavyTail: w must have two different eigenvalues above 1000000000',
    );
    await expect(heavyTail(w, { replicates: -1 })).rejects.toThrow(
      'heavyTail: replicates must be an integer from 0 to 100000',
    );
    await expect(heavyTail(w, { least: 1 } as never)).rejects.toThrow('heavyTail: options must be among');
    await expect(heavyTail(tf.ones([3]))).rejects.toThrow('heavyTail: w must have rank 2 or more and entries, got [3]');
    await expect(spectralDensity(w, { normalize: 1 as never })).rejects.toThrow(
      'spectralDensity: normalize must be true or false',
    );
    await expect(spectralDensity(tf.fill([2, 2], Number.NaN))).rejects.toThrow(
      'spectralDensity: entries must be finite, got NaN at w[0]',
    );
    expect(await leakOf(() => heavyTail(w, { replicates: 2 }))).toEqual({ tensors: 0, variables: 0 });
  });
});
