import { checkOptions, checkRange } from '../check.ts';
import { isFloat32 } from '../check-floats.ts';
import { fillByKernel } from '../wasm/fill.ts';
import { bitsReference, checkFill } from './fill-bits.ts';
import type { Key } from './key.ts';

/** Options of {@link fillUniform}. */
export interface FillUniformOptions {
  /**
   * Lower end, included; finite, at most `max`.
   * @defaultValue 0
   */
  min?: number;
  /**
   * Upper end, excluded but for rounding; finite.
   * @defaultValue 1
   */
  max?: number;
  /**
   * The index in the stream of the first element: a safe integer, 0 or more.
   * @defaultValue 0
   */
  offset?: number;
}

/** Uniform float32 values; the reference that the kernel equals. `min` and `scale` are float32. */
export function uniformReference(out: Float32Array, key: Key, offset: number, min: number, scale: number): void {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  bitsReference(words, key, offset);
  for (let i = 0; i < words.length; i++) {
    words[i] = (words[i]! >>> 9) | 0x3f800000;
    out[i] = Math.max(min, Math.fround(Math.fround((out[i]! - 1) * scale) + min));
  }
}

/**
 * Fills an array with uniform values: with the 23 high bits of a word as f in [0, 1), `max(min, f * (max - min) + min)`,
 * every step in float32. Equal to `jax.random.uniform` in float32, bit for bit; but where XLA compiles the product and the
 * sum into one fused operation, as it does on CPUs, JAX's value may be its neighbor unless min is 0 or max - min a power of 2.
 *
 * @param out - filled and returned
 * @param key - the stream
 * @throws RangeError unless min and max are finite and min is at most max
 */
export function fillUniform(out: Float32Array, key: Key, options: FillUniformOptions = {}): Float32Array {
  checkOptions('fillUniform', options, ['min', 'max', 'offset']);
  const { min = 0, max = 1, offset = 0 } = options;
  checkFill('fillUniform', out, 'Float32Array', key, offset);
  checkRange(isFloat32(min), 'fillUniform: min must be a finite float32', min);
  checkRange(isFloat32(max) && max >= min, 'fillUniform: max must be a finite float32, min or more', max);
  const scale = Math.fround(Math.fround(max) - Math.fround(min));
  checkRange(Number.isFinite(scale), 'fillUniform: max - min must be a finite float32', max - min);
  if (!fillByKernel('uniform', out, key, offset, min, scale))
    uniformReference(out, key, offset, Math.fround(min), scale);
  return out;
}
