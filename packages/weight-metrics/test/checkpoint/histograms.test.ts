import { openCheckpoint } from '@weightkit/checkpoint';
import { describe, expect, it } from 'vitest';
import { histograms } from '../../src/checkpoint.ts';
import golden from '../golden/histograms.json' with { type: 'json' };
import { goldenValues } from '../golden-values.ts';
import { cut, openFloats, openSafetensors } from './files.ts';

const tensors = {
  a: { values: Float32Array.of(0, 1, 2) },
  b: { values: Float32Array.of(-2, 0, Number.NaN) },
};

describe('histograms of a checkpoint', () => {
  it.each(golden.cases)('histograms equals numpy.histogram, in pieces of any size: $call', async (one) => {
    const { weight, bins, range, ...expected } = one;
    const source = await openFloats({ w: { values: goldenValues(weight), shape: weight.shape } });
    for (const piece of [1, 7, 1e6]) {
      const options = { bins, filter: 'w', density: true, ...(range && { range: range as [number, number] }) };
      const [got] = await histograms(cut(source, piece), options);
      expect(Array.from(got!.counts)).toEqual(expected.counts);
      expect(Array.from(got!.edges)).toEqual(expected.edges);
      // One product and two quotients in another order than numpy's.
      for (const [i, value] of got!.density!.entries())
        expect(Math.abs(value - expected.density[i]!)).toBeLessThanOrEqual(4 * 2 ** -52 * expected.density[i]!);
    }
  });

  it('histograms gives each tensor its own edges, or all the shared ones, non-finite entries aside', async () => {
    const source = await openFloats(tensors);
    const own = await histograms(source, { bins: 2, filter: '*' });
    expect(
      own.map(({ name, edges, counts, nonFinite, density }) => [name, [...edges], [...counts], nonFinite, density]),
    ).toEqual([
      ['a', [0, 1, 2], [1, 2], 0, null],
      ['b', [-2, -1, 0], [1, 1], 1, null],
    ]);
    const shared = await histograms(source, { bins: 2, filter: '*', range: 'shared' });
    expect(shared.map(({ edges, counts }) => [[...edges], [...counts]])).toEqual([
      [
        [-2, 0, 2],
        [0, 3],
      ],
      [
        [-2, 0, 2],
        [1, 1],
      ],
    ]);
    const given = await histograms(source, { bins: 1, filter: 'a', range: [0.5, 1.5] });
    expect(given[0]).toMatchObject({ below: 1, above: 1 });
    expect([...given[0]!.counts]).toEqual([1]);
  });

  it('histograms takes float tensors of rank 2 or more without a filter, and says why others have no counts', async () => {
    const source = await openCheckpoint({
      weightSpecs: [
        { name: 'kernel', shape: [1, 2], dtype: 'float32' },
        { name: 'bias', shape: [2], dtype: 'float32' },
        { name: 'axes', shape: [1, 2], dtype: 'int32' },
        { name: 'words', shape: [1, 1], dtype: 'string' },
      ],
      weightData: [
        Float32Array.of(1, 2).buffer,
        Float32Array.of(1, 2).buffer,
        Int32Array.of(2 ** 24 + 1, 2 ** 24 + 3).buffer,
        Uint8Array.of(1, 0, 0, 0, 97).buffer,
      ],
    });
    expect((await histograms(source)).map(({ name }) => name)).toEqual(['kernel']);
    const [axes, words] = await histograms(source, { bins: 2, filter: ['axes', 'words'] });
    expect([...axes!.edges]).toEqual([2 ** 24 + 1, 2 ** 24 + 2, 2 ** 24 + 3]);
    expect(words).toMatchObject({ skipped: 'string entries are no real numbers', nonFinite: 0 });
    expect([...words!.edges]).toHaveLength(3);
  });

  it('histograms skips ranges of float64 that cannot be cut into the bins, and goes on', async () => {
    const source = await openSafetensors({
      wide: { dtype: 'F64', shape: [1, 2], data: Float64Array.of(-1.7e308, 1.7e308) },
      narrow: { dtype: 'F64', shape: [1, 2], data: Float64Array.of(1, 1 + 2 ** -52) },
      plain: { dtype: 'F64', shape: [1, 2], data: Float64Array.of(1, 2) },
    });
    const byName = Object.fromEntries((await histograms(source, { bins: 4 })).map((one) => [one.name, one]));
    expect(byName.wide!.skipped).toContain('the width of the range must be finite');
    expect(byName.narrow!.skipped).toContain('bins must not outnumber the float64 values in the range');
    expect([...byName.plain!.counts]).toEqual([1, 0, 0, 1]);
    await expect(histograms(source, { range: 'shared' })).rejects.toThrow('histograms: the width of the range');
  });

  it('histograms refuses wrong options by name', async () => {
    const source = await openFloats(tensors);
    const wrong = (options: unknown) => histograms(source, options as object);
    await expect(wrong({ bins: 0 })).rejects.toThrow('histograms: bins must be an integer');
    await expect(wrong({ range: [2, 1] })).rejects.toThrow('histograms: range must be finite');
    await expect(wrong({ range: 'all' })).rejects.toThrow("histograms: range must be 'own', 'shared' or a pair");
    await expect(wrong({ density: 1 })).rejects.toThrow('histograms: density must be true or false');
    await expect(wrong({ filter: 'c' })).rejects.toThrow('histograms: filter must match a tensor');
    await expect(wrong({ bin: 1 })).rejects.toThrow('histograms: options');
    await expect(histograms(null as never)).rejects.toThrow('histograms: checkpoint must be one of openCheckpoint');
  });
});
