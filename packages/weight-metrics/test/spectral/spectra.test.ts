import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { conditionNumber } from '../../src/spectral/condition-number.ts';
import { effectiveRank } from '../../src/spectral/effective-rank.ts';
import { heavyTail } from '../../src/spectral/heavy-tail.ts';
import { marchenkoPastur } from '../../src/spectral/marchenko-pastur.ts';
import { nuclearNorm } from '../../src/spectral/nuclear-norm.ts';
import { numericalRank } from '../../src/spectral/numerical-rank.ts';
import { participationRatio } from '../../src/spectral/participation-ratio.ts';
import { randomized } from '../../src/spectral/randomized.ts';
import { spectra } from '../../src/spectral/spectra.ts';
import { spectralNorm } from '../../src/spectral/spectral-norm.ts';
import { spectrum } from '../../src/spectral/spectrum.ts';
import { stableRank } from '../../src/spectral/stable-rank.ts';
import { goldenTensor } from '../golden-weight.ts';

const ALL = [
  'spectralNorm',
  'nuclearNorm',
  'conditionNumber',
  'stableRank',
  'effectiveRank',
  'numericalRank',
  'participationRatio',
  'heavyTail',
  'marchenkoPastur',
  'randomized',
] as const;
const dense = { shape: [24, 16], seed: 1, scale: 0.1, zero: 5 };
const kernel = { shape: [3, 3, 6, 12], seed: 2, scale: 1, zero: 7 };

