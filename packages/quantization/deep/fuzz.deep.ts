import { fillBits, fillNormal, fillUniform, type Key, randomKey } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { dequantize, type Quantized, type QuantizedDtype, quantize } from '../src/index.ts';

const ARRAYS = 200_000;

const words = new Uint32Array(1);
const pick = (key: Key, count: number): number => fillBits(words, [key[0], ~key[1] >>> 0])[0]! % count;

/** Any float32 bits with a magnitude of at most `most`; what is beyond, or not a number, becomes 0. */
function anyBits(out: Float32Array, key: Key, most: number): void {
  fillBits(new Uint32Array(out.buffer), key);
  for (let i = 0; i < out.length; i++) if (!(Math.abs(out[i]!) <= most)) out[i] = 0;
}

const LAWS: readonly ((out: Float32Array, key: Key) => unknown)[] = [
  (out, key) => anyBits(out, key, 1e38),
  (out, key) => anyBits(out, key, 2 ** -120),
  (out, key) => fillNormal(out, key, { std: 0.05 }),
  (out, key) => fillNormal(out, key, { mean: 1e4, std: 1 }),
  (out, key) => fillUniform(out, key, { min: 0.5, max: 0.75 }),
  (out, key) => fillUniform(out, key, { min: -3, max: -1e-6 }),
  // Sparse: zeros and a few values.
  (out, key) => out.set(fillNormal(out, key).map((x) => (Math.abs(x) < 1 ? 0 : x))),
  // Few different values, and one far out.
  (out, key) => out.set(fillUniform(out, key, { min: -2, max: 3 }).map((x, i) => (i ? Math.round(x) : 1e5))),
];

/** An array of 1 to 64 values, of a law that the number picks. */
function arrayOf(i: number, most: number): Float32Array {
  const key = randomKey(i, 'fuzz');
  const out = new Float32Array(1 + pick(key, 64));
  LAWS[i % LAWS.length]!(out, key);
  for (let k = 0; k < out.length; k++) out[k] = Math.max(-most, Math.min(most, out[k]!));
  return out;
}

/** Half a unit in the last place of a float32. */
const halfUlp32 = (x: number): number => Math.max(Math.abs(x) * 2 ** -24, 2 ** -150);
/** Half a unit in the last place of a float16, for |x| up to 65504. */
const halfUlp16 = (x: number): number =>
  Math.abs(x) < 2 ** -14 ? 2 ** -25 : 2 ** (Math.floor(Math.log2(Math.abs(x))) - 11);

/**
 * What an entry may be off by. Affine: half a step, as the shift of the grid that makes 0 exact cuts at most half a step off an
 * end; the float64 quotient is off by a few 2^-53 of at most 65535, below 2^-34 of a step, and min and the product by as
 * much of the range; then the sum is rounded to float32. float16: half a unit in the last place.
 */
function allowed(x: number, decoded: number, quantized: Quantized): number {
  if (quantized.dtype === 'float16') return halfUlp16(x);
  if (quantized.scale === 1 && quantized.codes.every((code) => code === 0)) return 0;
  return quantized.scale * (0.5 + 2 ** -34) + Math.abs(quantized.min) * 2 ** -51 + halfUlp32(decoded);
}

interface Worst {
  ratio: number;
  at: string;
  zeros: number;
  order: number;
}

/** The largest error over what is allowed, zeros that are not exact, and neighbors in size whose order was lost. */
function fuzz(dtype: QuantizedDtype, most: number): Worst {
  const worst: Worst = { ratio: 0, at: '', zeros: 0, order: 0 };
  for (let i = 0; i < ARRAYS; i++) {
    const values = arrayOf(i, most);
    const quantized = quantize(values, { dtype });
    const decoded = dequantize(quantized);
    for (let k = 0; k < values.length; k++) {
      const [x, y] = [values[k]!, decoded[k]!];
      const error = Math.abs(x - y);
      const ratio = error === 0 ? 0 : error / allowed(x, y, quantized);
      if (!(ratio <= worst.ratio)) Object.assign(worst, { ratio, at: `array ${i}, entry ${k}: ${x} became ${y}` });
      if (x === 0 && y !== 0) worst.zeros++;
      if (k > 0 && (x - values[k - 1]!) * (y - decoded[k - 1]!) < 0) worst.order++;
    }
  }
  return worst;
}

describe('quantize and dequantize on 200,000 random arrays', () => {
  it.each([
    ['uint8', 1e38],
    ['uint16', 1e38],
    ['float16', 65_504],
  ] as const)('%s: no entry is off by more than its bound, zeros are exact, and order is kept', (dtype, most) => {
    const { ratio, at, zeros, order } = fuzz(dtype, most);
    expect(ratio, at).toBeLessThanOrEqual(1);
    // A bound that is never nearly reached would prove little.
    expect(ratio).toBeGreaterThan(0.99);
    expect({ zeros, order }).toEqual({ zeros: 0, order: 0 });
  });
});
