import { openCheckpoint } from '@weightkit/checkpoint';
import { describe, expect, it } from 'vitest';
import { compare, type MatchedTensor } from '../../src/checkpoint.ts';
import golden from '../golden/compare.json' with { type: 'json' };
import { float64Error, goldenValues } from '../golden-values.ts';
import { cut, openFloats, openSafetensors } from './files.ts';

const w = (values: Float32Array, shape?: number[]) => openFloats({ w: shape ? { values, shape } : { values } });

describe('compare of checkpoints', () => {
  it.each(golden.cases)('compare equals numpy, however each side is cut: $call', async ({ weight, delta }) => {
    const { shape, seed, scale, zero } = weight;
    const before = await w(goldenValues(weight), shape);
    const after = await w(goldenValues({ shape, seed: seed + 10, scale: scale * 0.7, zero: zero + 1 }), shape);
    for (const [first, second] of [
      [1, 1],
      [3, 5],
      [1e6, 7],
    ] as const) {
      const [got] = (await compare(cut(before, first), cut(after, second))) as [MatchedTensor];
      for (const [field, expected] of Object.entries(delta)) {
        const value = got[field as keyof typeof delta];
        // Sums of n float64 terms; the cosine's terms cancel, so that its error is against 1.
        const size = field === 'cosine' ? 1 : Math.abs(expected);
        expect(Math.abs(value - expected), field).toBeLessThanOrEqual(2 * float64Error(got.parameters) * size);
      }
    }
  });

  it('compare counts flips, zeros and what is not finite, of a file and its codes too', async () => {
    const before = await w(Float32Array.of(1, -2, 0, 3, 5, 1));
    const quantization = { dtype: 'uint8', scale: 1, min: -4 };
    const after = await openCheckpoint({
      weightSpecs: [{ name: 'w', shape: [6], dtype: 'float32', quantization }],
      weightData: Uint8Array.of(3, 2, 6, 4, 9, 5).buffer, // -1 -2 2 0 5 1
    });
    const change = { parameters: 6, changed: 3, nonFinite: 0, signFlips: 1, zerosGained: 1, zerosLost: 1, maxAbs: 3 };
    expect(await compare(before, after)).toMatchObject([{ name: 'w', matched: true, ...change, l2: Math.sqrt(17) }]);
    const bad = await w(Float32Array.of(Number.NaN, -2, 0, 3, 5, Number.POSITIVE_INFINITY));
    expect(await compare(before, bad)).toMatchObject([{ changed: 2, nonFinite: 2, l2: 0, relative: 0, maxAbs: 0 }]);
  });

  it('compare lists what has no partner or another shape, in order', async () => {
    const one = Float32Array.of(1, 2);
    const before = await openFloats({
      gone: { values: one },
      w: { values: one, shape: [1, 2] },
      same: { values: one },
    });
    const after = await openFloats({
      added: { values: one },
      same: { values: one },
      w: { values: one, shape: [2, 1] },
    });
    const deltas = await compare(before, after);
    expect(deltas).toMatchObject([
      { name: 'gone', matched: false, reason: 'only before' },
      { name: 'w', matched: false, reason: '[1,2] before, [2,1] after' },
      { name: 'same', matched: true, l2: 0, relative: 0 },
      { name: 'added', matched: false, reason: 'only after' },
    ]);
    expect((await compare(before, after, { filter: 'added' })).map(({ name }) => name)).toEqual(['added']);
  });

  it('compare counts the entries that differ where they are no real numbers', async () => {
    const side = (words: number[], complex: number[]) =>
      openCheckpoint({
        weightSpecs: [
          { name: 'words', shape: [2], dtype: 'string' },
          { name: 'complex', shape: [2], dtype: 'complex64' },
          { name: 'axes', shape: [1], dtype: 'int32' },
        ],
        weightData: [
          Uint8Array.from([1, 0, 0, 0, words[0]!, 1, 0, 0, 0, words[1]!]).buffer,
          Float32Array.from(complex).buffer,
          Int32Array.of(2 ** 24 + words[0]!).buffer,
        ],
      });
    // 0xfe and 0xff are no UTF-8: as text they would be alike.
    expect(await compare(await side([0xfe, 97], [1, 2, 3, 4]), await side([0xff, 97], [1, 2, 3, 5]))).toMatchObject([
      { reason: 'string entries are no real numbers: 1 of 2 differ', same: false },
      { reason: 'complex64 entries are no real numbers: 1 of 2 differ', same: false },
      { matched: true, l2: 1 },
    ]);
    const twice = [await side([0xfe, 97], [1, 2, 3, 4]), await side([0xfe, 97], [1, 2, 3, 4])] as const;
    expect(await compare(...twice)).toMatchObject([{ same: true }, { same: true }, { matched: true, changed: 0 }]);
    const [words] = await compare(
      await side([1, 2], [0, 0, 0, 0]),
      await openFloats({ words: { values: Float32Array.of(1, 2) } }),
    );
    expect(words).toMatchObject({ reason: 'string before, float32 after' });
  });

  it('compare keeps float64 as large and small as it comes', async () => {
    const side = (x: number) =>
      openSafetensors({ w: { dtype: 'F64', shape: [2], data: Float64Array.of(3 * x, 4 * x) } });
    // Powers of two and a 3-4-5 triangle: exact.
    for (const x of [2 ** 1000, 2 ** -1000, 1])
      expect(await compare(await side(x), await side(2 * x))).toMatchObject([
        { l2: 5 * x, relative: 1, cosine: 1, maxAbs: 4 * x, signFlips: 0 },
      ]);
    expect(await compare(await side(2 ** -600), await side(-(2 ** -600)))).toMatchObject([
      { signFlips: 2, cosine: -1 },
    ]);
  });

  it('compare tells how far it is, stops at an abort, and refuses wrong options by name', async () => {
    const source = await w(Float32Array.of(1));
    const seen: unknown[] = [];
    await compare(source, source, { onProgress: (progress) => void seen.push(progress) });
    expect(seen).toEqual([{ tensor: 'w', done: 1, total: 1 }]);
    await expect(compare(source, source, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    await expect(compare(source, {} as never)).rejects.toThrow('compare: after must be one of openCheckpoint');
    await expect(compare({} as never, source)).rejects.toThrow('compare: before must be one of openCheckpoint');
    await expect(compare(source, source, { filter: 'c' })).rejects.toThrow('compare: filter must match a tensor');
    await expect(compare(source, source, { spectra: true } as never)).rejects.toThrow('compare: options');
  });
});
