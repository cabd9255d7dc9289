import { haarOrthogonal } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkFloat, type Initializer, makeInitializer } from './initializer.ts';

/** Options of {@link orthogonal}. */
export interface OrthogonalOptions {
  /**
   * Every singular value of the result; finite.
   *
   * @defaultValue 1
   */
  gain?: number;
}

/** The matrix that a kernel is: all axes but the last are rows. */
function matrixOf(shape: readonly number[]): [rows: number, cols: number] {
  return [shape.slice(0, -1).reduce((a, b) => a * b, 1), shape[shape.length - 1]!];
}

/** The largest entry of |G / gain^2 - I|, G the Gram matrix of the columns, or of the rows where these are fewer. */
export function gramResidual(w: Float32Array, shape: readonly number[], gain: number): number {
  const [rows, cols] = matrixOf(shape);
  const [count, length, step, stride] = rows >= cols ? [cols, rows, 1, cols] : [rows, cols, cols, 1];
  const vectors = Array.from({ length: count }, (_, i) =>
    Float64Array.from({ length }, (_, k) => w[i * step + k * stride]! / gain),
  );
  let worst = 0;
  for (let i = 0; i < count; i++)
    for (let j = 0; j <= i; j++) {
      let dot = i === j ? -1 : 0;
      const a = vectors[i]!;
      const b = vectors[j]!;
      for (let k = 0; k < length; k++) dot += a[k]! * b[k]!;
      worst = Math.max(worst, Math.abs(dot));
    }
  return worst;
}

/**
 * A random orthogonal matrix times a gain: W'W = gain^2 I, or W W' where there are more columns than rows. All axes but the
 * last are rows, as in Keras and JAX; an LSTM's [units, 4 units] recurrent kernel is one matrix with orthonormal rows.
 *
 * Uniform under the Haar measure, in float64 and without the square factor, so that 256 x 256 takes milliseconds where
 * tfjs takes seconds. The law of `jax.nn.initializers.orthogonal`, whose values it gives for `jax.random.key(seed)` to
 * float32 rounding.
 *
 * Saxe, McClelland and Ganguli 2013, https://arxiv.org/abs/1312.6120; Mezzadri 2006, https://arxiv.org/abs/math-ph/0609050
 *
 * @example
 * const q = orthogonal({ gain: Math.SQRT2 })([256, 128], { seed: 1 }); // 128 orthogonal columns of length sqrt 2
 *
 * @throws RangeError unless the gain is finite; when called with a shape of rank below 2
 */
export function orthogonal(options: OrthogonalOptions = {}): Initializer {
  checkOptions('orthogonal', options, ['gain']);
  const { gain = 1 } = options;
  checkFloat('orthogonal', 'gain', gain);
  return makeInitializer({
    name: 'orthogonal',
    config: { gain },
    check: (shape) => checkRange(shape.length >= 2, 'orthogonal: shape must have rank 2 or more', shape),
    fill(out, key, shape) {
      const q = haarOrthogonal(...matrixOf(shape), key);
      for (let i = 0; i < out.length; i++) out[i] = gain * q[i]!;
    },
    spread: (_, shape) => ({ mean: 0, std: Math.abs(gain) / Math.sqrt(Math.max(1, ...matrixOf(shape))), kurtosis: 1 }),
    residual: (values, shape) => (gain === 0 ? 0 : gramResidual(values, shape, gain)),
  });
}
