import * as tf from '@tensorflow/tfjs-core';
import { checkTensor, sameData, tensorflowOp, valuesAtHand } from '@weightkit/core';
import { extent } from '@weightkit/numerics';
import { checkOptions, checkRange, checkType } from '@weightkit/numerics/check';
import { roundToGrid } from '../grids/round-to-grid.ts';
import { affineRange } from '../ranges/affine-range.ts';
import { checkTrainingGrid, roundStraightThrough, type TrainingGrid } from './on-grid.ts';

/** Options of {@link fakeQuantize}: a data type, a number of bits or a grid. */
export interface FakeQuantizeOptions {
  /**
   * The codes to imitate: those of {@link quantize}.
   *
   * @defaultValue `'uint8'`
   */
  dtype?: 'uint8' | 'uint16' | undefined;
  /** Bits of a code, an integer in 2..16; takes the place of `dtype`. */
  bits?: number | undefined;
  /** Any grid of {@link quantizeValues}, with blocks and all; takes the place of `dtype`. `ranges` keep the grid where it is. */
  grid?: TrainingGrid | undefined;
}

function levelsOf(options: FakeQuantizeOptions): number {
  const { dtype, bits } = options;
  checkType(
    dtype === undefined || bits === undefined,
    'fakeQuantize: options must be dtype or bits, not both',
    options,
  );
  checkType(
    dtype === undefined || dtype === 'uint8' || dtype === 'uint16',
    'fakeQuantize: dtype must be uint8 or uint16',
    dtype,
  );
  const chosen = bits === undefined ? (dtype === 'uint16' ? 16 : 8) : bits;
  checkRange(
    Number.isInteger(chosen) && chosen >= 2 && chosen <= 16,
    'fakeQuantize: bits must be an integer in 2..16',
    bits,
  );
  return 2 ** chosen - 1;
}

/** Code q stands for (q − zero) · scale + base: base is 0 where 0 is in the range, and the smallest value where not. */
function onGrid(w: tf.Tensor, levels: number): tf.Tensor {
  const low = tf.min(w);
  const high = tf.max(w);
  const nudge = tf.cast(tf.logicalAnd(tf.lessEqual(low, 0), tf.greaterEqual(high, 0)), 'float32');
  // Divided first: the difference of two float32 values may overflow.
  const step = tf.sub(tf.div(high, levels), tf.div(low, levels));
  const scale = tf.where(tf.greater(step, 0), step, tf.onesLike(step));
  const base = tf.mul(low, tf.sub(1, nudge));
  const zero = tf.mul(tf.round(tf.div(tf.neg(low), scale)), nudge);
  return roundToGrid(w, { scale, zero, base, levels });
}

/** What `dequantize` makes of the codes that `quantize` gives, in one run; null where a value is not finite. */
function onGridAtHand(values: Float32Array, levels: number): Float32Array | null {
  const { min: low, max: high, nonFinite } = extent(values);
  if (nonFinite > 0) return null;
  if (!(low < high)) return values.slice();
  const { scale, min, max } = affineRange(low, high, levels);
  const out = new Float32Array(values.length);
  for (let i = 0; i < out.length; i++) {
    // 2^52 and more has no fraction: adding it rounds, halves to even.
    const code = (Math.min(Math.max(values[i]!, min), max) - min) / scale + 2 ** 52 - 2 ** 52;
    out[i] = code * scale + min;
  }
  return out;
}

/** Scales with all their digits, also in what is computed from them. */
const [LEAST, MOST] = [2 ** -100, 2 ** 100];

/** By one operation on tfjs-node, from the least and the greatest value; null elsewhere, and where these are not finite. */
function onGridByOperation(w: tf.Tensor, levels: number): tf.Tensor | null {
  if (tf.getBackend() !== 'tensorflow') return null;
  const [low, high] = [tf.min(w), tf.max(w)].map((one) => valuesAtHand(one)?.[0] ?? Number.NaN) as [number, number];
  if (low === high) return tf.clone(w);
  const { scale, min, max } = affineRange(low, high, levels);
  if (!(scale > LEAST && scale < MOST)) return null;
  const fake = (x: tf.Tensor, from: number, to: number) =>
    tensorflowOp('FakeQuantWithMinMaxArgs', [x], { min: from, max: to, num_bits: Math.log2(levels + 1) });
  // The operation puts 0 on its grid, wherever the range lies.
  return low > 0 || high < 0 ? tf.add(fake(tf.sub(w, min), 0, max - min)!, min) : fake(w, min, max);
}

