import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AffineQuantized, dequantize, type QuantizedDtype, quantize } from '../../src/index.ts';
import { base64, floatOf, floats, golden, normals } from '../helpers.ts';

interface Case {
  name: string;
  dtype: 'uint8' | 'uint16';
  data: string;
  codes: string;
  scale: number;
  min: number;
}

const anyFinite = fc.float({ noNaN: true, noDefaultInfinity: true });
const arrays = fc.array(anyFinite, { maxLength: 40 }).map((x) => Float32Array.from(x));
const affine = (values: Float32Array, dtype: 'uint8' | 'uint16') => quantize(values, { dtype }) as AffineQuantized;

describe('quantize: the rule of the converter', () => {
  test.each(golden<Case>('affine'))('quantize($name, $dtype) gives the very bytes of the converter', (c) => {
    const { codes, scale, min, dtype } = affine(floats(c.data), c.dtype);
    expect(dtype).toBe(c.dtype);
    expect(base64(codes)).toBe(c.codes);
    expect(scale).toBe(c.scale);
    // The converter's -0 is 0 in JSON.
    expect(min).toBe(c.min + 0);
  });

  test('quantize(values) is uint8 by default', () => {
    expect(quantize(Float32Array.of(-1, 0, 2))).toEqual({
      dtype: 'uint8',
      codes: Uint8Array.of(0, 85, 255),
      scale: 3 / 255,
      min: -1,
    });
  });

  test('quantize(values) rounds halves to even: 0.5, 1.5 and 2.5 of a step give 0, 2 and 2', () => {
    expect([...quantize(Float32Array.of(0, 0.5, 1.5, 2.5, 255)).codes]).toEqual([0, 0, 2, 2, 255]);
  });

  test('quantize(values) leaves its argument as it is and returns arrays of its own', () => {
    const values = normals(100);
    const before = base64(values);
    for (const dtype of ['uint8', 'uint16', 'float16'] as const)
      expect(quantize(values, { dtype }).codes.buffer).not.toBe(values.buffer);
    expect(base64(values)).toBe(before);
  });
});

