import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { histograms, sharedRange } from '../../src/statistics/histograms.ts';
import golden from '../golden/histograms.json' with { type: 'json' };
import { goldenTensor } from '../golden-weight.ts';

const all = () => true;
const variables = () => ({ a: tf.variable(tf.tensor1d([0, 1, 2])), b: tf.variable(tf.tensor1d([-2, 0, Number.NaN])) });

describe('histograms', () => {
  it.each(golden.cases)('histograms equals numpy.histogram: $call', async ({ weight, bins, range, ...expected }) => {
    const source = { w: tf.variable(goldenTensor(weight)) };
    const [got] = await histograms(source, { bins, density: true, ...(range && { range: range as [number, number] }) });
    source.w.dispose();
    expect(Array.from(got!.counts)).toEqual(expected.counts);
    expect(Array.from(got!.edges)).toEqual(expected.edges);
    // One product and two quotients in another order than numpy's.
    for (const [i, value] of got!.density!.entries())
      expect(Math.abs(value - expected.density[i]!)).toBeLessThanOrEqual(4 * 2 ** -52 * expected.density[i]!);
    const inside = expected.counts.reduce((a, b) => a + b, 0);
    expect(inside + got!.below + got!.above).toBe(weight.shape.reduce((a, b) => a * b, 1));
  });

  it('histograms gives each weight its own edges, or all the shared ones, non-finite entries aside', async () => {
    const source = variables();
    const own = await histograms(source, { bins: 2, filter: all });
    expect(
      own.map(({ path, edges, counts, nonFinite, density }) => [path, [...edges], [...counts], nonFinite, density]),
    ).toEqual([
      ['a', [0, 1, 2], [1, 2], 0, null],
      ['b', [-2, -1, 0], [1, 1], 1, null],
    ]);
    const shared = await histograms(source, { bins: 2, filter: all, range: 'shared' });
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
  });

  it('histograms counts what is outside a given range and has density 0 when nothing is inside', async () => {
    const [a, b] = await histograms(variables(), { bins: 1, range: [0.5, 1], filter: all, density: true });
    expect(a).toMatchObject({ below: 1, above: 1, counts: Uint32Array.of(1), density: Float64Array.of(2) });
    expect(b).toMatchObject({ below: 2, above: 0, nonFinite: 1, density: Float64Array.of(0) });
  });

  it("histograms(source, { range: 'shared' }) without any finite entry uses 0 to 1", async () => {
    const source = [tf.variable(tf.tensor1d([Number.NaN]))];
    expect((await histograms(source, { bins: 1, range: 'shared', filter: all }))[0]!.edges).toEqual(
      Float64Array.of(0, 1),
    );
  });

  it('histograms(model) takes kernels and leaves no tensors', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'out' })] });
    const made = await histograms(model);
    expect(made.map(({ path, shape, counts }) => [path, shape, counts.length])).toEqual([['out/kernel', [3, 2], 64]]);
    expect(await leakOf(() => histograms(model))).toEqual({ tensors: 0, variables: 0 });
  });

  it('histograms refuses bad options before it reads', async () => {
    const source = variables();
    await expect(histograms(source, { bins: 0 })).rejects.toThrow(
      new RangeError('histograms: bins must be an integer in [1, 2^24), got 0'),
    );
    await expect(histograms(source, { range: [1, 0] })).rejects.toThrow(
      new RangeError('histograms: range must be finite, the first not above the second, got [1, 0]'),
    );
    await expect(histograms(source, { range: 'all' as 'own' })).rejects.toThrow(
      new TypeError("histograms: range must be 'own', 'shared' or a pair of numbers, got \"all\""),
    );
    await expect(histograms(source, { range: [1] as unknown as [number, number] })).rejects.toThrow(TypeError);
    await expect(histograms(source, { density: 1 as unknown as boolean })).rejects.toThrow(TypeError);
    await expect(histograms(source, { bin: 3 } as object)).rejects.toThrow(TypeError);
  });
});

describe('sharedRange', () => {
  it('sharedRange(all) is the range of any number of weights', () => {
    // Twice as many as a call has room for arguments.
    const all = Array.from({ length: 250_000 }, (_, i) => Float32Array.of(i, -i, Number.NaN));
    expect(sharedRange(all)).toEqual([-249_999, 249_999]);
    expect(sharedRange([])).toEqual([0, 1]);
  });
});
