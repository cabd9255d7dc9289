import * as tf from '@tensorflow/tfjs';
import { openCheckpoint } from '@weightkit/checkpoint';
import { describe, expect, it } from 'vitest';
import { spectra } from '../../src/checkpoint/spectra.ts';
import { spectra as spectraOfModel } from '../../src/spectral/spectra.ts';
import { goldenValues } from '../golden-values.ts';
import { cut, openFloats, openSafetensors } from './files.ts';

const values = goldenValues({ shape: [24, 16], seed: 1, scale: 0.1, zero: 5 });
const kernel = goldenValues({ shape: [3, 3, 6, 12], seed: 2, scale: 1, zero: 7 });

describe('spectra of a checkpoint', () => {
  it('spectra of a file is that of the model with these weights, whatever the pieces that it is read in', async () => {
    const file = await openFloats({ a: { values, shape: [24, 16] }, b: { values: kernel, shape: [3, 3, 6, 12] } });
    const options = {
      metrics: ['heavyTail', 'marchenkoPastur', 'randomized', 'stableRank'] as const,
      replicates: 20,
      samples: 2,
    };
    const rows = await spectra(cut(file, 7), options);
    const source = { a: tf.variable(tf.tensor(values, [24, 16])), b: tf.variable(tf.tensor(kernel, [3, 3, 6, 12])) };
    const wanted = await spectraOfModel(source, options);
    expect(rows).toEqual(wanted.map(({ path, ...row }) => ({ name: path, ...row })));
    tf.dispose(source);
  });

  it('spectra says of each tensor why it has none, and counts NaN in its own tensor alone', async () => {
    const floats = (count: number) => ({ dtype: 'F32', data: values.slice(0, count) });
    const bad = values.slice(0, 4);
    bad[2] = Number.NaN;
    const file = await openSafetensors({
      clean: { ...floats(384), shape: [24, 16] },
      bad: { dtype: 'F32', shape: [2, 2], data: bad },
      bias: { ...floats(3), shape: [3] },
      whole: { dtype: 'I32', shape: [2, 2], data: Int32Array.of(1, 2, 3, 4) },
      empty: { ...floats(0), shape: [0, 4] },
    });
    const rows = await spectra(file, { replicates: 0, maxCost: 6144 });
    expect(rows.map(({ name, nonFinite, skipped }) => [name, nonFinite, skipped])).toEqual([
      ['clean', 0, null],
      ['bad', 1, '1 entry is not finite'],
      ['bias', 0, 'not a float tensor of rank 2 or more'],
      ['whole', 0, 'not a float tensor of rank 2 or more'],
      ['empty', 0, 'no entries'],
    ]);
    expect(rows[0]).toEqual((await spectra(file, { filter: 'clean', replicates: 0 }))[0]);
    const [large] = await spectra(file, { filter: 'clean', maxCost: 6143 });
    expect(large!.skipped).toBe('rows * cols * min(rows, cols) is 6144, above maxCost 6143');
    const text = await openCheckpoint({
      weightSpecs: [{ name: 's', shape: [1, 1], dtype: 'string' }],
      weightData: Uint8Array.of(1, 0, 0, 0, 97).buffer,
    });
    expect((await spectra(text))[0]!.skipped).toBe('string entries are no real numbers');
  });

  it('spectra tells how far it is, stops at an abort, and refuses wrong options by name', async () => {
    const source = await openFloats({ a: { values, shape: [24, 16] }, b: { values, shape: [24, 16] } });
    const metrics = ['spectralNorm'] as const;
    const seen: unknown[] = [];
    await spectra(source, { metrics, onProgress: (progress) => void seen.push(progress) });
    expect(seen).toEqual([
      { tensor: 'a', done: 1, total: 2 },
      { tensor: 'b', done: 2, total: 2 },
    ]);
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('enough'));
    await expect(spectra(source, { metrics, onProgress, signal: stop.signal })).rejects.toThrow('enough');
    const wrong = (options: unknown) => spectra(source, options as object);
    await expect(wrong({ metrics: ['alpha'] })).rejects.toThrow('spectra: metrics must be among');
    await expect(wrong({ filter: 'c' })).rejects.toThrow('spectra: filter must match a tensor');
    await expect(wrong({ spectra: true })).rejects.toThrow('spectra: options');
    await expect(wrong({ signal: 1 })).rejects.toThrow('spectra: signal must be an AbortSignal');
    await expect(spectra({} as never)).rejects.toThrow('spectra: checkpoint must be one of openCheckpoint');
  });
});
