import * as tf from '@tensorflow/tfjs';
import { singularValues } from '@weightkit/numerics';
import { leakOf } from '@weightkit/testing';
import { describe, expect, it } from 'vitest';
import { convolutionSpectrum } from '../../src/spectral/convolution-spectrum.ts';
import golden from '../golden/spectral.json' with { type: 'json' };
import { goldenValues } from '../golden-values.ts';
import { goldenTensor } from '../golden-weight.ts';

/** The whole matrix of a convolution with wrap-around, places and channels to places and channels. */
function wholeMatrix(kernel: Float32Array, [kh, kw, c, d]: number[], [n, m]: number[]) {
  const [rows, cols] = [n! * m! * c!, n! * m! * d!];
  const a = new Float64Array(rows * cols);
  for (let y = 0; y < n!; y++)
    for (let x = 0; x < m!; x++)
      for (let i = 0; i < kh!; i++)
        for (let j = 0; j < kw!; j++)
          for (let p = 0; p < c!; p++)
            for (let q = 0; q < d!; q++) {
              const from = (((y + i) % n!) * m! + ((x + j) % m!)) * c! + p;
              a[from * cols + (y * m! + x) * d! + q]! += kernel[((i * kw! + j) * c! + p) * d! + q]!;
            }
  return singularValues(a, { rows, cols });
}

describe('convolutionSpectrum', () => {
  it.each(golden.convolutions)(
    "convolutionSpectrum equals the paper's code in numpy: $call",
    async ({ weight, size, values }) => {
      const w = goldenTensor(weight);
      const found = await convolutionSpectrum(w, { size });
      expect(found.values.length).toBe(values.length);
      // Transforms of up to 15 taps and their SVDs, each off by a few (inputs + outputs) eps of the largest value.
      const most = 100 * 2 ** -52 * values[0]!;
      for (const [i, value] of found.values.entries()) expect(Math.abs(value - values[i]!)).toBeLessThan(most);
      expect(found.spectralNorm).toBe(found.values[0]);
      expect(found.bound).toBeGreaterThanOrEqual(found.spectralNorm * (1 - 2 ** -48));
      w.dispose();
    },
  );

  it('convolutionSpectrum has the singular values of the whole matrix of the convolution, of sequences too', async () => {
    for (const [shape, size] of [
      [
        [3, 3, 2, 2],
        [4, 5],
      ],
      [
        [2, 3, 1, 3],
        [3, 3],
      ],
      [
        [1, 3, 2, 2],
        [1, 6],
      ],
    ] as const) {
      const kernel = goldenValues({ shape: [...shape], seed: 9, scale: 1, zero: 1000 });
      const whole = wholeMatrix(kernel, [...shape], [...size]);
      const { values } = await convolutionSpectrum(tf.tensor(kernel, [...shape]), { size });
      for (const [i, value] of values.entries()) expect(Math.abs(value - whole[i]!)).toBeLessThan(1e-13 * whole[0]!);
      if (shape[0] !== 1) continue;
      const sequence = await convolutionSpectrum(tf.tensor(kernel, shape.slice(1) as number[]), {
        size: size.slice(1),
      });
      expect(sequence.values).toEqual(values);
    }
  });

  it('convolutionSpectrum has in bound what no convolution stretches more: the images of tf.conv2d', async () => {
    const w = tf.tensor(
      goldenValues({ shape: [3, 3, 3, 4], seed: 8, scale: 1, zero: 1000 }),
      [3, 3, 3, 4],
    ) as tf.Tensor4D;
    const { bound } = await convolutionSpectrum(w, { size: [8, 8] });
    for (let seed = 0; seed < 5; seed++) {
      const x = tf.randomNormal([1, 8, 8, 3], 0, 1, 'float32', seed) as tf.Tensor4D;
      const norms = await tf.stack([tf.norm(x), tf.norm(tf.conv2d(x, w, 1, 'same'))]).data();
      expect(norms[1]! / norms[0]!).toBeLessThan(bound);
    }
  });

  it('convolutionSpectrum of a kernel of one place is the spectrum of its matrix at each place', async () => {
    const { values, spectralNorm, bound } = await convolutionSpectrum(tf.tensor4d([3, 0, 0, -4], [1, 1, 2, 2]), {
      size: [2, 3],
    });
    expect([...values]).toEqual([...Array(6).fill(4), ...Array(6).fill(3)]);
    expect([spectralNorm, bound]).toEqual([4, 4]);
  });

  it('convolutionSpectrum refuses sizes below the kernel and what is no kernel, and leaves no tensors', async () => {
    const w = tf.ones([3, 3, 1, 1]);
    const refuses = (tensor: tf.Tensor, options: unknown, says: string) =>
      expect(convolutionSpectrum(tensor, options as never)).rejects.toThrow(`convolutionSpectrum: ${says}`);
    await refuses(w, { size: [2, 3] }, 'size must be of integers from [3,3] to below 2^15, got [2, 3]');
    await refuses(w, { size: [3] }, 'size must be a list of 2 numbers, got [3]');
    await refuses(w, undefined, 'options must have size, got undefined');
    await refuses(tf.ones([3, 3]), { size: [3, 3] }, 'w must have rank 3 or 4 and entries, got [3, 3]');
    await refuses(tf.fill([1, 1, 1, 1], Number.NaN), { size: [3, 3] }, 'entries must be finite, got NaN at w[0]');
    expect(await leakOf(() => convolutionSpectrum(w, { size: [4, 4] }))).toEqual({ tensors: 0, variables: 0 });
  });
});
