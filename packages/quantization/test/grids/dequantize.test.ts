import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dequantize, type Quantized, quantize } from '../../src/index.ts';
import { bitsOf, normals, sha256 } from '../helpers.ts';

/** What stock TensorFlow.js makes of the codes, through JSON as in a file. */
async function stockDecode(quantized: Quantized): Promise<Float32Array> {
  const { codes, ...quantization } = quantized;
  const spec = { name: 'w', shape: [codes.length], dtype: 'float32', quantization };
  const { w } = tf.io.decodeWeights(codes.slice().buffer as ArrayBuffer, [JSON.parse(JSON.stringify(spec))]);
  const values = await w!.data();
  w!.dispose();
  return Float32Array.from(values);
}

describe('dequantize', () => {
  test('dequantize(all codes) has the bits that stock TensorFlow.js decodes', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const words = Uint16Array.from({ length: 65536 }, (_, i) => i);
    for (const quantized of [
      { dtype: 'uint8', codes: bytes, scale: 0.0019056785924761903, min: -0.24964389561438094 },
      { dtype: 'uint16', codes: words, scale: 7.41509179951825e-6, min: -0.2501184614895501 },
      { dtype: 'uint16', codes: words, scale: 1e33, min: -3.2e37 },
      { dtype: 'uint16', codes: words, scale: 1e-44, min: 1e-40 },
      { dtype: 'float16', codes: words.filter((code) => (code & 0x7c00) < 0x7c00) },
    ] satisfies Quantized[])
      expect(await sha256(dequantize(quantized))).toBe(await sha256(await stockDecode(quantized)));
  });

  test('dequantize(quantize(values)) has the bits that stock TensorFlow.js decodes, for any scale', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.constantFrom('uint8' as const, 'uint16' as const, 'float16' as const),
        async (x, dtype) => {
          const quantized = quantize(Float32Array.from(x), { dtype });
          expect(bitsOf(dequantize(quantized))).toEqual(bitsOf(await stockDecode(quantized)));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('dequantize(quantized) leaves the codes as they are', () => {
    const quantized = quantize(normals(50));
    const before = quantized.codes.slice();
    expect(dequantize(quantized)).toHaveLength(50);
    expect(quantized.codes).toEqual(before);
  });

  test('dequantize refuses codes of another width and parameters that are no numbers', () => {
    const codes = new Uint8Array(2);
    expect(() => dequantize({ dtype: 'uint16', codes, scale: 1, min: 0 })).toThrow(
      'dequantize: codes of uint16 must be a Uint16Array, got [0, 0]',
    );
    expect(() => dequantize({ dtype: 'uint8', codes, scale: Number.NaN, min: 0 })).toThrow(
      'scale must be finite, got NaN',
    );
    expect(() => dequantize({ dtype: 'uint8', codes, scale: 1 } as Quantized)).toThrow(
      'min must be finite, got undefined',
    );
    expect(() => dequantize({ dtype: 'int4', codes } as unknown as Quantized)).toThrow('got "int4"');
  });
});