describe('quantize: edges', () => {
  test('quantize(no values) has no codes, in every dtype', () => {
    for (const dtype of ['uint8', 'uint16'] as const)
      expect(affine(new Float32Array(0), dtype)).toMatchObject({ scale: 1, min: 0, codes: { length: 0 } });
    expect(quantize(new Float32Array(0), { dtype: 'float16' }).codes).toHaveLength(0);
  });

  test.each([0.3, -7e-3, 0, 3.4e38, 1e-45])('quantize(constant %d) is exact in uint8 and uint16', (x) => {
    for (const dtype of ['uint8', 'uint16'] as const) {
      const values = new Float32Array(4).fill(x);
      const quantized = affine(values, dtype);
      expect(quantized).toMatchObject({ scale: 1, min: values[0] });
      expect(dequantize(quantized)).toEqual(values);
    }
  });

  test('quantize(0 and -0) decodes to 0', () => {
    for (const dtype of ['uint8', 'uint16', 'float16'] as const)
      expect(
        dequantize(quantize(Float32Array.of(-0, 0, 1, -2), { dtype }))
          .slice(0, 2)
          .map(Math.abs),
      ).toEqual(Float32Array.of(0, 0));
  });

  test('quantize(±3e38) works although max - min overflows float32', () => {
    const values = Float32Array.of(-3e38, 0, 3e38);
    const { codes, scale, min } = affine(values, 'uint8');
    expect([...codes]).toEqual([0, 128, 255]);
    // -1 · round(127.5) · scale: exact in float64, as the product has 24 + 8 bits.
    expect(min).toBe(-128 * scale);
    // No rounding to float32 at this size exceeds 2^104 / 2, far below scale / 2.
    expect(Math.abs(dequantize({ dtype: 'uint8', codes, scale, min })[2]! - values[2]!)).toBeLessThanOrEqual(
      scale * 0.5001,
    );
  });

  test('quantize(values) refuses a value that would decode to infinity, by index', () => {
    const top = floatOf(0x7f7fffff);
    expect(() => quantize(Float32Array.of(0, top, -top))).toThrow(
      new RangeError(
        `quantize: values must stay finite in uint8 (use another dtype or leave the weight out), got ${-top} at values[2]`,
      ),
    );
    expect(() => quantize(Float32Array.of(1, 65519, -65520), { dtype: 'float16' })).toThrow(
      /stay finite in float16 .*got -65520 at values\[2\]/,
    );
    // The grid ends beyond float32, but no value needs that end.
    expect(dequantize(quantize(Float32Array.of(top / 2, top), { dtype: 'uint16' }))).toEqual(
      Float32Array.of(top / 2, top),
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'quantize(%d inside) names the index',
    (x) => {
      for (const dtype of ['uint8', 'uint16', 'float16'] as const)
        expect(() => quantize(Float32Array.of(1, 2, x, x), { dtype })).toThrow(
          new RangeError(`quantize: values must be finite, got ${x} at values[2]`),
        );
    },
  );

  test('quantize refuses other arguments', () => {
    expect(() => quantize([1, 2] as unknown as Float32Array)).toThrow(
      'quantize: values must be a Float32Array, got [1, 2]',
    );
    expect(() => quantize(new Float32Array(1), { dtype: 'int8' as QuantizedDtype })).toThrow(
      'quantize: dtype must be uint8, uint16 or float16, got "int8"',
    );
    expect(() => quantize(new Float32Array(1), { dtype: 'toString' as QuantizedDtype })).toThrow(TypeError);
    expect(() => quantize(new Float32Array(1), { bits: 8 } as object)).toThrow(
      'options must be among dtype, got "bits"',
    );
  });
});

describe('quantize: laws', () => {
  test('quantize(values) makes every 0 exact and keeps order, for any finite floats', () => {
    fc.assert(
      fc.property(arrays, fc.constantFrom('uint8' as const, 'uint16' as const), (values, dtype) => {
        // ±1e38 at most: see the test of values that would decode to infinity.
        const x = Float32Array.from([0, ...values].map((v) => Math.max(-1e38, Math.min(1e38, v))));
        const { codes } = affine(x, dtype);
        const decoded = dequantize(affine(x, dtype));
        expect(decoded.filter((_, i) => x[i] === 0).every((v) => v === 0)).toBe(true);
        const order = [...x.keys()].sort((a, b) => x[a]! - x[b]!);
        expect(order.every((i, k) => k === 0 || codes[order[k - 1]!]! <= codes[i]!)).toBe(true);
      }),
    );
  });

  // The grid of the decoded values has the same ends when codes 0 and 2^b - 1 both occur. Each end is rounded to float32, off
  // by 2^-24 M; an entry moves by as much, so a code moves by less than 4 · 2^-24 M / scale, below 1/2 where scale > 2^-20 M.
  test('quantize(dequantize(quantize(values))) has the same codes where both ends occur and scale exceeds 2^-20 M', () => {
    let tried = 0;
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 40 }),
        fc.constantFrom('uint8' as const, 'uint16' as const),
        (x, dtype) => {
          const first = affine(Float32Array.from(x), dtype);
          const levels = dtype === 'uint8' ? 255 : 65535;
          const largest = Math.max(-first.min, first.min + levels * first.scale);
          fc.pre(first.codes.includes(0) && first.codes.includes(levels) && first.scale > 2 ** -20 * largest);
          tried++;
          expect(affine(dequantize(first), dtype).codes).toEqual(first.codes);
        },
      ),
    );
    expect(tried).toBeGreaterThan(50);
  });

  test('quantize(dequantize(quantize(values))) is the same in float16 for any values that fit', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -65504, max: 65504, noNaN: true })), (x) => {
        const first = quantize(Float32Array.from(x), { dtype: 'float16' });
        expect(quantize(dequantize(first), { dtype: 'float16' })).toEqual(first);
      }),
    );
  });
});
