import { openCheckpoint } from '@weightkit/checkpoint';
import { moments } from '@weightkit/numerics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarize } from '../../src/checkpoint.ts';
import golden from '../golden/summarize.json' with { type: 'json' };
import { float64Error, goldenValues } from '../golden-values.ts';
import { cut, openFloats, openSafetensors } from './files.ts';

describe('summarize of a checkpoint', () => {
  it.each(golden.cases)(
    'summarize equals numpy and scipy, in pieces of any size: $call',
    async ({ weight, summary }) => {
      const source = await openFloats({ w: { values: goldenValues(weight), shape: weight.shape } });
      for (const piece of [1, 7, 100, 1e6]) {
        const [got] = await summarize(cut(source, piece));
        const sums = float64Error(got!.parameters);
        // As the test of summarize for models, and merging entry by entry turns sums into moments and back: five times the roundings.
        const tolerance: Partial<Record<string, number>> = {
          mean: 1000 * sums,
          skewness: 1000 * sums,
          conditionNumber: 200 * 2 ** -52 * summary.conditionNumber,
          effectiveRank: 16_000 * 2 ** -52,
        };
        for (const [field, expected] of Object.entries(summary)) {
          const value = got![field as keyof typeof summary]!;
          const relative = Math.abs(value - expected) / (Math.abs(expected) || 1);
          expect(relative, `${field} in pieces of ${piece}`).toBeLessThanOrEqual(tolerance[field] ?? 20 * sums);
        }
      }
    },
  );

  it('summarize says name, dtype, encoding, shape and bytes, and why there is no spectrum', async () => {
    const checkpoint = await openCheckpoint({
      weightSpecs: [
        { name: 'kernel', shape: [2, 2], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
        { name: 'bias', shape: [2], dtype: 'float32' },
        { name: 'shape', shape: [1, 2], dtype: 'int32' },
        { name: 'none', shape: [0, 3], dtype: 'float32' },
        { name: 'bad', shape: [1, 2], dtype: 'float32' },
      ],
      weightData: [
        Uint8Array.of(2, 4, 0, 2).buffer, // 0 1 / -1 0
        Float32Array.of(1, 3).buffer,
        Int32Array.of(2 ** 24 + 1, -1).buffer,
        new ArrayBuffer(0),
        Float32Array.of(Number.NaN, 1).buffer,
      ],
    });
    const all = await summarize(checkpoint);
    expect(all[0]).toMatchObject({
      name: 'kernel',
      dtype: 'float32',
      encoding: 'affine',
      shape: [2, 2],
      parameters: 4,
      bytes: 4,
      sparsity: 0.5,
      spectralNorm: 1,
      conditionNumber: 1,
      skipped: null,
    });
    expect(all.map(({ skipped }) => skipped)).toEqual([
      null,
      'not a float tensor of rank 2 or more',
      'not a float tensor of rank 2 or more',
      'no entries',
      '1 entry is not finite',
    ]);
    expect(all[2]).toMatchObject({ max: 2 ** 24 + 1, mean: 2 ** 23, encoding: 'plain' });
    expect(all[4]).toMatchObject({ count: 1, nonFinite: 1, mean: 1, spectralNorm: null });
    const [kernel] = await summarize(checkpoint, { filter: 'kernel', maxCost: 7 });
    expect(kernel!.skipped).toBe('rows * cols * min(rows, cols) is 8, above maxCost 7');
    expect((await summarize(checkpoint, { spectra: false }))[0]!.skipped).toBe('spectra is false');
  });

  it('summarize reads no tensor whole that has more than 2^22 entries', async () => {
    const values = new Float32Array(2 ** 22 + 1).fill(2);
    const source = await openFloats({ w: { values, shape: [1, values.length] } });
    const guarded = {
      ...source,
      tensors: source.tensors.map((tensor) => ({ ...tensor, values: () => Promise.reject(new Error('read whole')) })),
    };
    const [got] = await summarize(guarded);
    expect(got).toMatchObject({ count: values.length, mean: 2, std: 0, l1: 2 * values.length, spectralNorm: null });
    expect(got!.skipped).toBe('4194305 entries, more than the 4194304 that are read at once');
  });

  it('summarize reads every dtype as what it means, int64 in float64, and names what is no number', async () => {
    const checkpoint = await openSafetensors({
      int64: { dtype: 'I64', shape: [2], data: BigInt64Array.of(-(2n ** 53n), 2n ** 40n) },
      uint8: { dtype: 'U8', shape: [2], data: Uint8Array.of(0, 255) },
      bool: { dtype: 'BOOL', shape: [3], data: Uint8Array.of(0, 1, 1) },
      half: { dtype: 'F16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) },
      brain: { dtype: 'BF16', shape: [2], data: Uint16Array.of(0x3f80, 0x7f80) },
      double: { dtype: 'F64', shape: [2], data: Float64Array.of(-1e300, 1e300) },
    });
    const got = await summarize(checkpoint);
    expect(got.map(({ name, min, max, zeros, nonFinite }) => [name, min, max, zeros, nonFinite]).sort()).toEqual([
      ['bool', 0, 1, 1, 0],
      ['brain', 1, 1, 0, 1],
      ['double', -1e300, 1e300, 0, 0],
      ['half', -2, 1, 0, 0],
      ['int64', -(2 ** 53), 2 ** 40, 0, 0],
      ['uint8', 0, 255, 1, 0],
    ]);
    const double = got.find(({ name }) => name === 'double')!;
    expect(Math.abs(double.std! / 1e300 - 1)).toBeLessThanOrEqual(4 * 2 ** -52);
    const words = await openCheckpoint({
      weightSpecs: [
        { name: 'words', shape: [1], dtype: 'string' },
        { name: 'complex', shape: [3], dtype: 'complex64' },
      ],
      weightData: [Uint8Array.of(1, 0, 0, 0, 97).buffer, Float32Array.of(0, 0, 1, 0, 0, Number.NaN).buffer],
    });
    expect(await summarize(words)).toMatchObject([
      { name: 'words', parameters: 1, count: 0, mean: null, skipped: 'string entries are no real numbers' },
      { count: 2, zeros: 1, nonFinite: 1, l2: null, skipped: 'complex64 entries are no real numbers' },
    ]);
  });

  it('summarize has the moments of the whole, however it is cut', async () => {
    const numbers = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(numbers, fc.integer({ min: 1, max: 9 }), async (list, piece) => {
        const values = Float32Array.from(list);
        const [got] = await summarize(cut(await openFloats({ w: { values } }), piece));
        const want = moments(values);
        for (const field of ['count', 'min', 'max', 'zeros', 'nonFinite'] as const)
          expect(got![field]! + 0).toBe(want[field] + 0);
        // Forty entries of at most 9 in float64, merged at most forty times.
        for (const field of ['mean', 'std', 'l1', 'l2'] as const)
          expect(Math.abs(got![field]! - want[field])).toBeLessThanOrEqual(2 ** -52 * 1000 * 9);
      }),
      { numRuns: 300 },
    );
  });

  it('summarize tells how far it is, stops at an abort, and refuses wrong options by name', async () => {
    const one = Float32Array.of(1);
    const source = await openFloats({ a: { values: one }, b: { values: one } });
    const seen: unknown[] = [];
    await summarize(source, { onProgress: (progress) => void seen.push(progress) });
    expect(seen).toEqual([
      { tensor: 'a', done: 1, total: 2 },
      { tensor: 'b', done: 2, total: 2 },
    ]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(summarize(source, { signal })).rejects.toThrow('enough');
    const wrong = (options: unknown) => summarize(source, options as object);
    await expect(wrong({ spectrum: true })).rejects.toThrow('summarize: options');
    await expect(wrong({ maxCost: -1 })).rejects.toThrow('summarize: maxCost must be 0 or more');
    await expect(wrong({ spectra: 1 })).rejects.toThrow('summarize: spectra');
    await expect(wrong({ filter: 'c' })).rejects.toThrow('summarize: filter must match a tensor');
    await expect(wrong({ signal: 1 })).rejects.toThrow('summarize: signal must be an AbortSignal');
    await expect(wrong({ onProgress: 1 })).rejects.toThrow('summarize: onProgress must be a function');
    await expect(summarize({} as never)).rejects.toThrow('summarize: checkpoint must be one of openCheckpoint');
  });
});