function rounded(w: tf.Tensor, levels: number): tf.Tensor {
  if (w.size === 0) return tf.clone(w);
  const values = valuesAtHand(w) as Float32Array | null;
  const near = values && onGridAtHand(values, levels);
  if (near) return tf.tensor(near, w.shape);
  return (values ? null : onGridByOperation(w, levels)) ?? onGrid(w, levels);
}

/**
 * Rounds a tensor to the values that codes would leave of it, on the device, so that a model can learn to live with them: fake
 * quantization for quantization-aware training (Jacob et al. 2018, https://arxiv.org/abs/1712.05877).
 *
 * With `grid` it is `dequantizeValues(quantizeValues(w))` on every backend, bit for bit: what training computes with is what the codes
 * stand for. On webgpu kernels of ours divide exactly; there two things differ: a scale of `ternary`, whose mean is summed in float32, and
 * blocks whose scale would be below 2⁻¹²⁶. What `quantizeValues` refuses because it does not fit saturates. On webgl and on a GPU under
 * tfjs-node values are read, which waits for the device.
 *
 * The gradient is straight through (Bengio et al. 2013, https://arxiv.org/abs/1308.3432), as torch.fake_quantize has it: 1 for an
 * entry whose code was not clipped, else 0. Entries are clipped by `ranges` that are narrower than the values; where ranges are the
 * tensor's own, only by the `symmetric` scheme at its end, by a zero point that was rounded, and in Microscaling.
 *
 * With `dtype` or `bits` it is the grid of {@link quantize}, and the gradient is 1 for every entry.
 * 0 is exact. On cpu and wasm, and on tfjs-node for up to 2^14 entries, it is `dequantize(quantize(w))`, bit for bit. Elsewhere it is
 * computed in float32: with scale = (max − min) / levels and M the largest magnitude, every entry is within scale / 2 + 2⁻²⁰ · M of
 * w, and within 2⁻²⁰ · M of `dequantize(quantize(w))`, or one scale further where an entry or the zero point lies that near to a
 * tie. This holds for ranges from 2⁻¹⁰⁰ to 2¹²⁷.
 *
 * Values are not checked: NaN stays NaN on a `grid`; with `dtype` or `bits` it makes its range NaN, and with it what the backend's
 * clip makes of that: NaN, or 0 on wasm.
 *
 * @example
 * const w = tf.tensor1d([-1, 0.001, 2]);
 * console.log(await tf.round(tf.mul(fakeQuantize(w, { dtype: 'uint8' }), 85)).array()); // -> [ -85, 0, 170 ]
 * const ranges = { min: [-2], max: [1.75] };
 * console.log(await fakeQuantize(w, { grid: { dtype: 'int4', ranges } }).array()); // -> [ -1, 0, 1.75 ]
 * const forward = (raw) => fakeQuantize(raw, { grid: { dtype: 'nf4' } });
 * parametrize(layer, 'kernel', { forward, kind: 'fakeQuantization' }); // parametrize of @weightkit/core
 *
 * @param w - a float32 tensor of any shape, borrowed
 * @param options - see {@link FakeQuantizeOptions}
 * @returns a new tensor of the same shape
 * @throws TypeError or RangeError for a tensor that is not float32, options out of range or a grid that does not fit the shape
 */
export function fakeQuantize<T extends tf.Tensor>(w: T, options: FakeQuantizeOptions = {}): T {
  checkOptions('fakeQuantize', options, ['dtype', 'bits', 'grid']);
  const { dtype, bits, grid } = options;
  const alone = grid === undefined || (dtype === undefined && bits === undefined);
  checkType(alone, 'fakeQuantize: options must be grid alone, or dtype or bits', options);
  const levels = levelsOf(options);
  checkTensor('fakeQuantize', 'w', w, 'float32');
  if (grid !== undefined)
    return roundStraightThrough('fakeQuantize', w, checkTrainingGrid('fakeQuantize', w.shape, grid)) as T;
  const straightThrough = tf.customGrad((x) => ({
    value: rounded(x as tf.Tensor, levels),
    gradFunc: (dy: tf.Tensor) => sameData(dy),
  }));
  return tf.tidy(() => straightThrough(w) as T);
}
