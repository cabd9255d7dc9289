import type * as tf from '@tensorflow/tfjs-core';
import { checkTensor } from '@weightkit/core';
import { singularValues } from '@weightkit/numerics';
import { checkFinite, checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { numbersOf, type Values } from '../values/read-values.ts';
import { matrixShape } from './matrix-shape.ts';

/** Options of {@link convolutionSpectrum}. */
export interface ConvolutionSpectrumOptions {
  /** Height and width of the images, or the length of the sequences: integers, not below those of the kernel. */
  size: readonly number[];
}

/** The singular values of a convolution. */
export interface ConvolutionSpectrum {
  /** All of them, descending: places of the image times the smaller number of channels. */
  values: Float64Array;
  /** The largest. */
  spectralNorm: number;
  /**
   * √(height · width of the kernel) times the largest singular value of the kernel read as a matrix: no convolution with this kernel
   * stretches more, of whatever size the image is and however it is padded.
   */
  bound: number;
}

interface Taps {
  kernel: Values;
  height: number;
  width: number;
  inputs: number;
  outputs: number;
}

/** cos and sin of 2π j / n for j from 0 to n - 1. */
const turnsOf = (n: number): [Float64Array, Float64Array] => {
  const angles = Float64Array.from({ length: n }, (_, j) => (2 * Math.PI * j) / n);
  return [angles.map(Math.cos), angles.map(Math.sin)];
};

/** The transform of the kernel at one frequency: real and imaginary part, inputs x outputs. */
function transformAt(
  { kernel, height, width, inputs, outputs }: Taps,
  u: number,
  v: number,
  n: number,
  m: number,
  turns: [Float64Array, Float64Array],
) {
  const entries = inputs * outputs;
  const [re, im] = [new Float64Array(entries), new Float64Array(entries)];
  for (let a = 0, p = 0; a < height; a++)
    for (let b = 0; b < width; b++) {
      // u a / n + v b / m turns, in whole steps of 1 / (n m): no angle is rounded before its cosine is taken.
      const j = (u * a * m + v * b * n) % (n * m);
      const [cos, sin] = [turns[0][j]!, turns[1][j]!];
      for (let e = 0; e < entries; e++, p++) {
        re[e]! += kernel[p]! * cos;
        im[e]! -= kernel[p]! * sin;
      }
    }
  return { re, im };
}

/** Singular values of a complex matrix: those of [[re, -im], [im, re]], where each comes twice. */
function complexValues(re: Float64Array, im: Float64Array, inputs: number, outputs: number): Float64Array {
  const real = new Float64Array(4 * re.length);
  for (let i = 0, p = 0; i < inputs; i++)
    for (let o = 0; o < outputs; o++, p++) {
      real[i * 2 * outputs + o] = re[p]!;
      real[i * 2 * outputs + outputs + o] = -im[p]!;
      real[(inputs + i) * 2 * outputs + o] = im[p]!;
      real[(inputs + i) * 2 * outputs + outputs + o] = re[p]!;
    }
  return singularValues(real, { rows: 2 * inputs, cols: 2 * outputs }).filter((_, k) => k % 2 === 0);
}

/** All singular values of the convolution with wrap-around on n x m places, descending. */
function valuesOf(taps: Taps, n: number, m: number): Float64Array {
  const { inputs, outputs } = taps;
  const least = Math.min(inputs, outputs);
  const values = new Float64Array(n * m * least);
  const turns = turnsOf(n * m);
  let filled = 0;
  for (let u = 0; u < n; u++)
    for (let v = 0; v < m; v++) {
      const opposite = ((n - u) % n) * m + ((m - v) % m);
      const own = u * m + v;
      // The kernel is real: at the opposite frequency the transform is the conjugate, of the same singular values.
      if (opposite < own) continue;
      const { re, im } = transformAt(taps, u, v, n, m, turns);
      const found =
        opposite === own ? singularValues(re, { rows: inputs, cols: outputs }) : complexValues(re, im, inputs, outputs);
      for (let times = opposite === own ? 1 : 2; times > 0; times--, filled += least) values.set(found, filled);
    }
  return values.sort().reverse();
}

/**
 * All singular values of a convolution of step 1 with wrap-around at the edges, exactly: those of the transform of the kernel at each
 * frequency. The largest is the most that the layer can stretch an image. With zeros at the edges instead of wrap-around that is another
 * number, no more than the largest value on images longer by the kernel less one, and `bound` holds for any. {@link spectrum} of the kernel has other values: it reads the kernel as one matrix.
 *
 * The time grows as places · inputs · outputs · min(inputs, outputs).
 *
 * Sedghi, Gupta and Long 2018, "The Singular Values of Convolutional Layers", https://arxiv.org/abs/1805.10408; Singla and Feizi 2021,
 * "Fantastic Four", https://arxiv.org/abs/1911.10258, for the bound
 *
 * @example
 * const blur = tf.fill([3, 3, 1, 1], 1 / 9);
 * const { spectralNorm, bound } = await convolutionSpectrum(blur, { size: [8, 8] });
 * console.log(spectralNorm.toFixed(3), bound.toFixed(3)); // -> 1.000 1.000
 *
 * @param w - a kernel `[height, width, inputs, outputs]`, or `[length, inputs, outputs]`, with entries; borrowed
 * @param options - `size` of the images
 * @returns the singular values, the largest, and the bound
 * @throws RangeError for another rank, no entries, an entry that is not finite (by index) or a size below the kernel's; TypeError for no
 * tensor of real numbers
 */
export async function convolutionSpectrum(
  w: tf.Tensor,
  options: ConvolutionSpectrumOptions,
): Promise<ConvolutionSpectrum> {
  const fn = 'convolutionSpectrum';
  checkTensor(fn, 'w', w, 'float32', 'int32', 'bool');
  checkRange((w.rank === 3 || w.rank === 4) && w.size > 0, `${fn}: w must have rank 3 or 4 and entries`, w.shape);
  checkType(typeof options === 'object' && options !== null, `${fn}: options must have size`, options);
  checkOptions(fn, options, ['size']);
  const { size } = options;
  const spatial = w.shape.slice(0, -2);
  checkType(
    Array.isArray(size) && size.length === spatial.length,
    `${fn}: size must be a list of ${spatial.length} numbers`,
    size,
  );
  const fits = Array.from(size, (n, i) => Number.isInteger(n) && n >= spatial[i]! && n < 2 ** 15).every(Boolean);
  checkRange(fits, `${fn}: size must be of integers from [${spatial}] to below 2^15`, size);
  const [height, width] = [w.rank === 4 ? spatial[0]! : 1, spatial[spatial.length - 1]!];
  const [n, m] = [w.rank === 4 ? size[0]! : 1, size[size.length - 1]!];
  const [inputs, outputs] = w.shape.slice(-2) as [number, number];
  const kernel = numbersOf((await w.data()) as Float32Array | Int32Array | Uint8Array);
  checkFinite(fn, 'entries', 'w', kernel);
  const values = valuesOf({ kernel, height, width, inputs, outputs }, n, m);
  const [largest] = singularValues(kernel, matrixShape(w.shape));
  return { values, spectralNorm: values[0]!, bound: Math.sqrt(height * width) * largest! };
}