describe('spectra', () => {
  it('spectra has in each row what the functions of these names give, of matrices and convolutions', async () => {
    for (const weight of [dense, kernel]) {
      const w = goldenTensor(weight);
      const [row] = await spectra([tf.variable(w)], { metrics: ALL, replicates: 20, samples: 2, seed: 3 });
      const { shape, parameters, nonFinite, reasons, skipped, dtype } = row!;
      expect({ shape, parameters, nonFinite, reasons, skipped, dtype }).toEqual({
        shape: weight.shape,
        parameters: w.size,
        nonFinite: 0,
        reasons: {},
        skipped: null,
        dtype: 'float32',
      });
      const numbers = { spectralNorm, nuclearNorm, conditionNumber, stableRank, effectiveRank, numericalRank };
      for (const [name, of] of Object.entries({ ...numbers, participationRatio }))
        expect(row![name as keyof typeof numbers], name).toBe(await of(w));
      const values = await spectrum(w);
      expect(row!.singularValues).toEqual(values);
      expect(row!.heavyTail).toEqual(await heavyTail(w, { replicates: 20, seed: 3 }));
      expect(row!.randomized).toEqual(await randomized(w, { samples: 2, seed: 3 }));
      const [rows, cols] = [w.size / weight.shape.at(-1)!, weight.shape.at(-1)!];
      expect(row!.marchenkoPastur).toEqual(marchenkoPastur(values, { rows, cols }));
    }
  });

  it('spectra says of each weight why it has none, counts NaN in its own weight alone, and leaves out what is not asked for', async () => {
    const clean = tf.variable(goldenTensor(dense), true, 'clean');
    const source = {
      clean,
      bad: tf.variable(tf.tensor2d([1, Number.NaN, Number.POSITIVE_INFINITY, 2], [2, 2])),
      small: tf.variable(tf.tensor2d([3, 0, 0, -4], [2, 2])),
      zeros: tf.variable(tf.zeros([12, 12])),
      equal: tf.variable(tf.eye(12)),
      bias: tf.variable(tf.ones([3])),
      whole: tf.variable(tf.ones([2, 2], 'int32')),
      text: tf.variable(tf.tensor2d([['a'], ['b']])),
      empty: tf.variable(tf.zeros([0, 3])),
      large: tf.variable(tf.zeros([40, 40])),
    };
    const rows = await spectra(source, { maxCost: 30_000, replicates: 0 });
    const row = Object.fromEntries(rows.map((one) => [one.path, one]));
    const alone = await spectra({ clean }, { maxCost: 30_000, replicates: 0 });
    expect(row.clean).toEqual(alone[0]);
    expect(row.clean!.randomized).toBe(null);
    expect(rows.map(({ path, nonFinite, skipped }) => [path, nonFinite, skipped])).toEqual([
      ['clean', 0, null],
      ['bad', 2, '2 entries are not finite'],
      ['small', 0, null],
      ['zeros', 0, null],
      ['equal', 0, null],
      ['bias', 0, 'not a kernel of rank 2 or more'],
      ['whole', 0, 'int32 entries, not floats'],
      ['text', 0, 'string entries are no real numbers'],
      ['empty', 0, 'no entries'],
      ['large', 0, 'rows * cols * min(rows, cols) is 64000, above maxCost 30000'],
    ]);
    expect(row.bad).toMatchObject({ singularValues: null, spectralNorm: null, heavyTail: null, reasons: {} });
    expect(row.small).toMatchObject({
      spectralNorm: 4,
      heavyTail: null,
      marchenkoPastur: null,
      reasons: {
        heavyTail: '2 eigenvalues above 0, fewer than 10',
        marchenkoPastur: '2 singular values, fewer than 10',
      },
    });
    expect(row.zeros).toMatchObject({ spectralNorm: 0, conditionNumber: Number.POSITIVE_INFINITY, numericalRank: 0 });
    expect(row.zeros!.reasons).toEqual({ heavyTail: '0 eigenvalues above 0, fewer than 10' });
    expect(row.equal!.reasons).toEqual({ heavyTail: 'all eigenvalues are the same' });
    const [only] = await spectra({ clean }, { metrics: ['spectralNorm'] });
    expect([only!.nuclearNorm, only!.heavyTail, only!.reasons]).toEqual([null, null, {}]);
    tf.dispose(source);
  });

  it('spectra tells how far it is, and stops at a signal that a timer gives', async () => {
    const source = { a: tf.variable(goldenTensor(dense)), b: tf.variable(goldenTensor(dense)) };
    const seen: unknown[] = [];
    const metrics = ['spectralNorm'] as const;
    await spectra(source, { metrics, onProgress: (progress) => void seen.push(progress) });
    expect(seen).toEqual([
      { path: 'a', done: 1, total: 2 },
      { path: 'b', done: 2, total: 2 },
    ]);
    const stop = new AbortController();
    const progress: string[] = [];
    setTimeout(() => stop.abort(new Error('enough')));
    const listening = { signal: stop.signal, onProgress: ({ path }: { path: string }) => void progress.push(path) };
    await expect(spectra(source, { metrics, ...listening })).rejects.toThrow('enough');
    expect(progress.length).toBeLessThan(2);
    await expect(spectra(source, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    tf.dispose(source);
  });

  it('spectra refuses wrong options by name, and leaves no tensors, also where it fails', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 12, inputShape: [12], name: 'spectra' })] });
    const wrong = (options: unknown, says: string) =>
      expect(spectra(model, options as object)).rejects.toThrow(`spectra: ${says}`);
    await wrong({ metrics: ['alpha'] }, 'metrics must be among spectralNorm, nuclearNorm');
    await wrong({ metrics: 'heavyTail' }, 'metrics must be a list of names, got "heavyTail"');
    await wrong({ maxCost: -1 }, 'maxCost must be 0 or more, got -1');
    await wrong({ samples: 0 }, 'samples must be an integer from 1 to 1000, got 0');
    await wrong({ replicates: -1 }, 'replicates must be an integer from 0 to 100000, got -1');
    await wrong({ onProgress: 1 }, 'onProgress must be a function');
    await wrong({ signal: 1 }, 'signal must be an AbortSignal');
    await wrong({ filter: 'none' }, 'filter must match');
    await wrong({ spectra: true }, 'options must be among');
    expect(await leakOf(() => spectra(model, { replicates: 2 }))).toEqual({ tensors: 0, variables: 0 });
    const fails = () => spectra(model, { onProgress: () => Promise.reject(new Error('no')) }).catch(() => null);
    expect(await leakOf(fails)).toEqual({ tensors: 0, variables: 0 });
    model.dispose();
  });
});
