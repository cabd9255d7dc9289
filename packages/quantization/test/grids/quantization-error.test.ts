import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quantizationError } from '../../src/grids/quantization-error.ts';
import { dequantize, type QuantizedDtype, quantize } from '../../src/index.ts';
import { floatOf, normals } from '../helpers.ts';

function errorOf(values: Float32Array, dtype: QuantizedDtype) {
  const quantized = quantize(values, { dtype });
  return quantizationError(values, quantized, dequantize(quantized));
}

// Every float32 by its bits, so that denormals and both ends of the exponents come up as often as other values. The ends that
// would decode to infinity are clipped: 1.7e38 leaves room for half a step.
const anyBits = fc.integer({ min: 0, max: 0xffffffff }).map((bits) => {
  const x = floatOf(bits);
  return Number.isFinite(x) ? Math.max(-1.7e38, Math.min(1.7e38, x)) : 0;
});

describe('quantizationError', () => {
  test('quantizationError(values) never exceeds its bound, for any finite float32 values', () => {
    let closest = 0;
    fc.assert(
      fc.property(
        fc.array(anyBits, { minLength: 1, maxLength: 60 }),
        fc.constantFrom('uint8' as const, 'uint16' as const),
        (x, dtype) => {
          const { maxError, bound } = errorOf(Float32Array.from(x), dtype);
          expect(maxError).toBeLessThanOrEqual(bound);
          if (bound > 0) closest = Math.max(closest, maxError / bound);
        },
      ),
      { numRuns: 500 },
    );
    expect(closest).toBeGreaterThan(0.9);
  });

  test('quantizationError(values) never exceeds its bound where rounding to float32 is all there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 30 }), fc.array(fc.integer({ min: 0, max: 300 })), (bits, steps) => {
        const values = Float32Array.from([0, ...steps], (step) => floatOf(bits + step));
        for (const dtype of ['uint8', 'uint16'] as const) {
          const { maxError, bound } = errorOf(values, dtype);
          expect(maxError).toBeLessThanOrEqual(bound);
        }
      }),
    );
  });

  test('quantizationError(values) never exceeds half an ulp of float16 at the largest magnitude', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -65504, max: 65504, noNaN: true }), { minLength: 1 }), (x) => {
        const { maxError, bound } = errorOf(Float32Array.from(x), 'float16');
        expect(maxError).toBeLessThanOrEqual(bound);
      }),
    );
  });

  test('quantizationError(values) has the bound of half an ulp in float16: 2^-11 at 1, 2^-25 below 2^-14, 16 at 65504', () => {
    expect(errorOf(Float32Array.of(1, 0), 'float16').bound).toBe(2 ** -11);
    expect(errorOf(Float32Array.of(-1.9), 'float16').bound).toBe(2 ** -11);
    expect(errorOf(Float32Array.of(1e-6, 2e-6), 'float16').bound).toBe(2 ** -25);
    expect(errorOf(Float32Array.of(65504, 1), 'float16').bound).toBe(16);
    // 2048 + 1 is a tie of two float16 values, so the bound is reached.
    expect(errorOf(Float32Array.of(2049), 'float16').maxError).toBe(errorOf(Float32Array.of(2049), 'float16').bound);
  });

  test('quantizationError(0, 0.5, 255) is half a step, 0.5, and its bound is that and the rounding of 255', () => {
    const { maxError, bound } = errorOf(Float32Array.of(0, 0.5, 255), 'uint8');
    expect(maxError).toBe(0.5);
    expect(bound).toBe(0.5 + 255 * (2 ** -24 + 2 ** -48) + 2 ** -150);
  });

  // A value uniform on the grid's cells has noise scale² / 12: sqnr = 10 log10(12 var / scale²). The mean of 1e5 squares of a
  // uniform variable is off by sqrt(4 / 5 / 1e5) = 0.3 %, six times which is 0.08 dB.
  test('quantizationError(values) has the sqnr of uniform noise', () => {
    const values = normals(1e5, 0.05);
    const quantized = quantize(values);
    const { sqnr } = quantizationError(values, quantized, dequantize(quantized));
    const scale = (quantized as { scale: number }).scale;
    const power = values.reduce((sum, x) => sum + x * x, 0) / values.length;
    expect(Math.abs(sqnr - 10 * Math.log10((12 * power) / scale ** 2))).toBeLessThan(0.08);
  });

  test('quantizationError(exact values) has no error, bound 0 for constants, and an infinite sqnr', () => {
    const exact = { maxError: 0, bound: 0, sqnr: Number.POSITIVE_INFINITY, zeros: 0, zerosKept: 0 };
    expect(errorOf(Float32Array.of(0.3, 0.3), 'uint8')).toEqual(exact);
    expect(errorOf(new Float32Array(0), 'uint16')).toEqual(exact);
    expect(errorOf(new Float32Array(3), 'uint16')).toEqual({ ...exact, zeros: 3, zerosKept: 3 });
    expect(errorOf(Float32Array.of(1, 2), 'float16').sqnr).toBe(Number.POSITIVE_INFINITY);
  });

  test('quantizationError(values) counts zeros that were lost, and sees NaN', () => {
    const values = Float32Array.of(0, 1, -0, 2);
    const quantized = quantize(values);
    expect(quantizationError(values, quantized, Float32Array.of(0.5, 1, 0, 2))).toMatchObject({
      zeros: 2,
      zerosKept: 1,
    });
    expect(quantizationError(values, quantized, Float32Array.of(0, Number.NaN, 0, 2)).maxError).toBeNaN();
  });
});
